import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, verifyReceipt } from '@og/client'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { post, signPayment } from '../../devnet/test/sign-payment.js'
import { startTestDevnet, type TestDevnet, until } from '../../devnet/test/start-test-devnet.js'
import { heldWords, startTestUpstream, type TestUpstream, words } from '../../devnet/test/start-test-upstream.js'

import { simulatedMeasurements } from '../src/index.js'
import { startRegistrar } from './start-registrar.js'

let net: TestDevnet
let upstream: TestUpstream
let rpc: { readonly url: string; down: boolean; readonly server: Server }
const body = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }], max_tokens: 64 }
beforeAll(async () => {
  upstream = await startTestUpstream()
  net = await startTestDevnet({ upstreams: [{ id: 'test', baseUrl: upstream.baseUrl, families: [] }] })
  rpc = await startSwitch()
}, 120_000)
afterAll(async () => {
  await net?.devnet.stop()
  await upstream?.close()
  rpc?.server.closeAllConnections()
  await new Promise((resolve) => rpc?.server.close(resolve))
})

/** The chain's RPC with a switch in front of it. */
async function startSwitch() {
  const state = { url: '', down: false, server: createServer() }
  state.server.on('request', async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    if (state.down) {
      response.destroy()
      return
    }
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(net.devnet.rpc, { method: 'POST', headers, body: Buffer.concat(parts) })
    response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()))
  })
  await new Promise<void>((resolve) => state.server.listen(0, '127.0.0.1', resolve))
  state.url = `http://127.0.0.1:${(state.server.address() as AddressInfo).port}`
  return state
}

test('F6: while the RPC is down a payer is refused unpaid, nothing is asked upstream, and the same payment is good afterwards', {
  timeout: 120_000,
}, async () => {
  const gateway = await net.devnet.startGateway('behind-a-switch', {
    mode: 'VANILLA',
    relayerAccount: 7,
    config: { rpcUrl: rpc.url },
  })
  const url = gateway.url()
  const payer = await net.payer({ tokens: 1_000_000n })
  const served = await signPayment({ url, body, payer })
  const waiting = await signPayment({ url, body, payer: await net.payer({ tokens: 1_000_000n }) })
  expect((await post({ url, body }, served)).status).toBe(200)
  rpc.down = true
  const calls = upstream.calls.length
  const refused = await post({ url, body }, waiting)
  const { error } = (await refused.json()) as { error: { code: string } }
  expect([refused.status, error.code, refused.headers.get('retry-after')]).toEqual([503, 'chain_unavailable', '2'])
  expect(upstream.calls.length).toBe(calls)
  rpc.down = false
  expect((await post({ url, body }, waiting)).status).toBe(200)
  for (const { paymentHash } of [served, waiting]) await net.untilSettled(url, paymentHash)
})

/** The process that holds a file open. */
function holderOf(file: string): number {
  for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
    try {
      const handles = readdirSync(`/proc/${pid}/fd`)
      if (handles.some((handle) => readlinkSync(`/proc/${pid}/fd/${handle}`) === file)) return Number(pid)
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error(`nobody holds ${file}`)
}

// The limits of another process can be changed on Linux only.
test.skipIf(process.platform !== 'linux')(
  'F17: on a full disk a payer is refused before any work, an answer that cannot be written is not given, nobody is charged; with space it goes on by itself',
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'og-full-disk-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const ledgerPath = join(folder, 'ledger.db')
    const gateway = await net.devnet.startGateway('on-a-full-disk', {
      mode: 'VANILLA',
      relayerAccount: 6,
      config: { ledgerPath },
    })
    const url = gateway.url()
    const pid = holderOf(ledgerPath)
    const disk = (bytes: 'full' | 'free'): void => {
      // From here on no file of this process takes another byte.
      execFileSync('prlimit', ['--pid', `${pid}`, `--fsize=${bytes === 'full' ? '1' : 'unlimited'}:unlimited`])
    }
    const payers = await Promise.all([1, 2, 3].map(() => net.payer({ tokens: 1_000_000n })))
    const [first, second, third] = await Promise.all(payers.map((payer) => signPayment({ url, body, payer })))
    if (first === undefined || second === undefined || third === undefined) throw new Error('three payments')
    const refusalOf = async (answer: Response): Promise<unknown[]> => [
      answer.status,
      ((await answer.json()) as { error: { code: string } }).error.code,
      answer.headers.get('retry-after'),
    ]
    upstream.behave(words(['one ', 'two ', 'three']))
    expect((await post({ url, body }, first)).status).toBe(200)

    // It fills up while a provider is at work.
    const lost = heldWords(['lost ', 'words'])
    upstream.behave(lost.behaviour)
    const before = upstream.calls.length
    const cutOff = post({ url, body }, second)
    await until('the call runs', async () => (upstream.calls.length > before ? true : undefined))
    disk('full')
    lost.release()
    expect(await refusalOf(await cutOff)).toEqual([503, 'ledger_unavailable', '2'])

    // Then nothing is begun any more.
    const calls = upstream.calls.length
    expect(await refusalOf(await post({ url, body }, third))).toEqual([503, 'ledger_unavailable', '2'])
    expect(upstream.calls.length).toBe(calls)

    disk('free')
    upstream.behave(words(['one ', 'two ', 'three']))
    expect((await post({ url, body }, third)).status).toBe(200)
    for (const { paymentHash } of [first, third]) await net.untilSettled(url, paymentHash)
    const spent = await Promise.all(payers.map(async ({ balance }) => 1_000_000n - (await balance())))
    expect(spent).toEqual([first.authorized, 0n, third.authorized])
    expect((await net.receiptStatus(url, second.paymentHash))?.receipt).toBeNull()
  },
)

test('F30: told to end under running streams, a node finishes every one of them, takes no new ones, and settles after its return', {
  timeout: 120_000,
}, async () => {
  const gateway = await net.devnet.startGateway('ending', { mode: 'VANILLA', relayerAccount: 8 })
  const url = gateway.url()
  const payer = await net.payer({ tokens: 10_000_000n })
  const streamed = { ...body, stream: true }
  const payments = await Promise.all(Array.from({ length: 8 }, () => signPayment({ url, body: streamed, payer })))
  upstream.behave(
    words(
      Array.from({ length: 20 }, (_, index) => `w${index} `),
      { pauseMs: 100 },
    ),
  )
  const streams = await Promise.all(payments.map((payment) => post({ url, body: streamed }, payment)))
  expect(streams.map(({ status }) => status)).toEqual(payments.map(() => 200))
  const texts = streams.map((stream) => stream.text())
  const ended = gateway.stop()
  for (const text of await Promise.all(texts)) expect(text).toMatch(/w19.*\[DONE\]/s)
  await ended
  await gateway.restart()
  upstream.behave(words(['again']))
  for (const { paymentHash } of payments) await net.untilSettled(gateway.url(), paymentHash)
  const fresh = await signPayment({ url: gateway.url(), body, payer })
  expect((await post({ url: gateway.url(), body }, fresh)).status).toBe(200)
})

test('B10: a receipt key is followed by the next while calls run: none breaks, old receipts hold, clients prove the new keys anew', {
  timeout: 120_000,
}, async () => {
  const { chain, contracts, chainId } = net.devnet
  const privateKey = chain.accounts[4]?.privateKey ?? '0x'
  const registrar = await startRegistrar({ privateKey, chainId, nodeRegistry: contracts.nodeRegistry })
  const gateway = await net.devnet.startGateway('rotating', {
    mode: 'TEE',
    relayerAccount: 9,
    config: { receiptKeySeconds: 5, receiptOverlapSeconds: 600, registrarUrl: registrar.url },
  })
  const url = gateway.url()
  const nodeNow = async (): Promise<string> =>
    ((await (await fetch(`${url}/health`)).json()) as { nodeId: string }).nodeId
  const nonce = `0x${'07'.repeat(32)}`
  const payer = await net.payer({ tokens: 10_000_000n })
  const client = createClient({
    privateKey: payer.privateKey,
    baseUrl: url,
    inferenceMode: 'TEE',
    trust: { platform: 'simulated', measurements: [simulatedMeasurements] },
  })
  const ask = (model: string, prompt: string) => client.llmCompletion({ model, prompt, maxTokens: 64 })
  upstream.behave(words(['one ', 'two ', 'three']))
  const first = await nodeNow()
  const before = await ask('openai/gpt-4o', 'before')

  // A stream that lasts over the change, sealed to the old key and quoted by it.
  const slow = heldWords(['slow ', 'words'])
  upstream.behave(slow.behaviour)
  const waiting = upstream.calls.length
  const across = ask('openai/gpt-4o', 'across')
  await until('the call runs', async () => (upstream.calls.length > waiting ? true : undefined))
  const next = await until('the next key is shown to the registrar', async () => {
    const shown = await fetch(`${url}/v1/attestation?nonce=${nonce}&next=1`)
    const { nodeId } = (await shown.json()) as { nodeId?: string }
    return shown.ok ? nodeId : undefined
  })
  expect(await nodeNow()).toBe(first)
  registrar.allow()
  await until('the next key serves', async () => ((await nodeNow()) === next ? true : undefined))
  expect((await fetch(`${url}/ready`)).status).toBe(200)
  slow.release()
  upstream.behave(words(['one ', 'two ', 'three']))
  const results = {
    before,
    across: await across,
    // Quoted before the change: the old key still stands for it.
    quoted: await ask('openai/gpt-4o', 'quoted'),
    // Nothing is known of this price: the quote names the new key, which the client has proven before it pays.
    after: await ask('gpt-4', 'after'),
  }
  const signers = Object.values(results).map((result) => receiptOf(client.receiptBundle(result))['nodeId'])
  expect(signers).toEqual([first, first, first, next])
  for (const result of Object.values(results)) {
    const verdict = await verifyReceipt(client.receiptBundle(result), { trust: 'simulator' })
    expect(verdict.steps.filter(({ ok }) => !ok)).toEqual([])
    await net.untilSettled(url, result.paymentHash)
  }
  await registrar.close()
})

function receiptOf(bundle: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return bundle['receipt'] as Readonly<Record<string, unknown>>
}
