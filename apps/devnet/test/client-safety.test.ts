import { type ChatResult, type Client, type CreateClientOptions, createClient } from '@og/client'
import { simulatedMeasurements } from '@og/gateway'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DevnetGateway } from '../src/index.js'
import { type FlakyProxy, startFlakyProxy } from './start-flaky-proxy.js'
import { type Payer, startTestDevnet, type TestDevnet } from './start-test-devnet.js'

/** Whatever breaks on the way: one signature, one charge. */

const timeout = 90_000
/** What every payer starts with. */
const tokens = 5_000_000n
const policy = { platform: 'simulated', measurements: [simulatedMeasurements] } as const

let network: TestDevnet
let vanilla: FlakyProxy
let tee: FlakyProxy
/** Behind its own proxy, and the cheapest. */
let cheap: { readonly gateway: DevnetGateway; readonly proxy: FlakyProxy }

beforeAll(async () => {
  network = await startTestDevnet()
  const { devnet } = network
  vanilla = await startFlakyProxy(devnet.vanillaGateway.url)
  tee = await startFlakyProxy(devnet.gateway.url)
  let gateway: DevnetGateway | undefined
  const proxy = await startFlakyProxy(() => gateway?.url() ?? '')
  gateway = await devnet.startGateway('cheap-gateway', {
    mode: 'VANILLA',
    relayerAccount: 7,
    config: {
      publicUrl: proxy.url,
      prices: {
        version: '1',
        surcharges: { SETTLE: '0', SETTLE_METADATA: '0', SETTLE_BATCH: '0' },
        models: [
          {
            id: 'openai/gpt-4o',
            upstreamName: 'gpt-4o',
            kind: 'text',
            input: '0.1',
            cachedInput: '0.1',
            output: '0.1',
            files: false,
          },
        ],
        aliases: {},
      },
    },
  })
  cheap = { gateway, proxy }
}, timeout)
afterAll(async () => {
  await Promise.all([vanilla?.close(), tee?.close(), cheap?.proxy.close()])
  await network?.devnet.stop()
})

async function pairOf(options: Partial<CreateClientOptions> = {}): Promise<{ client: Client; payer: Payer }> {
  const payer = await network.payer({ tokens })
  const client = createClient({ privateKey: payer.privateKey, policy, ...options })
  return { client, payer }
}

let count = 0
const ask = (client: Client, options: { mode?: 'TEE' | 'VANILLA'; stream?: boolean } = {}): Promise<ChatResult> => {
  count += 1
  return askAgain(client, count, options)
}

async function askAgain(
  client: Client,
  number: number,
  { mode = 'VANILLA', stream = false }: { mode?: 'TEE' | 'VANILLA'; stream?: boolean } = {},
): Promise<ChatResult> {
  const call = {
    model: 'openai/gpt-4o',
    messages: [{ role: 'user' as const, content: `Repeat after me: marmot ${number}` }],
    inferenceMode: mode,
  }
  return stream ? (await client.llmChat({ ...call, stream })).final() : client.llmChat(call)
}

/** Every payment of a payer has settled, and there is one for each result. */
async function expectCharges(payer: Payer, client: Client, results: readonly ChatResult[]): Promise<void> {
  const settled = await Promise.all(results.map((result) => result.settlement({ until: 'paid' })))
  expect(settled).toHaveLength(results.length)
  const charged = results.reduce((sum, { charge }) => sum + charge.charged, 0n)
  expect(await payer.balance()).toBe(tokens - charged)
  expect(client.spend.entries().map(({ paymentHash }) => paymentHash)).toEqual(
    results.map(({ paymentHash }) => paymentHash),
  )
}

describe('one signature and one charge for each call', () => {
  const faults = [
    ['two 500s', ['refuse', 'refuse']],
    ['a reset socket', ['cut']],
    ['a lost answer', ['lose']],
    ['a lost answer after a 500', ['refuse', 'lose']],
  ] as const

  test.each(faults)('%s, on the way to a VANILLA node', { timeout }, async (_, steps) => {
    const { client, payer } = await pairOf({ baseUrl: vanilla.url })
    const results: ChatResult[] = []
    for (const stream of [false, !steps.some((step) => step === 'cut')]) {
      // The first call asks for the price; the second one pays at once.
      vanilla.plan(results.length === 0 ? ['pass', ...steps] : steps)
      results.push(await ask(client, { stream }))
      expect(vanilla.taken.length).toBeGreaterThan(steps.length)
      expect(new Set(vanilla.payments).size).toBe(1)
    }
    await expectCharges(payer, client, results)
  })

  test.each(faults)('%s, on the way to a TEE node', { timeout }, async (_, steps) => {
    const { client, payer } = await pairOf({ baseUrl: tee.url })
    const results: ChatResult[] = []
    for (const stream of [false, !steps.some((step) => step === 'cut')]) {
      tee.plan(results.length === 0 ? ['pass', ...steps] : steps)
      results.push(await ask(client, { mode: 'TEE', stream }))
      expect(tee.taken.length).toBeGreaterThan(steps.length)
      expect(tee.payments).toEqual([])
    }
    await expectCharges(payer, client, results)
  })

  test.each(['VANILLA', 'TEE'] as const)(
    'a stream that is reset on the way from a %s node',
    { timeout },
    async (mode) => {
      const proxy = mode === 'TEE' ? tee : vanilla
      const { client, payer } = await pairOf({ baseUrl: proxy.url })
      proxy.plan(['pass', 'cut'])
      // The node may have finished it, or given it up when nobody read it: then what was delivered is charged, and said to be a part.
      const outcome = await ask(client, { mode, stream: true }).then(
        ({ verification }) => verification.ok,
        ({ code, reason }) => `${code} ${reason}`,
      )
      expect([true, 'VERIFICATION_TRUNCATED ANSWER_ABORTED']).toContain(outcome)
      const [entry, ...others] = client.spend.entries()
      expect(others).toEqual([])
      const { url } = mode === 'TEE' ? network.devnet.gateway : network.devnet.vanillaGateway
      await network.untilSettled(url(), entry?.paymentHash ?? '0x')
      expect(await network.transfersFrom(payer.address)).toHaveLength(1)
    },
  )

  test('an abort while the node works, and the same call again', { timeout }, async () => {
    const { client, payer } = await pairOf({ baseUrl: vanilla.url })
    const first = await ask(client)
    count += 1
    const number = count
    const stop = new AbortController()
    const call = {
      model: 'openai/gpt-4o',
      messages: [{ role: 'user' as const, content: `Repeat after me: marmot ${number}` }],
    }
    vanilla.plan([])
    const aborted = client.llmChat({ ...call, signal: stop.signal })
    const seen = setInterval(() => vanilla.payments.length > 0 && stop.abort(), 1)
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' })
    clearInterval(seen)
    const second = await askAgain(client, number)
    expect(new Set(vanilla.payments).size).toBe(1)
    await expectCharges(payer, client, [first, second])
  })
})

describe('nodes from the registry', () => {
  const fromRegistry = (send?: NonNullable<CreateClientOptions['fetch']>): Promise<{ client: Client; payer: Payer }> =>
    pairOf({
      registry: network.devnet.contracts.nodeRegistry,
      rpcUrl: network.devnet.rpc,
      retries: 0,
      ...(send === undefined ? {} : { fetch: send }),
    })

  test('the cheapest node that holds is asked; TEE calls go to attested nodes only', { timeout }, async () => {
    const { client, payer } = await fromRegistry()
    const results = [await ask(client), await ask(client, { mode: 'TEE' }), await ask(client, { stream: true })]
    expect(results.map(({ receipt }) => receipt.nodeId)).toEqual([
      cheap.gateway.nodeId(),
      network.devnet.gateway.nodeId(),
      cheap.gateway.nodeId(),
    ])
    await expectCharges(payer, client, results)
    expect((await client.attest()).baseUrl).toBe(network.devnet.gateway.url())
  })

  test('a node that fails before it is paid is passed over', { timeout }, async () => {
    const { client, payer } = await fromRegistry()
    cheap.proxy.plan(['refuse'])
    const result = await ask(client)
    expect(cheap.proxy.payments).toEqual([])
    expect(result.receipt.nodeId).not.toBe(cheap.gateway.nodeId())
    await expectCharges(payer, client, [result])
  })

  test('a node that fails with a payment in its hands keeps the call', { timeout }, async () => {
    const { client, payer } = await fromRegistry()
    const results = [await ask(client)]
    expect(results[0]?.receipt.nodeId).toBe(cheap.gateway.nodeId())
    for (const step of ['refuse', 'cut', 'lose'] as const) {
      count += 1
      const number = count
      cheap.proxy.plan([step])
      await expect(askAgain(client, number)).rejects.toMatchObject({
        code: expect.stringMatching(/NODE_ERROR|NETWORK/),
      })
      const [open] = client.spend.entries().slice(-1)
      const again = await askAgain(client, number)
      expect(again.paymentHash).toBe(open?.paymentHash)
      expect(again.receipt.nodeId).toBe(cheap.gateway.nodeId())
      expect(new Set(cheap.proxy.payments).size).toBe(1)
      results.push(again)
    }
    await expectCharges(payer, client, results)
  })

  test('a node that cannot be reached is passed over, even where it would have been paid at once', {
    timeout,
  }, async () => {
    // Without a kept connection it is certain that nothing has left when no new one can be made.
    const { client, payer } = await fromRegistry((url, init) => {
      const headers = new Headers(init.headers)
      headers.set('connection', 'close')
      return fetch(url, { ...init, headers })
    })
    const first = await ask(client)
    expect(first.receipt.nodeId).toBe(cheap.gateway.nodeId())
    await first.settlement({ until: 'paid' })
    await cheap.proxy.close()
    const second = await ask(client)
    expect(second.receipt.nodeId).not.toBe(cheap.gateway.nodeId())
    await second.settlement({ until: 'paid' })
    expect(await payer.balance()).toBe(tokens - first.charge.charged - second.charge.charged)
  })
})
