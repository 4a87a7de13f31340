import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type JsonObject, type JsonValue, parseOffer, parseStrictJson } from '@og/settlement'
import { afterEach, describe, expect, it } from 'vitest'
import { fetchNodeEvidence } from '../src/fetch-node-evidence.js'
import { fetchNodeStatus } from '../src/fetch-settlement.js'
import { type ClientError, type CreateClientOptions, createClient } from '../src/index.js'
import { isObject } from './fake-http.js'
import { type FakeNode, startFakeNode } from './fake-node.js'
import type { NodeFaults } from './node-faults.js'
import { errorOf, reachableText, simulatorTrust, startPair, TEST_KEY, TEST_NOW } from './setup.js'

const nodes: FakeNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close()
})

async function pair(...input: Parameters<typeof startPair>): ReturnType<typeof startPair> {
  const started = await startPair(...input)
  nodes.push(started.node)
  return started
}

const secret = 'the answer is forty-two marmots'
const call = { model: 'openai/gpt-4o', messages: [{ role: 'user', content: `Repeat after me: ${secret}` }] } as const

/** What the scripted model answers to `call`; an error must not lead to any of it. */
async function honestAnswer(): Promise<string> {
  const { client } = await pair('VANILLA')
  const { chatOutput } = await client.llmChat(call)
  return String(chatOutput.content)
}

/** The failure of a call to a node with these faults, unstreamed and streamed. */
async function failuresOf(
  faults: NodeFaults,
  mode: 'TEE' | 'VANILLA' = 'VANILLA',
  options: Partial<CreateClientOptions> = {},
): Promise<{ readonly node: FakeNode; readonly unstreamed: ClientError; readonly streamed: ClientError }> {
  const { node, client } = await pair(mode, options)
  node.lie(faults)
  const unstreamed = await errorOf(client.llmChat(call))
  const streamed = await errorOf(client.llmChat({ ...call, stream: true }).then((stream) => stream.final()))
  return { node, unstreamed, streamed }
}

async function streamFailureOf(faults: NodeFaults): Promise<ClientError> {
  const { node, client } = await pair('VANILLA')
  node.lie(faults)
  return errorOf(client.llmChat({ ...call, stream: true }).then((stream) => stream.final()))
}

function mapChoice(body: JsonObject, change: (choice: JsonObject) => JsonObject): JsonObject {
  const { choices } = body
  return Array.isArray(choices) ? { ...body, choices: choices.map(change) } : body
}

/** Puts another text into a message or a delta that has one. */
function withText(body: JsonObject, text: string): JsonObject {
  return mapChoice(body, (choice) => {
    const changed: Record<string, JsonObject[string]> = { ...choice }
    for (const key of ['message', 'delta']) {
      const part = changed[key]
      if (isObject(part) && typeof part['content'] === 'string' && part['content'] !== '') {
        changed[key] = { ...part, content: text }
      }
    }
    return changed
  })
}

function withUsage(body: JsonObject, change: (usage: JsonObject) => JsonObject | undefined): JsonObject {
  const { usage, ...rest } = body
  if (!isObject(usage)) return body
  const changed = change(usage)
  return changed === undefined ? rest : { ...rest, usage: changed }
}

describe('streams that readers understand differently', () => {
  /** A chunk of its own before the last event that an honest node sends. */
  const slipped = (choice: JsonObject): NodeFaults => ({
    events: (events) => [
      ...events.slice(0, -2),
      `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, ...choice }] })}\n\n`,
      ...events.slice(-2),
    ],
  })
  const call = { index: 0, id: 'a', type: 'function', function: { name: 'pay', arguments: '{}' } }

  it.each<readonly [string, JsonObject]>([
    ['a legacy function call', { delta: { function_call: { name: 'pay', arguments: '{"amount":1000}' } } }],
    ['audio', { delta: { audio: { id: 'a', data: 'AAAA' } } }],
    [
      'a custom tool',
      { delta: { tool_calls: [{ index: 0, id: 'a', type: 'custom', custom: { name: 'x', input: '' } }] } },
    ],
    ['content in parts', { delta: { content: [{ type: 'image_url', image_url: { url: 'https://x.example' } }] } }],
    ['two reasonings', { delta: { reasoning: 'one', reasoning_content: 'other' } }],
    ['a message besides the delta', { delta: {}, message: { role: 'assistant', content: 'other' } }],
    ['a text besides the delta', { delta: {}, text: 'other' }],
    [
      'a call that changes its name',
      { delta: { tool_calls: [call, { index: 0, function: { name: 'pay', arguments: '' } }] } },
    ],
    ['one id for two calls', { delta: { tool_calls: [call, { ...call, index: 1 }] } }],
    [
      'calls out of order',
      {
        delta: {
          tool_calls: [
            { ...call, index: 1 },
            { ...call, id: 'b' },
          ],
        },
      },
    ],
    ['a call without a place', { delta: { tool_calls: [{ id: 'a', function: { arguments: 'x' } }] } }],
  ])('security: %s', async (_, choice) => {
    const error = await streamFailureOf(slipped(choice))
    expect([error.code, error.reason]).toEqual(['VERIFICATION_RECEIPT', 'AMBIGUOUS_CHUNK'])
  })
})

describe('answers that are not what was signed', () => {
  const lies: readonly (readonly [string, NodeFaults, string, string])[] = [
    ['altered text', { answer: (body) => withText(body, 'altered') }, 'VERIFICATION_RECEIPT', 'RESPONSE_COMMITMENT'],
    [
      'altered finish reason',
      {
        answer: (body) =>
          mapChoice(body, (choice) => (choice['finish_reason'] ? { ...choice, finish_reason: 'length' } : choice)),
      },
      'VERIFICATION_RECEIPT',
      'RESPONSE_COMMITMENT',
    ],
    [
      'altered model',
      { answer: (body) => ({ ...body, model: 'openai/gpt-5' }) },
      'VERIFICATION_RECEIPT',
      'RESPONSE_COMMITMENT',
    ],
    [
      'altered usage',
      { answer: (body) => withUsage(body, (usage) => ({ ...usage, completion_tokens: 1 })) },
      'VERIFICATION_RECEIPT',
      'USAGE',
    ],
    [
      'altered cost',
      { answer: (body) => withUsage(body, (usage) => ({ ...usage, cost: 0.000001 })) },
      'VERIFICATION_RECEIPT',
      'COST',
    ],
    [
      'missing receipt',
      { answer: (body) => withUsage(body, ({ og: _, ...usage }) => usage) },
      'VERIFICATION_MISSING_RECEIPT',
      'MISSING',
    ],
    [
      'missing usage',
      { answer: (body) => withUsage(body, () => undefined) },
      'VERIFICATION_MISSING_RECEIPT',
      'MISSING',
    ],
    [
      'receipt with an unknown field',
      {
        answer: (body) =>
          withUsage(body, (usage) => ({
            ...usage,
            og: { ...(isObject(usage['og']) ? usage['og'] : {}), receipt: {} },
          })),
      },
      'VERIFICATION_RECEIPT',
      'MALFORMED',
    ],
    ['signed by another key', { receiptSigner: `0x${'77'.repeat(32)}` }, 'VERIFICATION_RECEIPT', 'RECEIPT_SIGNATURE'],
    [
      'another payee in the terms',
      { terms: (terms) => ({ ...terms, payTo: '0x9999999999999999999999999999999999999999' }) },
      'VERIFICATION_RECEIPT',
      'WRONG_PAYEE',
    ],
    [
      'another payer in the terms',
      { terms: (terms) => ({ ...terms, payer: '0x9999999999999999999999999999999999999999' }) },
      'VERIFICATION_RECEIPT',
      'PAYER',
    ],
    [
      'more charged than authorised',
      { terms: (terms) => ({ ...terms, charged: terms.authorized + 1n }) },
      'VERIFICATION_RECEIPT',
      'CHARGE_EXCEEDS_AUTHORIZED',
    ],
    [
      'a charge that exact cannot make',
      { terms: (terms) => ({ ...terms, charged: terms.authorized - 1n }) },
      'VERIFICATION_RECEIPT',
      'OUTCOME_CHARGE',
    ],
    [
      'another payment',
      { receipt: (receipt) => ({ ...receipt, paymentHash: `0x${'01'.repeat(32)}` }) },
      'VERIFICATION_RECEIPT',
      'PAYMENT_HASH',
    ],
    [
      'another settlement mode',
      { receipt: (receipt) => ({ ...receipt, settlement: 2 }) },
      'VERIFICATION_RECEIPT',
      'WRONG_SETTLEMENT',
    ],
    [
      'an answer that was given up half-way',
      { terms: (terms) => ({ ...terms, outcome: 2 }) },
      'VERIFICATION_TRUNCATED',
      'ANSWER_ABORTED',
    ],
    ['another mode', { receipt: (receipt) => ({ ...receipt, mode: 1 }) }, 'VERIFICATION_RECEIPT', 'WRONG_MODE'],
    [
      'a receipt from the future',
      { receipt: (receipt) => ({ ...receipt, finishedAt: TEST_NOW + 3000n }) },
      'VERIFICATION_RECEIPT',
      'IN_THE_FUTURE',
    ],
    [
      'another request',
      { receipt: (receipt) => ({ ...receipt, requestCommitment: `0x${'02'.repeat(32)}` }) },
      'VERIFICATION_RECEIPT',
      'REQUEST_COMMITMENT',
    ],
    ['an unpaid answer', { free: true }, 'VERIFICATION_MISSING_RECEIPT', 'NOT_PAID'],
  ]
  it.each(lies)('error: %s', async (_, faults, code, reason) => {
    const { unstreamed, streamed } = await failuresOf(faults)
    const failedCodes = (error: ClientError): (string | undefined)[] =>
      error.verification?.steps.filter(({ ok }) => !ok).map((step) => step.code) ?? []
    expect(unstreamed.code).toBe(code)
    expect(failedCodes(unstreamed)).toContain(reason)
    if (faults.free) return
    expect(streamed.code).toBe(code)
    expect(failedCodes(streamed)).toContain(reason)
    expect(streamed.verification?.ok).toBe(false)
  })

  const withLabel = (label: string, upstream = 'scripted'): NodeFaults => ({
    terms: (terms) => ({ ...terms, upstream }),
    answer: (body) =>
      withUsage(body, (usage) => ({ ...usage, og: { ...(isObject(usage['og']) ? usage['og'] : {}), label } })),
  })
  it.each([
    ['VANILLA', 'tls-witnessed', 'api.example'],
    ['VANILLA', 'model-in-enclave', 'api.example'],
    ['VANILLA', 'vanilla', 'scripted'],
    ['TEE', 'tls-witnessed', 'scripted'],
    ['TEE', 'scripted', 'api.example'],
  ] as const)('error: a %s node that calls answers %s of %s', async (mode, label, upstream) => {
    const { node, client } = await pair(mode)
    node.lie(withLabel(label, upstream))
    const error = await errorOf(client.llmChat(call))
    expect(error).toMatchObject({ code: 'VERIFICATION_RECEIPT', reason: 'WRONG_LABEL' })
  })

  it('behavior: an enclave may say that nobody witnessed its provider, and the result repeats it', async () => {
    const { node, client } = await pair('TEE')
    node.lie(withLabel('vanilla', '10.0.0.7:8000'))
    const { verification } = await client.llmChat(call)
    expect(verification).toMatchObject({ ok: true, label: 'vanilla' })
    expect(verification.notChecked.join()).toContain('without TLS')
  })

  it('security: what a node calls its answers is repeated only of one that has proved itself', async () => {
    const { node, client } = await pair('TEE')
    node.lie(withLabel('tls-witnessed', 'api.example'))
    expect((await client.llmChat(call)).verification).toMatchObject({ label: 'tls-witnessed', platform: 'simulated' })
    const trusting = createClient({ privateKey: TEST_KEY, baseUrl: node.url, clock: () => TEST_NOW })
    expect((await trusting.llmChat(call)).verification).toMatchObject({ ok: true, label: 'vanilla', platform: null })
  })

  const vectors: readonly (readonly [string, (data: readonly JsonValue[]) => readonly JsonValue[]])[] = [
    ['altered', (data) => data.map((item) => (isObject(item) ? { ...item, embedding: 'AACAPw==' } : item))],
    ['in another order', ([first, second]) => [second ?? null, first ?? null]],
    ['fewer', (data) => data.slice(1)],
    ['of no numbers', (data) => data.map((item) => (isObject(item) ? { ...item, embedding: ['x'] } : item))],
  ]
  it.each(vectors)('error: vectors that are %s', async (_, change) => {
    const { node, client } = await pair('VANILLA')
    node.lie({ answer: (body) => ({ ...body, data: change(Array.isArray(body['data']) ? body['data'] : []) }) })
    const error = await errorOf(client.embed({ model: 'openai/text-embedding-3-small', input: ['one', 'two'] }))
    expect(error).toMatchObject({ code: 'VERIFICATION_RECEIPT', reason: 'RESPONSE_COMMITMENT' })
    expect(node.payments).toHaveLength(1)
  })

  it('error: nothing that can be reached from an error holds the answer', async () => {
    const answer = await honestAnswer()
    expect(answer).toContain('marmots')
    for (const faults of [
      { receiptSigner: `0x${'77'.repeat(32)}` },
      { events: (events) => events.slice(0, -2) },
    ] satisfies NodeFaults[]) {
      const { node, client } = await pair('VANILLA')
      node.lie(faults)
      const stream = await client.llmChat({ ...call, stream: true, verify: 'before-yield' })
      const seen: unknown[] = []
      const error = await errorOf(
        (async () => {
          for await (const event of stream) seen.push(event)
        })(),
      )
      expect(seen).toEqual([])
      expect(reachableText(error)).not.toContain('marmots')
    }
    const { unstreamed, streamed } = await failuresOf({ receiptSigner: `0x${'77'.repeat(32)}` })
    expect(reachableText(unstreamed)).not.toContain('marmots')
    expect(reachableText(streamed)).not.toContain('marmots')
  })
})

describe('streams that do not end well', () => {
  it('error: cut after every event', async () => {
    const { node, client } = await pair('VANILLA')
    let count = 0
    node.lie({
      events: (events) => {
        count = events.length
        return events
      },
    })
    await (await client.llmChat({ ...call, stream: true })).final()
    expect(count).toBeGreaterThan(5)
    for (let kept = 0; kept < count - 1; kept += 1) {
      node.lie({ events: (events) => events.slice(0, kept) })
      const error = await errorOf(client.llmChat({ ...call, stream: true }).then((stream) => stream.final()))
      expect([kept, error.code]).toEqual([kept, 'VERIFICATION_TRUNCATED'])
    }
  })

  it('error: an event of another name cannot smuggle text past the receipt', async () => {
    const smuggled = 'event: thread.message\ndata: {"choices":[{"index":0,"delta":{"content":"smuggled"}}]}\n\n'
    const streamed = await streamFailureOf({ events: (events) => [smuggled, ...events] })
    expect(streamed.code).toBe('VERIFICATION_RECEIPT')
    expect(streamed.reason).toBe('FOREIGN_EVENT')
  })

  it('error: text after the end', async () => {
    const late = 'data: {"choices":[{"index":0,"delta":{"content":"late"}}]}\n\n'
    const early = await streamFailureOf({ events: (events) => [...events.slice(0, -1), late, ...events.slice(-1)] })
    expect(early).toMatchObject({ code: 'VERIFICATION_RECEIPT', reason: 'RESPONSE_COMMITMENT' })
    const after = await streamFailureOf({ events: (events) => [...events, late] })
    expect(after).toMatchObject({ code: 'VERIFICATION_RECEIPT', reason: 'FOREIGN_EVENT' })
  })

  it('behavior: comments that keep a connection alive change nothing', async () => {
    const { node, client } = await pair('VANILLA')
    node.lie({ events: (events) => [': ping\n\n', ...events.flatMap((event) => [event, ': ping\n\n'])] })
    const result = await (await client.llmChat({ ...call, stream: true })).final()
    expect(result.verification.ok).toBe(true)
  })

  it('error: the reader of at-end streams gets no end before the verdict', async () => {
    const { node, client } = await pair('VANILLA')
    node.lie({ receiptSigner: `0x${'77'.repeat(32)}` })
    const stream = await client.llmChat({ ...call, stream: true })
    const types: string[] = []
    await errorOf(
      (async () => {
        for await (const event of stream) types.push(event.type)
      })(),
    )
    expect(types).toContain('text')
    expect(types).not.toContain('turn-end')
  })
})

describe('prices that are refused before anything is signed', () => {
  const other = '0x9999999999999999999999999999999999999999'
  const lies: readonly (readonly [string, NodeFaults, string, string])[] = [
    [
      'another payee',
      { requirements: (requirements) => ({ ...requirements, payTo: other }) },
      'VERIFICATION_OFFER',
      'WRONG_PAYEE',
    ],
    [
      'another payee in a signed offer',
      {
        offer: (offer) => ({ ...offer, payTo: other }),
        requirements: (requirements) => ({ ...requirements, payTo: other }),
      },
      'VERIFICATION_OFFER',
      'WRONG_PAYEE',
    ],
    [
      'more than the quote',
      { requirements: (requirements) => ({ ...requirements, amount: String(BigInt(requirements.amount) + 1n) }) },
      'VERIFICATION_OFFER',
      'AMOUNT_ABOVE_QUOTE',
    ],
    [
      'an expired offer',
      { offer: (offer) => ({ ...offer, notAfter: TEST_NOW - 1n }) },
      'VERIFICATION_OFFER',
      'OFFER_EXPIRED',
    ],
    [
      'an offer of another node',
      { offer: (offer) => ({ ...offer, nodeId: `0x${'03'.repeat(32)}` }) },
      'VERIFICATION_OFFER',
      'WRONG_NODE',
    ],
    [
      'no offer',
      { requirements: ({ extra, ...requirements }) => ({ ...requirements, extra: { name: 'USDC', version: '2' } }) },
      'VERIFICATION_OFFER',
      'NO_OFFER',
    ],
    [
      'an offer that was changed after it was signed',
      {
        requirements: (requirements) => ({
          ...requirements,
          extra: { ...requirements.extra, og: dearer(requirements.extra?.['og']) },
        }),
      },
      'VERIFICATION_OFFER',
      'OFFER_HASH',
    ],
    [
      'a price above the cap',
      { offer: (offer) => ({ ...offer, outputPrice: 1_000_000_000_000n }) },
      'PAYMENT_REFUSED',
      'PRICE_ABOVE_CAP',
    ],
    [
      'another token',
      { requirements: (requirements) => ({ ...requirements, asset: other }) },
      'PAYMENT_REFUSED',
      'ASSET_NOT_ALLOWED',
    ],
    [
      'another network',
      { requirements: (requirements) => ({ ...requirements, network: 'eip155:1' }) },
      'PAYMENT_REFUSED',
      'NETWORK_NOT_ALLOWED',
    ],
  ]
  it.each(lies)('error: %s', async (_, faults, code, reason) => {
    const { node, unstreamed, streamed } = await failuresOf(faults)
    expect(unstreamed).toMatchObject({ code, reason })
    expect(streamed).toMatchObject({ code, reason })
    expect(node.payments).toEqual([])
  })

  it('error: the hourly budget', async () => {
    const { node, client } = await pair('VANILLA', { spend: { maxPerHour: 4_500n } })
    await client.llmChat(call)
    await client.llmChat({ ...call, temperature: 0.5 })
    expect(await errorOf(client.llmChat({ ...call, temperature: 1 }))).toMatchObject({
      code: 'PAYMENT_REFUSED',
      reason: 'BUDGET_EXHAUSTED',
    })
    expect(node.payments).toHaveLength(2)
  })

  it('error: a node that refuses the payment', async () => {
    const { node, client } = await pair('VANILLA')
    node.lie({ refusal: 'insufficient_funds' })
    expect(await errorOf(client.llmChat(call))).toMatchObject({
      code: 'PAYMENT_REJECTED',
      status: 402,
      reason: 'insufficient_funds',
    })
    node.lie({})
    const result = await client.llmChat(call)
    // The same call carries the same payment again: it is never paid twice.
    expect(node.payments).toHaveLength(2)
    expect(node.payments[0]).toEqual(node.payments[1])
    expect(result.verification.ok).toBe(true)
  })

  function dearer(og: unknown): JsonObject {
    if (!isObject(og) || !isObject(og['offer'])) throw new TypeError('no offer')
    parseOffer(og['offer'])
    return { ...og, offer: { ...og['offer'], outputPrice: '11000000' } }
  }
})

describe('enclaves that are not believed', () => {
  const posts = (node: FakeNode): number => node.requests.filter(({ method }) => method === 'POST').length

  const lies: readonly (readonly [string, NodeFaults, string])[] = [
    ['a TD under debug', { quote: { debug: true } }, 'TD_DEBUG'],
    ['other code', { quote: { mrTd: `0x${'0d'.repeat(48)}` } }, 'MEASUREMENT_MISMATCH'],
    ["other keys' quote", { quote: { reportData: new Uint8Array(64).fill(9) } }, 'REPORT_DATA_MISMATCH'],
    ['a foreign quoting enclave', { quote: { foreignQuotingEnclave: true } }, 'QE_IDENTITY_MISMATCH'],
    ['no quote', { evidence: (evidence) => ({ ...evidence, attestation: null }) }, 'NOT_ATTESTED'],
    ['no sealing key', { evidence: (evidence) => ({ ...evidence, sealingKey: null }) }, 'NO_SEALING_KEY'],
    [
      'a sealing key that nobody signed',
      { evidence: (evidence) => withSealingKey(evidence, `0x${'04'.repeat(32)}`) },
      'SEALING_KEY_SIGNATURE',
    ],
    [
      'a quote for another nonce',
      {
        evidence: (evidence) => ({
          ...evidence,
          attestation: {
            ...(isObject(evidence['attestation']) ? evidence['attestation'] : {}),
            nonce: `0x${'05'.repeat(32)}`,
          },
        }),
      },
      'WRONG_NONCE',
    ],
    [
      'a manifest that is not the node id',
      { evidence: (evidence) => ({ ...evidence, nodeId: `0x${'06'.repeat(32)}` }) },
      'WRONG_NODE_ID',
    ],
    ['a document that cannot be read', { evidence: () => ({ nodeId: 'x' }) }, 'MALFORMED'],
  ]
  it.each(lies)('error: %s', async (_, faults, reason) => {
    const { node, unstreamed, streamed } = await failuresOf(faults, 'TEE')
    expect(unstreamed).toMatchObject({ code: 'VERIFICATION_ATTESTATION', reason })
    expect(streamed).toMatchObject({ code: 'VERIFICATION_ATTESTATION', reason })
    expect(posts(node)).toBe(0)
  })

  it('error: a module that was up to date when it was launched, where the one that runs now has to be', async () => {
    const quote = { version: 5, moduleSvn: 5, currentModuleSvn: 2 } as const
    const launched = await pair('TEE')
    launched.node.lie({ quote })
    expect((await launched.client.attest()).tcbStatus).toBe('UpToDate')
    const { node, client } = await pair('TEE', { trust: { ...simulatorTrust, currentTcb: 'required' } })
    node.lie({ quote })
    const reason = 'TCB_STATUS_NOT_ALLOWED'
    expect(await errorOf(client.attest())).toMatchObject({ code: 'VERIFICATION_ATTESTATION', reason })
  })

  it('error: a quote that was seen before', async () => {
    const { node, client } = await pair('TEE', { nodeTtlSeconds: 0, clock: ticking() })
    let old: JsonObject[string] = null
    node.lie({
      evidence: (evidence) => {
        old ??= evidence['attestation'] ?? null
        return { ...evidence, attestation: old }
      },
    })
    await client.attest()
    expect(await errorOf(client.attest())).toMatchObject({ code: 'VERIFICATION_ATTESTATION', reason: 'WRONG_NONCE' })
  })

  it('error: the simulator, unless it is named', async () => {
    const trust = { platform: 'intel', measurements: simulatorTrust.measurements } as const
    const { node, client } = await pair('TEE', { trust })
    const error = await errorOf(client.llmChat(call))
    expect(error.code).toBe('VERIFICATION_ATTESTATION')
    expect(posts(node)).toBe(0)
  })

  it('error: TRUST_REQUIRED without a policy', async () => {
    const node = await startFakeNode({ mode: 'TEE', now: () => TEST_NOW })
    nodes.push(node)
    const { client } = await pair('VANILLA', { baseUrl: node.url })
    expect(await errorOf(client.llmChat({ ...call, inferenceMode: 'TEE' }))).toMatchObject({ code: 'TRUST_REQUIRED' })
    expect(node.requests).toEqual([])
  })

  it('error: a VANILLA node cannot answer where TEE was asked', async () => {
    const { node, client } = await pair('VANILLA', { trust: simulatorTrust })
    expect(await errorOf(client.llmChat({ ...call, inferenceMode: 'TEE' }))).toMatchObject({
      code: 'MODE_NOT_AVAILABLE',
    })
    expect(posts(node)).toBe(0)
  })

  it('error: a VANILLA receipt where TEE was asked', async () => {
    const { unstreamed, streamed } = await failuresOf({ receipt: (receipt) => ({ ...receipt, mode: 0 }) }, 'TEE')
    expect(unstreamed).toMatchObject({ code: 'VERIFICATION_RECEIPT', reason: 'WRONG_MODE' })
    expect(streamed).toMatchObject({ code: 'VERIFICATION_RECEIPT', reason: 'WRONG_MODE' })
  })

  it('error: an unsealed answer', async () => {
    const { unstreamed, streamed } = await failuresOf({ unsealed: true }, 'TEE')
    expect(unstreamed).toMatchObject({ code: 'VERIFICATION_CHANNEL', reason: 'UNSEALED_RESPONSE' })
    expect(streamed).toMatchObject({ code: 'VERIFICATION_CHANNEL', reason: 'UNSEALED_RESPONSE' })
  })

  it('behavior: a restarted node has to prove its new keys, then serves on', async () => {
    const { node, client } = await pair('TEE')
    const before = await client.llmChat(call)
    await node.restart()
    const after = await client.llmChat({ ...call, temperature: 1 })
    expect(after.receipt.nodeId).not.toBe(before.receipt.nodeId)
    expect(after.verification.platform).toBe('simulated')
    node.lie({ quote: { debug: true } })
    await node.restart()
    expect(await errorOf(client.llmChat({ ...call, temperature: 0.5 }))).toMatchObject({
      code: 'VERIFICATION_ATTESTATION',
      reason: 'TD_DEBUG',
    })
  })

  function withSealingKey(evidence: JsonObject, publicKey: string): JsonObject {
    const copy = parseStrictJson(JSON.stringify(evidence))
    if (!isObject(copy) || !isObject(copy['sealingKey']) || !isObject(copy['sealingKey']['statement'])) return evidence
    const { sealingKey } = copy
    return {
      ...copy,
      sealingKey: {
        ...sealingKey,
        statement: {
          ...(isObject(sealingKey) && isObject(sealingKey['statement']) ? sealingKey['statement'] : {}),
          publicKey,
        },
      },
    }
  }

  function ticking(): () => bigint {
    let now = TEST_NOW
    return () => {
      now += 1n
      return now
    }
  }
})

describe('a node that never ends an answer', () => {
  it('security: is given up, byte by byte though it comes', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const dripping = setInterval(() => response.write(' '), 10)
      response.on('close', () => clearInterval(dripping))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const wire = { baseUrl: `http://127.0.0.1:${port}`, fetch: globalThis.fetch, timeoutMs: 200 }
    const nonce = `0x${'00'.repeat(32)}` as const
    expect(await errorOf(fetchNodeEvidence({ ...wire, nonce }))).toMatchObject({ code: 'NODE_UNAVAILABLE' })
    expect(await errorOf(fetchNodeStatus(nonce, wire))).toMatchObject({ code: 'NETWORK' })
    const signal = AbortSignal.timeout(50)
    expect(await errorOf(fetchNodeStatus(nonce, { ...wire, signal }))).toMatchObject({ code: 'ABORTED' })
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
})
