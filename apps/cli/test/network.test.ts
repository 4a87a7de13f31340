import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Devnet, startDevnet } from '@og/devnet'
import { inferenceLogDeployData, nodeRegistryOf } from '@og/settlement/contracts'
import { createPublicClient, createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CliEnvironment } from '../src/environment.js'
import { runCli } from '../src/index.js'
import { realEnvironment } from '../src/real-environment.js'

const timeout = 60_000
let devnet: Devnet
let home: string
let network: readonly string[]

beforeAll(async () => {
  const loader = join(dirname(createRequire(import.meta.url).resolve('tsx/package.json')), 'dist', 'loader.mjs')
  process.execArgv.splice(0, process.execArgv.length, '--conditions=@og/source', '--import', pathToFileURL(loader).href)
  home = await mkdtemp(join(tmpdir(), 'og-home-'))
  devnet = await startDevnet()
  network = ['--url', devnet.gateway.url(), '--rpc', devnet.rpc]
}, timeout)
afterAll(async () => {
  await devnet?.stop()
  await rm(home, { recursive: true, force: true })
})

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
    env: env ?? { OG_HOME: home, OG_PRIVATE_KEY: devnet.account.privateKey },
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
  return { code, out, err }
}

describe('og on a network', () => {
  test('default: models with prices', async () => {
    const { code, out } = await og(['models', '--url', devnet.gateway.url()])
    expect(code).toBe(0)
    expect(out).toMatch(/openai\/gpt-4\.1\s+2\.000000\s+0\.500000\s+8\.000000/)
    const { out: json } = await og(['models', '--url', devnet.gateway.url(), '--json'])
    expect(JSON.parse(json).models.length).toBeGreaterThan(10)
  })

  test('default: attest prints every check', async () => {
    const { code, out } = await og(['attest', devnet.gateway.url(), '--trust', 'simulator'])
    expect(out).toMatch(/ok {4}\S*tcb-level/)
    expect(out).toContain('attested (simulated)')
    expect(code).toBe(0)
  })

  test('error: a node without an enclave, and an unnamed trust, are refused', async () => {
    expect((await og(['attest', devnet.vanillaGateway.url(), '--trust', 'simulator'])).code).not.toBe(0)
    expect((await og(['attest', devnet.gateway.url()])).code).toBe(2)
  })

  test(
    'default: settings stand in for flags, the receipt is kept, listed, exported, proven',
    async () => {
      for (const [name, value] of [
        ['url', devnet.gateway.url()],
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
      expect(proven.out).toMatch(/Record transaction: 0x/)
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
      expect(nodes.out).toContain(devnet.gateway.nodeId())
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
      const judged = await og(['log', 'judge', written, '--rpc', devnet.rpc])
      expect(judged.out).toMatch(/ok {4}promise is signed by the node\n {2}ok {4}promise is over/)
      expect(judged.out).toContain('ok    no record stands on chain')
      expect(judged.out).toContain('not checked: leaves')
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
      expect((await channel('top-up', '--deposit', '5000')).code).toBe(0)
      const { channels, budgets } = JSON.parse((await channel('status', '--json')).out)
      expect(channels).toMatchObject([{ balance: '20000', frozen: null }])
      expect(BigInt(channels[0].charged)).toBeGreaterThan(0n)
      expect(budgets).toMatchObject([{ url: devnet.gateway.url(), allowed: '25000' }])
      expect((await channel('withdraw', 'this-one')).code).toBe(2)
      const closed = await channel('close')
      expect([closed.code, closed.out]).toEqual([0, expect.stringMatching(/^closed by 0x[0-9a-f]{64}/)])
      expect((await ask()).err).toContain('paid (exact)')
      // Another payee behind the same address gets nothing.
      await channel('open', '--deposit', '20000')
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
      const data = inferenceLogDeployData({ registrar: address })
      const hash = await registrar.sendTransaction({ chain: null, data })
      const chain = createPublicClient({ transport: http(devnet.rpc), pollingInterval: 20 })
      const { contractAddress } = await chain.waitForTransactionReceipt({ hash })
      const registry = ['--registry', nodeRegistryOf(contractAddress ?? '0x')]
      const list = () => og(['node', 'list', ...network, ...registry])
      const register = (...args: string[]) => og(['node', 'register', ...args, '--rpc', devnet.rpc])
      expect((await list()).out).toBe('')

      const direct = await register(devnet.gateway.url(), '--trust', 'simulator', ...registry)
      expect([direct.code, direct.out]).toEqual([0, expect.stringContaining(devnet.gateway.nodeId())])
      const file = join(home, 'statement.json')
      expect((await register(devnet.vanillaGateway.url(), ...registry, '--out', file)).code).toBe(0)
      expect((await list()).out).not.toContain(devnet.vanillaGateway.nodeId())
      const stranger = { OG_PRIVATE_KEY: devnet.spareAccounts[1]?.privateKey ?? '' }
      const brought = await og(['node', 'register', '--statement', file, '--rpc', devnet.rpc, '--json'], { env: stranger })
      expect([brought.code, JSON.parse(brought.out).nodeId]).toEqual([0, devnet.vanillaGateway.nodeId()])
      expect((await list()).out).toMatch(/TEE {6}valid[\s\S]*VANILLA {2}valid/)

      // Without the registrar's key, with a changed statement, without a named trust: nothing is signed or taken.
      const args = ['node', 'register', devnet.vanillaGateway.url(), '--rpc', devnet.rpc, ...registry]
      expect((await og(args, { env: stranger })).err).toContain(`is ${address}`)
      const json = await readFile(file, 'utf8')
      await writeFile(file, json.replace(/"endpoint": "[^"]*"/, '"endpoint": "https://evil.example"'))
      expect(await register('--statement', file)).toMatchObject({ code: 4, err: expect.stringContaining('NodeConflict') })
      await writeFile(file, json.replace(/"nodeId": "0x../, '"nodeId": "0x00'))
      expect((await register('--statement', file)).err).toContain('BadRegistrarSignature')
      expect((await register(devnet.gateway.url(), ...registry)).code).toBe(2)
      expect((await register(devnet.gateway.url(), '--statement', file)).code).toBe(2)
    },
    timeout,
  )

  test(
    'default: the doctor finds nothing, and says what is missing elsewhere',
    async () => {
      const well = await og(['doctor', ...network])
      expect(well.out).not.toContain('FAIL')
      expect(well.code).toBe(0)
      const ill = await og(['doctor', '--url', 'http://127.0.0.1:9'], { env: { OG_HOME: join(home, 'nobody') } })
      expect(ill.code).toBe(1)
      expect(ill.out).toMatch(/FAIL {2}paying account: none: set OG_PRIVATE_KEY/)
      expect(ill.out).toMatch(/FAIL {2}node: http:\/\/127\.0\.0\.1:9 does not answer/)
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
      expect((await og(['wallet', 'balance', ...network], { env })).err).toContain('choose a wallet')
    },
    timeout,
  )

  test.each(['bash', 'zsh', 'fish'])('default: completion for %s knows the commands', async (shell) => {
    const { out } = await og(['shell-completion', shell])
    for (const word of ['chat', 'receipts', '--settlement-mode', 'prove']) expect(out).toContain(word)
  })
})
