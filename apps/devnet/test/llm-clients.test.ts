import { type Client, createClient } from '@og/client'
import { simulatedMeasurements } from '@og/gateway'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changeJson, type HostileProxy, startHostileProxy } from '../src/demo/hostile-proxy.js'
import { type Face, faces } from './llm-faces.js'
import { type FlakyProxy, startFlakyProxy } from './start-flaky-proxy.js'
import { type Payer, startTestDevnet, type TestDevnet } from './start-test-devnet.js'

/** The clients of other people on a whole network: what they can do, and what it costs when the way there fails. */

const timeout = 90_000

let network: TestDevnet
const proxies: (FlakyProxy | HostileProxy)[] = []

beforeAll(async () => {
  network = await startTestDevnet()
}, timeout)
afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.close()))
  await network?.devnet.stop()
})

async function payerAndClient(
  options: { readonly baseUrl?: string; readonly fetch?: typeof fetch } = {},
): Promise<{ readonly payer: Payer; readonly client: Client }> {
  const payer = await network.payer({ tokens: 50_000_000n })
  const { devnet } = network
  const VANILLA = options.baseUrl ?? devnet.vanillaGateway.url()
  const client = createClient({
    privateKey: payer.privateKey,
    baseUrl: { VANILLA, TEE: devnet.gateway.url() },
    inferenceMode: options.baseUrl === undefined && options.fetch === undefined ? 'TEE' : 'VANILLA',
    policy: { platform: 'simulated', measurements: [simulatedMeasurements] },
    ...(options.fetch ? { fetch: options.fetch } : {}),
  })
  return { payer, client }
}

describe.each(faces)('$name', (face) => {
  test.concurrent('chat, streams, tools and structured output, sealed to an enclave', { timeout }, async () => {
    const { client } = await payerAndClient()
    expect(await face.ask(client, 'Repeat after me: marmot')).toContain('marmot')
    expect(await face.stream(client, 'Repeat after me: two marmots')).toContain('two marmots')
    expect(await face.useTools(client)).toContain('sunny in Dallas')
    expect((await face.parse(client)).city.length).toBeGreaterThan(0)
    const calls = face.embed ? 6 : 5
    if (face.embed) expect(await face.embed(client)).toEqual([256, 256])
    const entries = client.spend.entries()
    expect(entries).toHaveLength(calls)
    expect(entries.every(({ charged }) => charged !== null && charged > 0n)).toBe(true)
  })
})

/** One signature, one charge in the client's book, one transfer on the chain. */
async function expectPaidOnce(payer: Payer, client: Client): Promise<void> {
  const entries = client.spend.entries()
  expect(entries).toHaveLength(1)
  const { paymentHash, charged } = entries[0] ?? { paymentHash: '0x' as const, charged: null }
  await network.untilSettled(network.devnet.vanillaGateway.url(), paymentHash)
  expect(await network.transfersFrom(payer.address)).toEqual([charged])
}

type Plan = Parameters<FlakyProxy['plan']>[0]

describe('a call that fails on its way is paid once', () => {
  // The first POST asks for the price; what fails is what comes after it.
  // Most of the time goes into the pauses that the clients make: the cases share it.
  test.concurrent.each<[string, Plan]>([
    ['two answers 500 instead of being passed on', ['pass', 'refuse', 'refuse']],
    ['two answers lost behind a 500', ['pass', 'lose', 'lose']],
    ['a connection cut after the request', ['pass', 'cut']],
    ['a lost answer', ['pass', 'lose']],
  ])('%s', { timeout }, async (_name, plan) => {
    await Promise.all(faces.map((face) => failAndRepeat(face, plan)))
  })

  async function failAndRepeat(face: Face, plan: Plan): Promise<void> {
    const proxy = await startFlakyProxy(network.devnet.vanillaGateway.url)
    proxies.push(proxy)
    const { payer, client } = await payerAndClient({ baseUrl: proxy.url })
    proxy.plan(plan)
    expect(await face.ask(client, `Repeat after me: ${face.name}`)).toContain(face.name)
    expect(proxy.taken, face.name).toEqual([...plan, 'pass'])
    expect(new Set(proxy.payments).size, face.name).toBe(1)
    await expectPaidOnce(payer, client)
  }

  test.concurrent('an abort after the request, and the same question again', { timeout }, async () => {
    await Promise.all(faces.map(abortAndRepeat))
  })

  async function abortAndRepeat(face: Face): Promise<void> {
    const controller = new AbortController()
    const paid = new Set<string>()
    const { payer, client } = await payerAndClient({
      fetch: async (input, init) => {
        const payment = new Headers(init?.headers).get('payment-signature')
        const answer = await fetch(input, payment === null ? init : { ...init, signal: null })
        if (payment === null) return answer
        const isFirst = paid.size === 0
        paid.add(payment)
        if (!isFirst) return answer
        // The node has served and charged the call; only the caller does not want to know any more.
        await answer.arrayBuffer()
        controller.abort()
        throw controller.signal.reason
      },
    })
    const text = `Repeat after me: ${face.name}`
    await expect(face.ask(client, text, { signal: controller.signal }), face.name).rejects.toThrow(/abort/i)
    expect(await face.ask(client, text)).toContain(face.name)
    expect(paid.size, face.name).toBe(1)
    await expectPaidOnce(payer, client)
  }
})

describe('a lie is paid once, and its teller is not asked again', () => {
  test.concurrent('an altered answer', { timeout }, async () => {
    await Promise.all(faces.map(askLiar))
  })

  async function askLiar(face: Face): Promise<void> {
    const proxy = await startHostileProxy(network.devnet.vanillaGateway.url)
    proxies.push(proxy)
    let lies = 0
    proxy.tamper((answer) => {
      if (answer.status !== 200 || !answer.path.endsWith('/chat/completions')) return answer
      lies += 1
      return changeJson(answer, (body) => ({ ...body, id: 'another', choices: [] }))
    })
    const { client } = await payerAndClient({ baseUrl: proxy.url })
    await expect(face.ask(client, 'Repeat after me: marmot'), face.name).rejects.toThrow()
    expect(lies, face.name).toBe(1)
    expect(client.spend.entries(), face.name).toHaveLength(1)
  }
})
