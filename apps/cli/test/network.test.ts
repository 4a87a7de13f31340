import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseManifest } from '@og/settlement'
import { hashNodeStatement, nodeRegistryAbi, parseNodeStatement, registerNodeCalldata } from '@og/settlement/contracts'
import { measurementsOf, parseQuote } from '@og/tee-verify'
import { bytesToHex, createPublicClient, createWalletClient, hexToBytes, http, recoverAddress } from 'viem'
import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CliEnvironment } from '../src/environment.js'
import { runCli } from '../src/index.js'
import { type RegistrarDecision, startRegistrarService } from '../src/node/registrar-service.js'
import { realEnvironment } from '../src/real-environment.js'
import { checkedCommands, checkOutput, describedCommands } from './check-output.js'
import { simulatedEvidence } from './simulated-evidence.js'

const timeout = 60_000
/** The network that `og dev` started. */
let devnet: {
  readonly gateway: string
  readonly vanillaGateway: string
  readonly rpc: string
  readonly account: { readonly address: `0x${string}`; readonly privateKey: `0x${string}` }
}
let home: string
let network: readonly string[]
let interrupt: () => void = () => undefined
let ended: Promise<number>

beforeAll(async () => {
  const loader = join(dirname(createRequire(import.meta.url).resolve('tsx/package.json')), 'dist', 'loader.mjs')
  process.execArgv.splice(0, process.execArgv.length, '--conditions=@og/source', '--import', pathToFileURL(loader).href)
  home = await mkdtemp(join(tmpdir(), 'og-home-'))
  const interrupted = new Promise<void>((resolve) => {
    interrupt = resolve
  })
  const port = await freePort()
  const started = new Promise<string>((resolve, reject) => {
    const world = { ...realEnvironment(interrupted), out: resolve, err: (text: string) => reject(new Error(text)) }
    const args = ['dev', '--json', '--no-explorer', '--port', `${port}`]
    ended = runCli(args, world)
  })
  const said = await started
  checkOutput(['dev'], said)
  devnet = JSON.parse(said)
  if ('error' in devnet) throw new Error(`the network did not start: ${said}`)
  network = ['--url', devnet.gateway, '--rpc', devnet.rpc]
}, 2 * timeout)
afterAll(async () => {
  interrupt()
  const code = await ended
  await rm(home, { recursive: true, force: true })
  expect(code).toBe(0)
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function nodeIdOf(url: string): Promise<string> {
  return JSON.parse(await (await fetch(`${url}/health`)).text()).nodeId
}

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function og(
  args: readonly string[],
  world: Partial<Pick<CliEnvironment, 'now' | 'fetch' | 'status'>> & {
    readonly env?: Readonly<Record<string, string>>
    readonly lines?: readonly string[]
  } = {},
): Promise<Ended> {
  let out = ''
  let err = ''
  const { lines: given = [], env, ...changes } = world
  const lines = [...given]
  const code = await runCli(args, {
    ...realEnvironment(new Promise(() => undefined)),
    ...changes,
    isErrTerminal: true,
    env: { NO_COLOR: '1', ...(env ?? { OG_HOME: home, OG_PRIVATE_KEY: devnet.account.privateKey }) },
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    ask: async () => lines.shift(),
    askSecret: async () => lines.shift() ?? '',
  })
  expect(`${out}${err}`).not.toContain(devnet.account.privateKey.slice(2))
  if (args.includes('--json')) checkOutput(args, out)
  return { code, out, err }
}

describe('og on a network', () => {
  test('default: models with prices', async () => {
    const { code, out } = await og(['models', '--url', devnet.gateway])
    expect(code).toBe(0)
    expect(out).toMatch(/openai\/gpt-4\.1\s+2\.000000\s+0\.500000\s+8\.000000/)
    const { out: json } = await og(['models', '--url', devnet.gateway, '--json'])
    expect(JSON.parse(json).models.length).toBeGreaterThan(10)
  })

  test('default: attest prints every check', async () => {
    const { code, out } = await og(['attest', devnet.gateway, '--trust', 'simulator'])
    expect(out).toMatch(/ok {4}\S*tcb-level/)
    expect(out).toContain('attested (simulated)')
    expect(code).toBe(0)
  })

  test('error: a node without an enclave, and an unnamed trust, are refused', async () => {
    expect((await og(['attest', devnet.vanillaGateway, '--trust', 'simulator'])).code).not.toBe(0)
    expect((await og(['attest', devnet.gateway])).code).toBe(2)
  })

  test(
    'default: settings stand in for flags, the receipt is kept, listed, exported, proven',
    async () => {
      for (const [name, value] of [
        ['url', devnet.gateway],
        ['rpc', devnet.rpc],
        ['trust', 'simulator'],
        ['model', 'openai/gpt-4.1'],
        ['mode', 'TEE'],
        ['settlement-mode', 'settle-batch'],
      ] as const) {
        expect((await og(['config', 'set', name, value])).code).toBe(0)
      }
      expect((await og(['config', 'list'])).out).toContain('settle-batch')
      const asked = await og(['chat', 'Hello!'])
      expect(asked.code).toBe(0)
      expect(asked.err).toMatch(/✓ TEE \(simulated\), [a-z-]+ · node 0x[0-9a-f]{8} · \d+ checks passed · [\d.]+ paid/)
      const paymentHash = /payment (0x[0-9a-f]{64})/.exec(asked.err)?.[1] ?? ''
      expect((await og(['receipts', 'list'])).out).toContain(paymentHash)
      const kept = join(home, 'receipts', `receipt.${paymentHash}.json`)
      expect((await stat(kept)).mode & 0o077).toBe(0)
      expect(await readFile(kept, 'utf8')).not.toContain('Hello!')

      const proven = await og(['receipts', 'prove', paymentHash.slice(0, 12)])
      expect(proven.out).toMatch(/Record transaction: 0x[\s\S]*\nThe receipt holds\.\n$/)
      expect(proven.code).toBe(0)
      const file = join(home, 'out.json')
      expect((await og(['receipts', 'export', paymentHash, '--to', file])).code).toBe(0)
      const verified = await og(['verify', file, '--trust', 'simulator', '--rpc', devnet.rpc])
      expect(verified.code).toBe(0)
      expect((await og(['receipts', 'show', '0xffff'])).code).toBe(2)
    },
    timeout,
  )

  test(
    'default: a conversation at the terminal, every turn paid',
    async () => {
      const { code, out, err } = await og(['chat', '--mode', 'VANILLA', '--settlement-mode', 'settle', ...network], {
        lines: ["Translate the following English text to French: 'Hello, how are you?'", '', 'Hello!'],
      })
      expect(code).toBe(0)
      expect(out).toContain('Bonjour')
      expect(err.match(/✓ VANILLA|✓ TEE/g)?.length).toBe(2)
    },
    timeout,
  )

  test(
    'behavior: --no-keep keeps nothing, --verbose prints every check',
    async () => {
      const before = await readdir(join(home, 'receipts'))
      expect((await og(['completion', 'Hello', '--no-keep', '--quiet'])).err).toBe('')
      const { err } = await og(['completion', 'Hello', '--no-keep', '--verbose'])
      expect(err).toMatch(/ok {4}receipt signature|ok {4}/)
      expect(await readdir(join(home, 'receipts'))).toEqual(before)
    },
    timeout,
  )

  test(
    'default: the registry and the log',
    async () => {
      const nodes = await og(['node', 'list', ...network])
      expect(nodes.out).toContain(await nodeIdOf(devnet.gateway))
      expect(nodes.out).toMatch(/VANILLA {2}valid/)
      const checkpoint = await og(['log', 'checkpoint', ...network])
      expect(checkpoint.out).toMatch(/checkpoint \d+, \d+ leaves/)
      const consistency = await og(['log', 'consistency', ...network])
      expect(consistency.code).toBe(0)
      expect(consistency.out).not.toContain('FAIL')
      const watched = await og(['log', 'watch', '--once', ...network, '--evidence', join(home, 'omissions')])
      expect(watched.code).toBe(0)
      expect(watched.out).toMatch(/proven {3}0x/)
    },
    timeout,
  )

  test(
    'error: a promise that is not kept is reported with evidence that anybody can judge',
    async () => {
      const home2 = join(home, 'lied-to')
      const env = { OG_HOME: home2, OG_PRIVATE_KEY: devnet.account.privateKey }
      const batch = ['--mode', 'VANILLA', '--settlement-mode', 'settle-batch', '--model', 'openai/gpt-4o']
      expect((await og(['chat', 'Hello!', ...batch, ...network], { env })).code).toBe(0)
      const [name = ''] = await readdir(join(home2, 'receipts'))
      const file = join(home2, 'receipts', name)
      const { receipt } = JSON.parse(await readFile(file, 'utf8'))
      // A node that keeps its log to itself, looked at after the promise is over.
      const lies = {
        env,
        now: () => BigInt(receipt.settleBy) + 1n,
        fetch: async (url: string, init?: RequestInit) =>
          url.includes('/v1/log/') ? new Response('', { status: 503 }) : fetch(url, init),
      }
      const evidence = join(home, 'omissions')
      const watch = ['log', 'watch', '--once', ...network, '--evidence', evidence]
      const watched = await og(watch, lies)
      expect(watched.code).toBe(3)
      expect(watched.err).toContain('is not there')
      const written = join(evidence, `${receipt.paymentHash}.json`)
      expect(await readdir(evidence)).toEqual([`${receipt.paymentHash}.json`])
      const later = { now: () => BigInt(receipt.settleBy) + 2n }
      const judged = await og(['log', 'judge', written, '--rpc', devnet.rpc], later)
      expect(judged.out).toMatch(/ok {4}promise is signed by the node\n {2}ok {4}promise is over/)
      expect(judged.out).toContain('ok    no record stands on chain')
      // The record may stand under the leaves that are not there: whoever made the file could have left them out.
      expect([judged.code, judged.out]).toEqual([3, expect.stringContaining('NO_LEAVES')])
      // Without a name of a node, each receipt is looked for where it says itself; here it is on time.
      const others = await og(['log', 'watch', '--once', '--rpc', devnet.rpc, '--json'], { env })
      expect(others.code).toBe(0)
      expect(JSON.parse(others.out)).toMatchObject({ paymentHash: receipt.paymentHash })
      // A receipt that was changed on this machine cannot be held against anybody.
      await writeFile(file, (await readFile(file, 'utf8')).replace(receipt.settleBy, '1'))
      const changed = await og(watch, { env })
      expect([changed.code, changed.err]).toEqual([3, expect.stringContaining('is not signed by its node')])
    },
    timeout,
  )

  test(
    'default: a channel is opened once, pays the calls of later runs, is topped up, shown and closed',
    async () => {
      const env = { OG_HOME: join(home, 'channel'), OG_PRIVATE_KEY: devnet.account.privateKey }
      const channel = (...args: string[]) => og(['wallet', 'channel', ...args, ...network], { env })
      const ask = () => og(['completion', 'Hello', '--model', 'openai/gpt-4o', ...network], { env })
      expect((await channel('top-up', '--deposit', '5000')).code).toBe(2)
      expect((await channel('open', '--deposit', '0')).code).toBe(2)
      expect((await channel('open', '--deposit', '20000')).out).toContain('0.020000 go in')
      for (const result of [await ask(), await ask()]) {
        expect([result.code, result.err]).toEqual([0, expect.stringContaining('paid (batch-settlement)')])
      }
      expect((await channel('top-up', '--deposit', '5000', '--json')).code).toBe(0)
      const { channels, budgets } = JSON.parse((await channel('status', '--json')).out)
      expect(channels).toMatchObject([{ balance: '20000', frozen: null }])
      expect(BigInt(channels[0].charged)).toBeGreaterThan(0n)
      expect(budgets).toMatchObject([{ url: devnet.gateway, allowed: '25000', decimals: 6 }])
      expect((await channel('status')).out).toMatch(
        /0\.025000 in all\n0x[0-9a-f]{64} to .*: 0\.01\d{4} left, 0\.00\d{4} spent\n/,
      )
      // Further channels that this chain knows nothing of: one on another chain, one of a token that is not there.
      const kept = join(env.OG_HOME, 'receipts')
      const name = (await readdir(kept)).find((file) => file.includes(channels[0].channelId)) ?? ''
      const text = await readFile(join(kept, name), 'utf8')
      const elsewhereIds = ['e1', 'e2'].map((byte) => `0x${byte.repeat(32)}`)
      for (const [index, [from, to]] of [
        [channels[0].network, 'eip155:1'],
        [channels[0].asset, `0x${'77'.repeat(20)}`],
      ].entries()) {
        const id = elsewhereIds[index] ?? ''
        const changed = text.replaceAll(channels[0].channelId, id).replace(new RegExp(from, 'gi'), to)
        await writeFile(join(kept, name.replace(channels[0].channelId, id)), changed)
      }
      const three = await channel('status')
      expect([three.code, three.out.split('\n').filter((line) => line.startsWith('0x')).length]).toEqual([0, 3])
      for (const line of [
        new RegExp(`${channels[0].channelId} .* 0\\.01\\d{4} left, 0\\.00\\d{4} spent\n`),
        /0x(e1){32} .* on eip155:1: 1\d{4} atomic units left, \d+ spent \(its token .* is another chain/,
        /0x(e2){32} .*: 1\d{4} atomic units left, \d+ spent \(its token 0x7{40} .* does not answer/,
      ])
        expect(three.out).toMatch(line)
      for (const id of elsewhereIds) await rm(join(kept, name.replace(channels[0].channelId, id)))
      expect((await channel('withdraw', 'this-one')).code).toBe(2)
      const [{ channelId }] = channels
      const started = await channel('withdraw', channelId, '--json')
      expect([started.code, JSON.parse(started.out).step]).toEqual([0, 'started'])
      const closed = await channel('close', '--json')
      expect([closed.code, JSON.parse(closed.out).url]).toEqual([0, devnet.gateway])
      expect((await ask()).err).toContain('paid (exact)')
      // Another payee behind the same address gets nothing.
      await channel('open', '--deposit', '20000', '--json')
      const file = join(env.OG_HOME, 'channels.json')
      await writeFile(file, (await readFile(file, 'utf8')).replace(/"0x[0-9a-f]{40}"/g, `"0x${'11'.repeat(20)}"`))
      const elsewhere = await ask()
      expect(elsewhere.err).toContain('is paid elsewhere now')
      expect(elsewhere.err).toContain('paid (exact)')
    },
    timeout,
  )

  test(
    'default: a registrar checks a node and signs for it; anybody brings it to the registry',
    async () => {
      const { privateKey, address } = devnet.account
      const registrar = createWalletClient({ account: privateKeyToAccount(privateKey), transport: http(devnet.rpc) })
      const chain = createPublicClient({ transport: http(devnet.rpc), pollingInterval: 20 })
      const deployed = await og(['node', 'deploy', '--rpc', devnet.rpc, '--json'])
      expect(JSON.parse(deployed.out)).toMatchObject({ chainId: '84532', registrar: address })
      const { inferenceLog, nodeRegistry } = JSON.parse(deployed.out)
      expect(await chain.getCode({ address: inferenceLog })).toMatch(/^0x60/)
      const registry = ['--registry', nodeRegistry]
      const nobody = await og(['node', 'deploy', '--rpc', devnet.rpc], {
        env: { OG_PRIVATE_KEY: generatePrivateKey() },
      })
      expect([nobody.code, nobody.err]).toEqual([4, expect.stringContaining('the chain refuses the contracts: ')])
      expect((await og(['node', 'deploy', '--rpc', devnet.rpc, '--registrar', 'me'])).code).toBe(2)
      const list = () => og(['node', 'list', ...network, ...registry])
      const enter = (...args: string[]) => og(['node', 'register', ...args, '--rpc', devnet.rpc])
      expect((await list()).out).toBe('')

      const direct = await enter(devnet.gateway, '--trust', 'simulator', ...registry)
      expect([direct.code, direct.out]).toEqual([0, expect.stringContaining(await nodeIdOf(devnet.gateway))])
      const file = join(home, 'statement.json')
      expect((await enter(devnet.vanillaGateway, ...registry, '--out', file)).code).toBe(0)
      expect((await list()).out).not.toContain(await nodeIdOf(devnet.vanillaGateway))
      const strangerKey = generatePrivateKey()
      const to = privateKeyToAccount(strangerKey).address
      const gas = await registrar.sendTransaction({ chain: null, to, value: 10n ** 18n })
      await chain.waitForTransactionReceipt({ hash: gas })
      const stranger = { OG_PRIVATE_KEY: strangerKey }
      const brought = await og(['node', 'register', '--statement', file, '--rpc', devnet.rpc, '--json'], {
        env: stranger,
      })
      expect([brought.code, JSON.parse(brought.out).nodeId]).toEqual([0, await nodeIdOf(devnet.vanillaGateway)])
      expect((await list()).out).toMatch(/TEE {6}valid[\s\S]*VANILLA {2}valid/)

      // What calls itself VANILLA is not entered by somebody who asked for proof.
      const proven = await enter(devnet.vanillaGateway, ...registry, '--trust', 'simulator')
      expect([proven.code, proven.err]).toEqual([2, expect.stringContaining('proves nothing')])
      // A node elsewhere that names the log of a registered one: only with the registrar's word that both have one operator.
      const answer = await fetch(`${devnet.vanillaGateway}/v1/attestation?nonce=0x${'00'.repeat(32)}`)
      const { manifest } = JSON.parse(await answer.text())
      const impostor = { ...manifest, endpoint: 'http://127.0.0.1:1', codeVersion: 'another' }
      const claiming = { fetch: async () => Response.json({ manifest: impostor }) }
      const claim = ['node', 'register', 'http://127.0.0.1:1', '--rpc', devnet.rpc, ...registry]
      const taken = await og(claim, claiming)
      expect([taken.code, taken.err]).toEqual([2, expect.stringContaining('--same-log')])
      expect((await og([...claim, '--same-log', '--out', join(home, 'same.json')], claiming)).code).toBe(0)

      // Without the registrar's key, with a changed statement, without a named trust: nothing is signed or taken.
      const args = ['node', 'register', devnet.vanillaGateway, '--rpc', devnet.rpc, ...registry]
      expect((await og(args, { env: stranger })).err).toContain(`is ${address}`)
      const json = await readFile(file, 'utf8')
      await writeFile(file, json.replace(/"endpoint": "[^"]*"/, '"endpoint": "https://evil.example"'))
      expect(await enter('--statement', file)).toMatchObject({
        code: 4,
        err: expect.stringContaining('NodeConflict'),
      })
      await writeFile(file, json.replace(/"nodeId": "0x../, '"nodeId": "0x00'))
      expect((await enter('--statement', file)).err).toContain('BadRegistrarSignature')
      expect((await og(['node', 'register', devnet.gateway, '--rpc', devnet.rpc], { env: stranger })).code).toBe(2)
      expect((await enter(devnet.gateway, '--trust', 'simulator', ...registry)).out).toContain('stands there already')
      expect((await enter(devnet.gateway, '--statement', file)).code).toBe(2)
    },
    timeout,
  )

  test(
    'default: a registrar answers gateways: it signs the keys that follow registered ones, and nothing else',
    async () => {
      // The devnet's registrar: an account of anvil that everybody knows.
      const words = 'test test test test test test test test test test test junk'
      const registrar = mnemonicToAccount(words, { addressIndex: 4 })
      const key = bytesToHex(registrar.getHdKey().privateKey ?? new Uint8Array())
      const shown = await (await fetch(`${devnet.gateway}/v1/attestation?nonce=0x${'5a'.repeat(32)}`)).json()
      const { record, ...rest } = parseManifest(shown.manifest)
      const registry = record.nodeRegistry
      const port = await freePort()
      const command = ['node', 'registrar', '--registry', registry, '--rpc', devnet.rpc, '--port', `${port}`, '--json']
      const refused = await og([...command, '--trust', 'simulator'])
      expect([refused.code, refused.out]).toEqual([2, expect.stringContaining(`is ${registrar.address}`)])
      const untrusting = { env: { OG_HOME: join(home, 'registrar'), OG_PRIVATE_KEY: key } }
      expect((await og(command, untrusting)).out).toContain('--trust says whose word is believed')
      expect((await og([...command, '--trust', 'intel'], untrusting)).out).toContain('--measurements')

      const lines: string[] = []
      let end: () => void = () => undefined
      const interrupted = new Promise<void>((resolve) => {
        end = resolve
      })
      const world = { ...realEnvironment(interrupted), env: untrusting.env, out: (line: string) => lines.push(line) }
      const service = runCli([...command, '--trust', 'simulator'], { ...world, err: (line) => lines.push(line) })
      await expect.poll(() => lines.length, { timeout }).toBe(1)
      const { url } = JSON.parse(lines[0] ?? '')
      expect(JSON.parse(lines[0] ?? '')).toEqual({ url, registrar: registrar.address, registry })
      const post = async (body: unknown, init: RequestInit & { duplex?: 'half' } = {}) => {
        const sent = { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), ...init }
        const response = await fetch(url, sent)
        return { status: response.status, json: JSON.parse(await response.text()) }
      }
      const domain = { chainId: record.chainId, verifyingContract: registry }
      const chain = createPublicClient({ transport: http(devnet.rpc), pollingInterval: 20 })
      const account = privateKeyToAccount(devnet.account.privateKey)
      const payer = createWalletClient({ account, transport: http(devnet.rpc) })

      // What the node shows of the keys that it has: what stands on chain is said again.
      const same = await post(shown)
      expect([same.status, same.json.statement.nodeId]).toEqual([200, shown.nodeId])

      // Keys that follow, of the same measured code: any account brings the answer to the registry, which takes it.
      const now = BigInt(Math.floor(Date.now() / 1000))
      const { mrTd, rtMr0, rtMr1, rtMr2, rtMr3 } = measurementsOf(parseQuote(hexToBytes(shown.attestation.quote)).td)
      const quote = { mrTd, rtMr: [rtMr0, rtMr1, rtMr2, rtMr3] } as const
      const fields = { ...rest, record, notBefore: now - 5n }
      const privateKey = generatePrivateKey()
      const next = simulatedEvidence(fields, { now, quote, privateKey })
      const { status, json } = await post(next)
      expect([status, Object.keys(json).sort()]).toEqual([200, ['signature', 'statement']])
      const statement = parseNodeStatement(json.statement)
      expect(statement).toMatchObject({ nodeId: next.nodeId, logId: rest.logId, endpoint: rest.endpoint, mode: 1 })
      const hash = hashNodeStatement(statement, domain)
      expect(await recoverAddress({ hash, signature: json.signature })).toBe(registrar.address)
      // Another quote of the same keys does not get another statement.
      const again = simulatedEvidence(fields, { now, quote, privateKey, nonce: `0x${'66'.repeat(32)}` })
      expect(await post(again)).toEqual({ status, json })
      const data = registerNodeCalldata({ statement, signature: json.signature })
      const sent = await payer.sendTransaction({ chain: null, to: registry, data })
      expect((await chain.waitForTransactionReceipt({ hash: sent })).status).toBe('success')
      expect((await og(['node', 'list', ...network])).out).toContain(next.nodeId)
      expect(await post(again)).toEqual({ status, json })

      const vanilla = await (await fetch(`${devnet.vanillaGateway}/v1/attestation?nonce=0x${'00'.repeat(32)}`)).json()
      const changed = `${next.attestation.quote.slice(0, 300)}${'ff'.repeat(20)}${next.attestation.quote.slice(340)}`
      const tampered = { ...next, attestation: { ...next.attestation, quote: changed } }
      const bodies = [
        [vanilla, 403, 'NOT_ATTESTED'],
        [tampered, 403, 'EVIDENCE_REFUSED'],
        [simulatedEvidence({ ...fields, endpoint: 'https://b.example' }, { now, quote }), 403, 'NOT_REGISTERED'],
        [simulatedEvidence({ ...fields, logId: `0x${'4d'.repeat(32)}` }, { now, quote }), 403, 'NOT_REGISTERED'],
        [simulatedEvidence(fields, { now, quote: { ...quote, mrTd: `0x${'ee'.repeat(48)}` } }), 403, 'OTHER_CODE'],
        ['{"nodeId":', 400, 'MALFORMED'],
        ['[]', 400, 'MALFORMED'],
        ['', 400, 'MALFORMED'],
        [' '.repeat(262_145), 413, 'TOO_LARGE'],
      ] as const
      for (const [body, expected, code] of bodies) {
        const { status: answered, json: said } = await post(body)
        expect([code, answered, said.error.code, Object.keys(said)]).toEqual([code, expected, code, ['error']])
      }
      const endless = new Blob(['{}']).stream()
      expect(await post('', { body: endless, duplex: 'half' })).toMatchObject({ status: 400 })
      expect((await fetch(url)).status).toBe(405)
      expect((await fetch(new URL('/other', url), { method: 'POST' })).status).toBe(404)
      expect(await (await fetch(new URL('/health', url))).json()).toMatchObject({
        status: 'ok',
        nodeRegistry: registry,
      })

      // What was revoked has no successor until somebody registers a node by hand.
      const { nodeId } = next
      const revoker = createWalletClient({ account: registrar, transport: http(devnet.rpc) })
      const contract = { address: registry, abi: nodeRegistryAbi, functionName: 'revoke' } as const
      const revoked = await revoker.writeContract({ ...contract, args: [nodeId], chain: null })
      await chain.waitForTransactionReceipt({ hash: revoked })
      expect((await post(next)).json.error.code).toBe('REVOKED')
      expect((await post(simulatedEvidence(fields, { now, quote }))).json.error.code).toBe('REVOKED')
      end()
      expect(await service).toBe(0)
      checkOutput(['node', 'registrar'], lines.join(''))
      expect(lines.map((line) => JSON.parse(line).verdict)).toContain('signed')
      expect(lines.join('')).toContain(nodeId)
      expect(lines.join('')).not.toContain(key.slice(2))
    },
    timeout,
  )

  test('error: a registrar judges one question of a caller at a time, four in all, and keeps failures to itself', async () => {
    const port = await freePort()
    const decisions: RegistrarDecision[] = []
    const waiting: (() => void)[] = []
    const service = await startRegistrarService({
      host: '127.0.0.1',
      port,
      domain: { chainId: 84532n, verifyingContract: `0x${'22'.repeat(20)}` },
      privateKey: generatePrivateKey(),
      judge: () => new Promise((_, reject) => waiting.push(() => reject(new Error('https://rpc.example/secret')))),
      onDecision: (decision) => decisions.push(decision),
    })
    const ask = (localAddress: string) =>
      new Promise<[number | undefined, string]>((resolve, reject) => {
        const options = { method: 'POST', localAddress, headers: { 'content-length': 2 } }
        const asked = request(service.url, options, (response) => {
          let text = ''
          response.on('data', (part) => {
            text += part
          })
          response.on('end', () => resolve([response.statusCode, text]))
        })
        asked.on('error', reject).end('{}')
      })
    try {
      const asked: Promise<[number | undefined, string]>[] = []
      for (const [index, address] of ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4'].entries()) {
        asked.push(ask(address))
        await expect.poll(() => waiting.length).toBe(index + 1)
        expect(await ask(address)).toEqual([429, expect.stringContaining('"code":"BUSY"')])
      }
      expect((await ask('127.0.0.5'))[0]).toBe(429)
      for (const fail of waiting.splice(0)) fail()
      for (const answer of asked) expect(await answer).toEqual([503, expect.stringContaining('"code":"UNAVAILABLE"')])
      expect(JSON.stringify(await Promise.all(asked))).not.toContain('secret')
      expect(decisions).toEqual(Array(4).fill({ nodeId: null, verdict: 'failed', code: 'UNAVAILABLE' }))
      const free = ask('127.0.0.5')
      await expect.poll(() => waiting.length).toBe(1)
      waiting[0]?.()
      expect((await free)[0]).toBe(503)
    } finally {
      await service.close()
    }
  })

  test(
    'default: the doctor finds nothing, and says what is missing elsewhere',
    async () => {
      const well = await og(['doctor', ...network])
      expect(well.out).not.toContain('FAIL')
      expect(well.out).toContain('is chain 84532, where the node records')
      expect(well.code).toBe(0)
      const ill = await og(['doctor', '--url', 'http://127.0.0.1:9', '--rpc', 'http://127.0.0.1:9'], {
        env: { OG_HOME: join(home, 'nobody') },
      })
      expect(ill.code).toBe(1)
      expect(ill.out).toContain('FAIL  chain: http://127.0.0.1:9 does not answer: name another one')
      expect(ill.out).toMatch(/FAIL {2}paying account: none: set OG_PRIVATE_KEY/)
      expect(ill.out).toMatch(/FAIL {2}node: http:\/\/127\.0\.0\.1:9 does not answer: .*`og dev`/)
      expect(ill.out).toMatch(/-- {4}clock: not looked at/)
      const mistyped = await og(['doctor', ...network], { env: { OG_HOME: home, OG_PRIVATE_KEY: '0x12' } })
      expect(mistyped.out).toContain('FAIL  paying account: OG_PRIVATE_KEY is no private key')
    },
    timeout,
  )

  test(
    'default: a wallet is imported, pays, and shows its balance',
    async () => {
      const env = { OG_HOME: join(home, 'wallet'), OG_KEYSTORE_PASSWORD: 'correct horse' }
      const imported = await og(['wallet', 'import'], { env, lines: [devnet.account.privateKey] })
      expect(imported.out.toLowerCase()).toContain(devnet.account.address.toLowerCase())
      const balance = await og(['wallet', 'balance', ...network], { env })
      expect(balance.out).toMatch(/balance {4}\d+\.\d{6}/)
      const { out: found } = await og(['doctor', ...network], { env })
      expect(found).toMatch(/ok {4}balance of default: \d+\.\d{6} of 0x[0-9a-fA-F]{40} on eip155:84532\n/)
      expect((await og(['wallet', 'import'], { env, lines: [devnet.account.privateKey] })).code).toBe(2)
      const [file = ''] = await readdir(join(env.OG_HOME, 'keystore'))
      expect(JSON.parse(await readFile(join(env.OG_HOME, 'keystore', file), 'utf8')).version).toBe(3)
      expect((await stat(join(env.OG_HOME, 'keystore', file))).mode & 0o077).toBe(0)
      const wrong = await og(['wallet', 'balance', ...network], {
        env: { ...env, OG_KEYSTORE_PASSWORD: 'wrong horse' },
      })
      expect(wrong.code).toBe(2)
      expect(wrong.err).toContain('the password does not open')
      const made = await og(['wallet', 'new', 'second'], { env })
      expect(made.out).toMatch(/^0x[0-9a-fA-F]{40}/)
      expect((await og(['wallet', 'list'], { env })).out).toMatch(/default[\s\S]*second/)
      const poor = await og(['doctor', ...network], { env })
      expect([poor.code, poor.out]).toEqual([
        1,
        expect.stringMatching(/FAIL {2}balance of second: 0x\S+ holds nothing/),
      ])
      expect((await og(['wallet', 'balance', ...network], { env })).err).toContain('choose a wallet')
    },
    timeout,
  )

  test(
    'default: --json of every command is what the schema says',
    async () => {
      const env = { OG_HOME: join(home, 'json'), OG_PRIVATE_KEY: devnet.account.privateKey }
      const folder = join(home, 'saved')
      const json = (...args: string[]) =>
        og([...args, '--json'], { env, lines: [devnet.account.privateKey, 'correct horse'] })
      for (const [name, value] of [
        ['url', devnet.gateway],
        ['rpc', devnet.rpc],
        ['trust', 'simulator'],
        ['model', 'm'],
      ] as const) {
        expect((await json('config', 'set', name, value)).code).toBe(0)
      }
      await json('config', 'unset', 'model')
      await json('config', 'list')
      const asked = await json(
        'chat',
        'Hello!',
        '--model',
        'openai/gpt-4o',
        '--mode',
        'TEE',
        '--save',
        folder,
        '--wait',
      )
      expect(asked.code).toBe(0)
      const { paymentHash } = JSON.parse(asked.out)
      await json('completion', 'Hello', '--model', 'openai/gpt-4o')
      const refused = await json('completion', 'Hello', '--model', 'openai/gpt-4o', '--max-cost', '1')
      expect([refused.code, JSON.parse(refused.out).error.code]).toEqual([4, 'PAYMENT_REFUSED'])
      const wrong = await json('chat', 'Hello', '--temperature', '3')
      expect([wrong.code, wrong.err, JSON.parse(wrong.out).error.code]).toEqual([2, '', 'USAGE'])
      await json('attest')
      // The setting is believed, unless the flag says otherwise.
      expect((await json('verify', join(folder, 'receipt.json'))).code).toBe(0)
      expect((await json('verify', join(folder, 'receipt.json'), '--trust', 'intel')).code).toBe(3)
      expect((await json('verify', join(folder, 'receipt.json'), '--trust', 'simulator')).code).toBe(0)
      for (const what of ['list', 'show', 'export', 'prove']) {
        const rest = what === 'list' ? [] : [paymentHash]
        expect(
          (await json('receipts', what, ...rest, ...(what === 'export' ? ['--to', join(home, 'r.json')] : []))).code,
        ).toBe(0)
      }
      // The log's first head follows the record.
      await expect.poll(async () => (await json('log', 'checkpoint')).code, { timeout }).toBe(0)
      expect((await json('log', 'consistency')).code).toBe(0)
      await json('doctor')
      await json('node', 'list')
      await json('wallet', 'balance')
      await json('wallet', 'approve', '--amount', '0')
      const keystore = { OG_HOME: join(home, 'json-wallet'), OG_KEYSTORE_PASSWORD: 'correct horse' }
      for (const what of ['new', 'import', 'list']) {
        const lines = [devnet.account.privateKey]
        const name = what === 'list' ? [] : [what]
        expect((await og(['wallet', what, ...name, '--json'], { env: keystore, lines })).code).toBe(0)
      }
      expect((await json('models')).code).toBe(0)
      // The tests of these run them with `--json`.
      const elsewhere = /^og (dev|log (watch|judge)|node (deploy|register|registrar)|wallet channel .*)$/
      expect(describedCommands.filter((name) => !checkedCommands().includes(name) && !elsewhere.test(name))).toEqual([])
    },
    timeout,
  )

  test.each(['bash', 'zsh', 'fish'])('default: completion for %s knows the commands', async (shell) => {
    const { out } = await og(['shell-completion', shell])
    for (const word of ['chat', 'receipts', '--settlement-mode', 'prove']) expect(out).toContain(word)
    if (shell !== 'bash') return
    const withJson = [...out.matchAll(/^ {4}"([^"]+)"\) words="[^"]*--json/gm)].map(([, path]) => `og ${path}`)
    expect(withJson.sort()).toEqual([...describedCommands].sort())
  })
})
