import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { mintToken, sendRpc, waitForReceipt } from '@og/devchain'
import type { JsonObject } from '@og/settlement'
import type { PaymentPayload } from '@og/x402'
import { createPublicClient, createWalletClient, encodeFunctionData, type Hex, http, parseAbi } from 'viem'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { post, repackPayment, type SignedPayment, signPayment } from '../../devnet/test/sign-payment.js'
import { startTestDevnet, type TestDevnet, until } from '../../devnet/test/start-test-devnet.js'
import { startTestUpstream, type TestUpstream, words } from '../../devnet/test/start-test-upstream.js'

const bodyOf = (content: string): JsonObject => ({
  model: 'openai/gpt-4o',
  messages: [{ role: 'user', content }],
  max_tokens: 16,
})
const answerOf = ['one ', 'two ', 'three']

let net: TestDevnet
let upstream: TestUpstream
let url: string
beforeAll(async () => {
  upstream = await startTestUpstream()
  net = await startTestDevnet({ upstreams: [{ id: 'test', baseUrl: upstream.baseUrl, families: [] }] })
  url = net.devnet.vanillaGateway.url()
}, 120_000)
afterAll(async () => {
  await net?.devnet.stop()
  await upstream?.close()
})
beforeEach(() => {
  upstream.calls.length = 0
  upstream.behave(words(answerOf))
})

/** How many receipts the log held when this payment was served. */
async function leafOf(paymentHash: Hex): Promise<number> {
  const leaf = (await net.receiptStatus(url, paymentHash))?.leaf
  if (leaf == null) throw new Error('the payment has no leaf')
  return leaf.index
}

async function codeOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error?: { code: string } }
  return error?.code ?? 'none'
}

async function pay(body: JsonObject, payment: SignedPayment): Promise<void> {
  const response = await post({ url, body }, payment)
  expect(response.status).toBe(200)
  await response.arrayBuffer()
}

test.each(['exact', 'upto'] as const)(
  'twenty uses of one %s payment at once: one run, one leaf, one charge',
  async (scheme) => {
    const tokens = 1_000_000n
    const payer = await net.payer({ tokens, permit2: scheme === 'upto' })
    const [before, body, after] = [bodyOf('before'), bodyOf('twenty times'), bodyOf('after')] as const
    const first = await signPayment({ url, body: before, payer, scheme })
    await pay(before, first)
    const payment = await signPayment({ url, body, payer, scheme })
    upstream.behave(words(answerOf, { pauseMs: 40 }))
    const answers = await Promise.all(Array.from({ length: 20 }, () => post({ url, body }, payment)))
    const made = answers.filter(({ status, headers }) => status === 200 && headers.get('og-replayed') === null)
    const refused = answers.filter(({ status }) => status !== 200)
    expect(made.length).toBe(1)
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([409]))
    for (const response of refused) {
      expect(response.headers.get('retry-after')).toBe('1')
      expect(response.headers.get('x-should-retry')).toBe('false')
      expect(await codeOf(response)).toBe('payment_in_progress')
    }
    // Whoever asks later gets the very bytes of the one answer, without another run.
    const text = await made[0]?.text()
    const replayed = await post({ url, body }, payment)
    expect([replayed.status, replayed.headers.get('og-replayed'), await replayed.text()]).toEqual([200, 'true', text])
    expect(upstream.calls.length).toBe(2)

    const last = await signPayment({ url, body: after, payer, scheme })
    await pay(after, last)
    expect(await leafOf(payment.paymentHash)).toBe((await leafOf(first.paymentHash)) + 1)
    expect(await leafOf(last.paymentHash)).toBe((await leafOf(payment.paymentHash)) + 1)
    const all = [first, payment, last]
    let charged = 0n
    for (const { paymentHash } of all) {
      charged += BigInt((await net.untilSettled(url, paymentHash)).payment.charged ?? '-1')
    }
    expect((await net.transfersFrom(payer.address)).length).toBe(all.length)
    expect(await payer.balance()).toBe(tokens - charged)
  },
)

test('A1, A3: one unbound payment for twenty different bodies: one of them runs', async () => {
  const payer = await net.payer({ tokens: 1_000_000n })
  const bodies = Array.from({ length: 20 }, (_, index) => bodyOf(`body ${10 + index}`))
  const payment = await signPayment({ url, body: bodyOf('body 10'), payer, bound: false })
  const answers = await Promise.all(bodies.map((body) => post({ url, body }, payment)))
  expect(answers.filter(({ status }) => status === 200).length).toBe(1)
  const codes = await Promise.all(answers.filter(({ status }) => status !== 200).map(codeOf))
  expect(new Set(codes)).toEqual(new Set(['payment_bound_to_other_request']))
  expect(upstream.calls.length).toBe(1)
  await net.untilSettled(url, payment.paymentHash)
  expect(await net.transfersFrom(payer.address)).toEqual([payment.authorized])
})

test('four payers with ten different payments each at once: all are served and settled, to the unit', async () => {
  const tokens = 10_000_000n
  const schemes = ['exact', 'upto', 'exact', 'upto'] as const
  const payers = await Promise.all(schemes.map((scheme) => net.payer({ tokens, permit2: scheme === 'upto' })))
  const calls = await Promise.all(
    payers.flatMap((payer, at) =>
      Array.from({ length: 10 }, async (_, index) => {
        const body = bodyOf(`payer ${at}, call ${index}`)
        const scheme = schemes[at] ?? 'exact'
        return { payer, body, payment: await signPayment({ url, body, payer, scheme }) }
      }),
    ),
  )
  const answers = await Promise.all(calls.map(({ body, payment }) => post({ url, body }, payment)))
  expect(answers.map(({ status }) => status)).toEqual(calls.map(() => 200))
  await Promise.all(answers.map((answer) => answer.arrayBuffer()))
  expect(upstream.calls.length).toBe(40)

  const leaves = await Promise.all(calls.map(({ payment }) => leafOf(payment.paymentHash)))
  expect(new Set(leaves).size).toBe(40)
  const charged = new Map(payers.map(({ address }) => [address, [] as bigint[]]))
  for (const { payer, payment } of calls) {
    const status = await net.untilSettled(url, payment.paymentHash)
    charged.get(payer.address)?.push(BigInt(status.payment.charged ?? '-1'))
    expect(await net.settledEvents(status.receiptDigest ?? '0x')).toBe(1)
  }
  const inOrder = (amounts: readonly bigint[]): bigint[] => [...amounts].sort((left, right) => Number(left - right))
  for (const payer of payers) {
    const own = charged.get(payer.address) ?? []
    expect(inOrder(await net.transfersFrom(payer.address))).toEqual(inOrder(own))
    expect(await payer.balance()).toBe(tokens - own.reduce((sum, amount) => sum + amount, 0n))
  }
})

test('A5: a payer that cannot pay is refused before any work; with money the same payment is good', async () => {
  for (const scheme of ['exact', 'upto'] as const) {
    const payer = await net.payer({ tokens: 1n, permit2: scheme === 'upto' })
    const body = bodyOf(`no money, ${scheme}`)
    const payment = await signPayment({ url, body, payer, scheme })
    const refused = await post({ url, body }, payment)
    expect([refused.status, await codeOf(refused)]).toEqual([402, 'insufficient_funds'])
    expect(await net.receiptStatus(url, payment.paymentHash)).toBeUndefined()
    expect(upstream.calls.length).toBe(0)
    // One unit less than what was authorised is not enough, and the cache does not remember the poor day.
    await mintToken(net.devnet.chain, { to: payer.address, amount: payment.authorized - 2n })
    const almost = await post({ url, body }, payment)
    expect([almost.status, await codeOf(almost)]).toEqual([402, 'insufficient_funds'])
    await mintToken(net.devnet.chain, { to: payer.address, amount: 1n })
    await pay(body, payment)
    await net.untilSettled(url, payment.paymentHash)
    upstream.calls.length = 0
  }
})

test('A4: authorisations beyond the balance: as many run as are covered, and all of those can be collected', async () => {
  const bodies = Array.from({ length: 8 }, (_, index) => bodyOf(`over the balance ${index}`))
  const [one] = bodies
  if (one === undefined) throw new Error('no bodies')
  const payer = await net.payer({ tokens: 0n })
  const { authorized } = await signPayment({ url, body: one, payer })
  await mintToken(net.devnet.chain, { to: payer.address, amount: authorized * 3n + authorized / 2n })
  const payments = await Promise.all(bodies.map((body) => signPayment({ url, body, payer })))
  upstream.behave(words(answerOf, { pauseMs: 100 }))
  const answers = await Promise.all(payments.map((payment, index) => post({ url, body: bodies[index] ?? {} }, payment)))
  const codes = await Promise.all(answers.map(async (answer) => `${answer.status} ${await codeOf(answer)}`))
  expect(codes.filter((code) => code === '200 none').length).toBe(3)
  expect(codes.filter((code) => code === '402 insufficient_funds').length).toBe(5)
  expect(upstream.calls.length).toBe(3)
  for (const [index, { paymentHash }] of payments.entries()) {
    if (answers[index]?.status === 200) await net.untilSettled(url, paymentHash)
    else expect(await net.receiptStatus(url, paymentHash)).toBeUndefined()
  }
  expect(await payer.balance()).toBe(authorized / 2n)
  // What has been collected counts once, not as money that is still there.
  const late = await signPayment({ url, body: bodyOf('over the balance late'), payer })
  const refused = await post({ url, body: bodyOf('over the balance late') }, late)
  expect([refused.status, await codeOf(refused)]).toEqual([402, 'insufficient_funds'])
})

/** Arrays in arrays, as deep as a message that is not inside another one may be. */
const deep = (depth: number): JsonObject['x'] => (depth === 0 ? 0 : [deep(depth - 1)])
const withExtra = (payload: PaymentPayload, more: JsonObject): PaymentPayload => ({
  ...payload,
  accepted: { ...payload.accepted, extra: { ...payload.accepted.extra, ...more } },
})

test.each<[string, (payload: PaymentPayload) => PaymentPayload, 'exact' | 'upto']>([
  ['another way to transfer', (paid) => withExtra(paid, { assetTransferMethod: 'permit2' }), 'exact'],
  ['a way to transfer that nobody serves', (paid) => withExtra(paid, { assetTransferMethod: 'erc7710' }), 'exact'],
  ['as many values as one message takes', (paid) => withExtra(paid, { more: Array(6000).fill(0) }), 'exact'],
  [
    'values as deep as one message takes',
    (paid) => ({ ...paid, payload: { ...paid.payload, more: deep(22) } }),
    'exact',
  ],
  ['an extension as deep', (paid) => ({ ...paid, extensions: { ...paid.extensions, more: deep(22) } }), 'upto'],
  [
    'an approval that is none',
    (paid) => ({ ...paid, extensions: { ...paid.extensions, eip2612GasSponsoring: { info: { signature: '0x' } } } }),
    'upto',
  ],
  ['a listing of its own', (paid) => ({ ...paid, resource: { url: 'https://elsewhere.example/' } }), 'exact'],
])(
  'A5: what a payer writes around its signature cannot keep the money from moving: %s',
  async (name, change, scheme) => {
    const tokens = 1_000_000n
    const payer = await net.payer({ tokens, permit2: scheme === 'upto' })
    const body = bodyOf(name)
    const payment = repackPayment(await signPayment({ url, body, payer, scheme }), change)
    await pay(body, payment)
    const { payment: settled } = await net.untilSettled(url, payment.paymentHash)
    expect(await payer.balance()).toBe(tokens - BigInt(settled.charged ?? 0))
  },
)

test('A5: an account with code that accepts no signature is refused before any work, and served without it', async () => {
  for (const [scheme, code] of [
    ['exact', 'invalid_exact_evm_signature'],
    ['upto', 'invalid_permit2_signature'],
  ] as const) {
    const tokens = 1_000_000n
    const payer = await net.payer({ tokens, permit2: scheme === 'upto' })
    // As by EIP-7702: the key signs as before, but tokens and Permit2 ask the code.
    await sendRpc(net.devnet.chain, 'anvil_setCode', payer.address, '0xfe')
    const body = bodyOf(`an account with code, ${scheme}`)
    const payment = await signPayment({ url, body, payer, scheme })
    const refused = await post({ url, body }, payment)
    expect([refused.status, await codeOf(refused)]).toEqual([402, code])
    expect(upstream.calls.length).toBe(0)
    await sendRpc(net.devnet.chain, 'anvil_setCode', payer.address, '0x')
    await pay(body, payment)
    const { payment: settled } = await net.untilSettled(url, payment.paymentHash)
    expect(await payer.balance()).toBe(tokens - BigInt(settled.charged ?? 0))
    upstream.calls.length = 0
  }
})

test('A5: who makes its payment worthless before it is settled does so once: the next is asked of the chain before any work', async () => {
  const tokens = 1_000_000n
  const payer = await net.payer({ tokens, permit2: true })
  const wallet = createWalletClient({ account: payer.account, transport: http(net.devnet.rpc) })
  const abi = parseAbi(['function invalidateUnorderedNonces(uint256 wordPos, uint256 mask)'])
  /** Permit2 keeps a bit for each nonce. */
  const cancel = async (payment: SignedPayment): Promise<void> => {
    const { permit2Authorization: permit } = payment.payload.payload as { permit2Authorization: { nonce: string } }
    const nonce = BigInt(permit.nonce)
    const args = [nonce >> 8n, 1n << (nonce & 255n)] as const
    const data = encodeFunctionData({ abi, functionName: 'invalidateUnorderedNonces', args })
    const hash = await wallet.sendTransaction({ chain: null, to: net.devnet.payment.permit2, data })
    const client = createPublicClient({ transport: http(net.devnet.rpc), pollingInterval: 50 })
    expect((await waitForReceipt(client, hash)).status).toBe('success')
  }
  const bodies = ['worthless', 'worthless again', 'good'].map(bodyOf)
  const [first, second, third] = await Promise.all(
    bodies.map((body) => signPayment({ url, body, payer, scheme: 'upto' })),
  )
  if (first === undefined || second === undefined || third === undefined) throw new Error('three payments')
  await cancel(first)
  await cancel(second)
  await pay(bodies[0] ?? {}, first)
  await until('the debt is known', async () => {
    const status = await net.receiptStatus(url, first.paymentHash)
    return status?.payment.state === 'failed' ? true : undefined
  })
  const refused = await post({ url, body: bodies[1] ?? {} }, second)
  expect([refused.status, await codeOf(refused)]).toEqual([402, 'permit2_invalid_nonce'])
  expect(upstream.calls.length).toBe(1)
  await pay(bodies[2] ?? {}, third)
  const { payment: settled } = await net.untilSettled(url, third.paymentHash)
  expect(await payer.balance()).toBe(tokens - BigInt(settled.charged ?? 0))
})

/** The facilitator of the network, for those who know the token. */
async function startKeyedFacilitator(token: string): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const isOpen = request.url === '/supported'
    if (!isOpen && request.headers.authorization !== `Bearer ${token}`) {
      response.writeHead(401).end('{}')
      return
    }
    const body = request.method === 'POST' ? { body: await text(request) } : {}
    const answer = await fetch(`${net.devnet.facilitator}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': 'application/json' },
      ...body,
    })
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() }
}

test('A15: who pays by use cannot settle its own payment for less at a facilitator that knows its servers', async () => {
  const tokens = 1_000_000n
  const facilitator = await startKeyedFacilitator('only-for-this-node')
  const config = { facilitatorUrl: facilitator.url, facilitatorToken: 'only-for-this-node' }
  const refusalOf = (facilitatorToken?: string): Promise<unknown> =>
    net.devnet
      .startGateway('unknown', { mode: 'VANILLA', relayerAccount: 7, config: { ...config, facilitatorToken } })
      .then(() => 'started', String)
  expect(await refusalOf()).toContain('facilitatorToken: the facilitator wants a token')
  expect(await refusalOf('another-token')).toContain('facilitatorToken: the facilitator refuses this token')
  const node = await net.devnet.startGateway('keyed', { mode: 'VANILLA', relayerAccount: 7, config })
  try {
    const payer = await net.payer({ tokens, permit2: true })
    const body = bodyOf('for one unit')
    const payment = await signPayment({ url: node.url(), body, payer, scheme: 'upto' })
    const { accepted } = payment.payload
    const question = {
      x402Version: 2,
      paymentPayload: payment.payload,
      paymentRequirements: { ...accepted, amount: '1' },
    }
    const cheap = await fetch(`${facilitator.url}/settle`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question),
    })
    expect(cheap.status).toBe(401)
    const response = await post({ url: node.url(), body }, payment)
    expect(response.status).toBe(200)
    await response.arrayBuffer()
    const { payment: settled } = await net.untilSettled(node.url(), payment.paymentHash)
    expect(Number(settled.charged)).toBeGreaterThan(1)
    expect(await payer.balance()).toBe(tokens - BigInt(settled.charged ?? 0))
  } finally {
    await node.stop()
    facilitator.close()
  }
})

/** Answers every ERC-1271 question with yes. */
const agreeing: Hex = '0x631626ba7e60e01b60005260206000f3'

test('an account with code that accepts its key is served and settled, and its answer given again', async () => {
  const tokens = 1_000_000n
  const payer = await net.payer({ tokens })
  await sendRpc(net.devnet.chain, 'anvil_setCode', payer.address, agreeing)
  const body = bodyOf('an account with code that agrees')
  const payment = await signPayment({ url, body, payer })
  await pay(body, payment)
  const { payment: settled } = await net.untilSettled(url, payment.paymentHash)
  expect(await payer.balance()).toBe(tokens - BigInt(settled.charged ?? 0))
  await pay(body, payment)
  expect(upstream.calls.length).toBe(1)
})
