import { readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { type ClientStorage, createClient, createMemoryStorage } from '@og/client'
import { mintToken } from '@og/devchain'
import type { JsonObject } from '@og/settlement'
import type { Hex } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startCluster } from '../../../packages/ledger/test/postgres-cluster.js'
import type { DevnetGateway } from '../../devnet/src/index.js'
import { post, repackPayment, type SignedPayment, signPayment } from '../../devnet/test/sign-payment.js'
import { startTestDevnet, type TestDevnet, until } from '../../devnet/test/start-test-devnet.js'
import { heldWords, startTestUpstream, type TestUpstream, words } from '../../devnet/test/start-test-upstream.js'

const cluster = await startCluster()

/** How long a gateway that stands still keeps its channels. */
const leaseSeconds = 4

const bodyOf = (content: string): JsonObject => ({
  model: 'openai/gpt-4o',
  messages: [{ role: 'user', content }],
  max_tokens: 16,
})

/** The wire to a database, which can be cut or go silent. */
async function startWire(
  port: number,
): Promise<{ port: number; set(state: 'open' | 'cut' | 'silent'): void; close(): void }> {
  let state: 'open' | 'cut' | 'silent' = 'open'
  const pairs = new Set<readonly [Socket, Socket]>()
  const server: Server = createServer((near) => {
    if (state === 'cut') {
      near.destroy()
      return
    }
    const far = connect(port, '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    const end = (): void => {
      near.destroy()
      far.destroy()
      pairs.delete(pair)
    }
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (data) => to.write(data))
      from.on('error', end).on('close', end)
    }
    if (state === 'silent') for (const socket of pair) socket.pause()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    set: (next) => {
      state = next
      for (const [near, far] of pairs) {
        if (next === 'cut') near.destroy()
        for (const socket of [near, far]) next === 'silent' ? socket.pause() : socket.resume()
      }
    },
    close: () => {
      for (const [near] of pairs) near.destroy()
      server.close()
    },
  }
}

describe.skipIf('skipped' in cluster)('two gateways on one PostgreSQL', () => {
  let net: TestDevnet
  let upstream: TestUpstream
  let wire: Awaited<ReturnType<typeof startWire>>
  let nodes: readonly [DevnetGateway, DevnetGateway]
  beforeAll(async () => {
    if ('skipped' in cluster) return
    upstream = await startTestUpstream()
    wire = await startWire(cluster.port)
    net = await startTestDevnet({ upstreams: [{ id: 'test', baseUrl: upstream.baseUrl, families: [] }] })
    const config = {
      ledgerPath: undefined,
      ledgerUrl: `postgres://postgres@127.0.0.1:${wire.port}/postgres`,
      logId: `0x${'5a'.repeat(32)}`,
      payTo: net.devnet.vanillaGateway.payTo,
      channels: {
        authorizerKey: `0x${'c7'.repeat(32)}`,
        withdrawDelaySeconds: 900,
        claimSeconds: 60,
        minClaim: '1',
        leaseSeconds,
      },
      // Calls that wait for channels of one payer may take three of them.
      maxConcurrentCalls: 48,
    }
    const start = (name: string): Promise<DevnetGateway> =>
      net.devnet.startGateway(name, { mode: 'VANILLA', relayerAccount: 6, config })
    nodes = [await start('shared-a'), await start('shared-b')]
  }, 180_000)
  afterAll(async () => {
    await net?.devnet.stop()
    await upstream?.close()
    wire?.close()
    if (!('skipped' in cluster)) await cluster.dispose()
  })
  beforeEach(() => {
    upstream.calls.length = 0
    upstream.behave(words(['one ', 'two ', 'three']))
  })

  test('both serve at once: one log without a hole, each payment moved once, each record written once', async () => {
    const calls = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const url = nodes[index % 2 === 0 ? 0 : 1].url()
        const payer = await net.payer({ tokens: 1_000_000n })
        const body = bodyOf(`shared ${index}`)
        const headers = { 'og-settlement-mode': 'SETTLE' }
        return { url, payer, body, headers, payment: await signPayment({ url, body, headers, payer }) }
      }),
    )
    const answers = await Promise.all(calls.map((call) => post(call, call.payment)))
    expect(answers.map(({ status }) => status)).toEqual(calls.map(() => 200))
    await Promise.all(answers.map((answer) => answer.arrayBuffer()))
    expect(upstream.calls.length).toBe(calls.length)
    const leaves: number[] = []
    for (const [index, { payer, payment }] of calls.entries()) {
      // Whoever is asked knows: it is one ledger.
      const status = await net.untilSettled(nodes[index % 2 === 0 ? 1 : 0].url(), payment.paymentHash)
      leaves.push(status.leaf?.index ?? -1)
      expect(await net.transfersFrom(payer.address)).toEqual([payment.authorized])
      expect(await net.settledEvents(status.receiptDigest as Hex)).toBe(1)
    }
    expect([...leaves].sort((a, b) => a - b)).toEqual(leaves.map((_, index) => index))
  })

  test('prompt and answer are in no file of the database, not even its log of changes', async () => {
    const payer = await net.payer({ tokens: 1_000_000n })
    const [prompt, answer] = ['a prompt that only the provider reads', 'an answer that only the payer reads'] as const
    const body = bodyOf(prompt)
    upstream.behave(words([answer]))
    const url = nodes[0].url()
    const payment = await signPayment({ url, body, payer })
    const served = await post({ url, body }, payment)
    expect(await served.text()).toContain(answer)
    // It is kept all the same: the same request gets it again.
    const again = await post({ url, body }, payment)
    expect([again.headers.get('og-replayed'), (await again.text()).includes(answer)]).toEqual(['true', true])
    await net.untilSettled(url, payment.paymentHash)
    if ('skipped' in cluster) return
    await cluster.run('CHECKPOINT')
    const files = readdirSync(cluster.dataFolder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    let foundHash = false
    for (const file of files) {
      const bytes = readFileSync(join(file.parentPath, file.name))
      expect(bytes.includes(prompt), file.name).toBe(false)
      expect(bytes.includes(answer), file.name).toBe(false)
      foundHash ||= bytes.includes(payment.paymentHash)
    }
    // What is looked for the same way and must be there is found.
    expect(foundHash).toBe(true)
  })

  test('one authorization, presented to both under the terms of each, runs once', async () => {
    const payer = await net.payer({ tokens: 1_000_000n })
    const body = bodyOf('twice')
    const [first, second] = nodes
    const own = await signPayment({ url: first.url(), body, payer, bound: false })
    const theirs = await signPayment({ url: second.url(), body, payer, bound: false })
    // The signature names payee and amount, not the node: under the other node's offer it is as good.
    const copied = repackPayment(own, (payload) => ({ ...payload, accepted: theirs.payload.accepted }))
    upstream.behave(words(['one ', 'two ', 'three'], { pauseMs: 30 }))
    const uses = Array.from({ length: 20 }, (_, index): [string, SignedPayment] =>
      index % 2 === 0 ? [first.url(), own] : [second.url(), copied],
    )
    const answers = await Promise.all(uses.map(([url, payment]) => post({ url, body }, payment)))
    const served = answers.filter(({ status, headers }) => status === 200 && headers.get('og-replayed') === null)
    await Promise.all(answers.map((answer) => answer.arrayBuffer()))
    expect(served.length).toBe(1)
    expect(upstream.calls.length).toBe(1)
    await net.untilSettled(first.url(), own.paymentHash)
    expect(await net.transfersFrom(payer.address)).toEqual([own.authorized])
  })

  test('F4: a payment that one of them serves right now gets no new price from the other, which does not know its offer', async () => {
    const payer = await net.payer({ tokens: 1_000_000n })
    const body = bodyOf('still running')
    const [first, second] = nodes
    const payment = await signPayment({ url: first.url(), body, payer })
    const held = heldWords(['one ', 'two'])
    upstream.behave(held.behaviour)
    const running = post({ url: first.url(), body }, payment)
    await until('the provider is at work', async () => (upstream.calls.length > 0 ? true : undefined))
    const codeOf = async (answer: Response): Promise<unknown> => [
      answer.status,
      ((await answer.json()) as { error: { code: string } }).error.code,
      answer.headers.has('payment-required'),
    ]
    const again = await post({ url: second.url(), body }, payment)
    expect(again.headers.get('retry-after')).toBe('1')
    expect(await codeOf(again)).toEqual([409, 'payment_in_progress', false])
    const other = await post({ url: second.url(), body: bodyOf('another body') }, payment)
    expect(await codeOf(other)).toEqual([409, 'payment_bound_to_other_request', false])
    held.release()
    expect((await running).status).toBe(200)
    await (await running).arrayBuffer()
    await net.untilSettled(first.url(), payment.paymentHash)
    expect(await net.transfersFrom(payer.address)).toEqual([payment.authorized])
  })

  test.each(['cut', 'silent'] as const)(
    'a database whose wire is %s: 503 before any work, nothing charged, and served again without a hand',
    async (trouble) => {
      const payer = await net.payer({ tokens: 1_000_000n })
      const body = bodyOf(`while ${trouble}`)
      const url = nodes[0].url()
      const payment = await signPayment({ url, body, payer })
      wire.set(trouble)
      const refused = await post({ url, body }, payment)
      expect([refused.status, ((await refused.json()) as { error: { code: string } }).error.code]).toEqual([
        503,
        'ledger_unavailable',
      ])
      expect(refused.headers.get('retry-after')).not.toBeNull()
      expect(upstream.calls.length).toBe(0)
      wire.set('open')
      let status = 0
      for (let tries = 0; tries < 40 && status !== 200; tries += 1) {
        const answer = await post({ url, body }, payment)
        status = answer.status
        await answer.arrayBuffer()
        if (status !== 200) await new Promise((resolve) => setTimeout(resolve, 250))
      }
      expect(status).toBe(200)
      expect(upstream.calls.length).toBe(1)
      await net.untilSettled(url, payment.paymentHash)
      expect(await net.transfersFrom(payer.address)).toEqual([payment.authorized])
    },
    120_000,
  )

  test('a channel has one count over both: calls here and there, one deposit', async () => {
    const payer = await net.payer({ tokens: 1_000_000n })
    const storage = createMemoryStorage()
    const clients = nodes.map((node) =>
      createClient({ privateKey: payer.privateKey, baseUrl: node.url(), rpcUrl: net.devnet.rpc, storage }),
    )
    const [here, there] = clients
    if (here === undefined || there === undefined) throw new Error('two nodes')
    await here.channel.open({ deposit: 300_000n })
    const ask = (client: typeof here) => client.llmCompletion({ model: 'openai/gpt-4o', prompt: 'one', maxTokens: 16 })
    const results = [await ask(here)]
    await there.channel.open({ deposit: 1n })
    results.push(await ask(there), await ask(here), await ask(there))
    expect(results.map(({ charge }) => charge.scheme)).toEqual(results.map(() => 'batch-settlement'))
    const charged = results.reduce((sum, { charge }) => sum + charge.charged, 0n)
    expect(await there.channel.list()).toMatchObject([{ charged, balance: 300_000n }])
    for (const { paymentHash } of results) await net.untilSettled(nodes[0].url(), paymentHash)
    await there.channel.close()
    expect(await payer.balance()).toBe(1_000_000n - charged)
  })

  test('calls that wait for one channel take a share of the places and no more; others are served meanwhile, and so are they in the end', async () => {
    const url = nodes[0].url()
    const payer = await net.payer({ tokens: 1_000_000n })
    const sent: { readonly headers: Headers; readonly body: string }[] = []
    const client = createClient({
      privateKey: payer.privateKey,
      baseUrl: url,
      rpcUrl: net.devnet.rpc,
      fetch: async (input, init) => {
        const request = new Request(input, init)
        const body = await request.clone().text()
        if (request.headers.has('payment-signature')) sent.push({ headers: request.headers, body })
        return fetch(request)
      },
    })
    await client.channel.open({ deposit: 300_000n })
    const ask = { model: 'openai/gpt-4o', prompt: 'one', maxTokens: 16 }
    await client.llmCompletion(ask)
    const held = heldWords(['one ', 'two'])
    upstream.calls.length = 0
    sent.length = 0
    upstream.behave(held.behaviour)
    const running = client.llmCompletion(ask)
    await until('the provider is at work', async () => (upstream.calls.length > 0 ? true : undefined))
    // The voucher is good for whatever call comes next on the channel: sent again, it waits.
    const [call] = sent
    if (call === undefined) throw new Error('no call')
    const again = (): Promise<Response> =>
      fetch(`${url}/v1/completions`, { method: 'POST', headers: call.headers, body: call.body })
    const answers: Response[] = []
    const all = Array.from({ length: 8 }, async () => answers.push(await again()))
    await until('five are refused', async () => (answers.length >= 5 ? true : undefined))
    expect(answers.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual(
      Array.from({ length: 5 }, () => [429, '1']),
    )
    for (const answer of answers)
      expect(await answer.json()).toMatchObject({ error: { code: 'rate_limited', type: 'rate_limit_error' } })
    // The others of the payer still wait; somebody else pays and is served.
    const other = await net.payer({ tokens: 1_000_000n })
    const body = bodyOf('meanwhile')
    upstream.behave(words(['served']))
    expect((await post({ url, body }, await signPayment({ url, body, payer: other }))).status).toBe(200)
    expect(answers.length).toBe(5)
    held.release()
    expect((await running).charge.scheme).toBe('batch-settlement')
    await Promise.all(all)
    // It was charged: whoever brings its voucher again gets its answer, not another one.
    expect(answers.slice(5).map(({ status, headers }) => [status, headers.get('og-replayed')])).toEqual(
      Array.from({ length: 3 }, () => [200, 'true']),
    )
    expect((await client.llmCompletion({ ...ask, prompt: 'next' })).charge.scheme).toBe('batch-settlement')
    await client.channel.close()
  })

  test('F26: a gateway that stands still beyond its lease in the middle of a call cannot charge it; the other one serves the channel', async () => {
    const payer = await net.payer({ tokens: 1_000_000n })
    const [frozen, alive] = nodes
    const clientOf = async (node: DevnetGateway, options: { deposit: bigint; storage: ClientStorage }) => {
      const { storage, deposit } = options
      const { privateKey } = payer
      const client = createClient({
        privateKey,
        baseUrl: node.url(),
        rpcUrl: net.devnet.rpc,
        storage,
        retries: 0,
      })
      await client.channel.open({ deposit })
      return client
    }
    const storage = createMemoryStorage()
    const first = await clientOf(frozen, { storage, deposit: 300_000n })
    const ask = { model: 'openai/gpt-4o', prompt: 'one', maxTokens: 16 }
    let { charged } = (await first.llmCompletion(ask)).charge
    // Another device of the payer, at the same count.
    const copy = createMemoryStorage()
    for (const key of await storage.keys()) await copy.write(key, (await storage.read(key)) ?? '')
    const second = await clientOf(alive, { storage: copy, deposit: 1n })

    upstream.calls.length = 0
    let letAnswer = (): void => undefined
    const mayAnswer = new Promise<void>((resolve) => {
      letAnswer = resolve
    })
    upstream.behave(async (response, call) => {
      await mayAnswer
      await words(['one ', 'two '])(response, call)
    })
    const slow = first.llmCompletion(ask).then(
      () => 'served',
      (error: unknown) => error,
    )
    await until('the provider is at work', async () => (upstream.calls.length > 0 ? true : undefined))
    process.kill(frozen.pid(), 'SIGSTOP')
    try {
      letAnswer()
      upstream.behave(words(['one ', 'two ', 'three']))
      await new Promise((resolve) => setTimeout(resolve, (leaseSeconds + 2) * 1000))
      charged += (await second.llmCompletion({ ...ask, prompt: 'another' })).charge.charged
    } finally {
      process.kill(frozen.pid(), 'SIGCONT')
    }
    expect(await slow).toMatchObject({ code: 'NODE_ERROR' })
    expect(await second.channel.list()).toMatchObject([{ charged, balance: 300_000n }])
    // Awake again, it serves the channel at the count that the other one left.
    const third = await clientOf(frozen, { storage: copy, deposit: 1n })
    charged += (await third.llmCompletion({ ...ask, prompt: 'awake' })).charge.charged
    await third.channel.close()
    expect(await payer.balance()).toBe(1_000_000n - charged)
  })

  test('one that only serves takes the calls, one that only settles moves the money and writes the records', {
    timeout: 180_000,
  }, async () => {
    const divided = {
      ledgerPath: undefined,
      ledgerUrl: `postgres://postgres@127.0.0.1:${wire.port}/postgres`,
      ledgerSchema: 'og_divided',
      logId: `0x${'5b'.repeat(32)}` as const,
      payTo: net.devnet.gateway.payTo,
    }
    const start = (name: string, role: 'serve' | 'settle'): Promise<DevnetGateway> =>
      net.devnet.startGateway(name, { mode: 'VANILLA', relayerAccount: 7, config: { ...divided, role } })
    const server = await start('divided-serve', 'serve')
    const payer = await net.payer({ tokens: 0n })
    const call = { url: server.url(), body: bodyOf('divided') }
    const payment = await signPayment({ ...call, payer })
    // Enough for one call, not for two.
    await mintToken(net.devnet.chain, { to: payer.address, amount: payment.authorized + 1n })
    expect((await post(call, payment)).status).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(await net.receiptStatus(server.url(), payment.paymentHash)).toMatchObject({ payment: { state: 'queued' } })
    const worker = await start('divided-settle', 'settle')
    expect((await post({ ...call, url: worker.url() })).status).toBe(404)
    const settled = await net.untilSettled(server.url(), payment.paymentHash)
    expect(settled.payment.transaction).toMatch(/^0x/)
    expect(await net.transfersFrom(payer.address)).toEqual([payment.authorized])
    // The server has seen the balance of before, and another process has moved it: it does not cover a second call.
    const again = await post(call, await signPayment({ ...call, payer }))
    expect([again.status, ((await again.json()) as { error: { code: string } }).error.code]).toEqual([
      402,
      'insufficient_funds',
    ])
    await mintToken(net.devnet.chain, { to: payer.address, amount: payment.authorized })
    expect((await post(call, await signPayment({ ...call, payer }))).status).toBe(200)
  })
})
