import {
  encodeReceiptBundle,
  type Hex,
  hashCheckpoint,
  hashLeaf,
  hashReceipt,
  type JsonObject,
  type JsonValue,
  parseReceiptBundle,
  type ReceiptBundle,
  signDigest,
} from '@og/settlement'
import { simulatedMeasurements } from '@og/tee-verify/simulator'
import { wrapFetch } from '@og/x402/client'
import { exactClient } from '@og/x402/evm'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAnswerReceipt } from '../src/answer-receipt.js'
import { topicOf } from '../src/chain/abi.js'
import { type VerificationStep, type VerifyReceiptOptions, verifyReceipt } from '../src/index.js'
import { paymentJson } from '../src/payment-json.js'
import { judgePayment } from '../src/receipt-payment.js'
import { leftOpenBy } from '../src/trust.js'
import { DOMAIN, FAKE_TOKEN, INFERENCE_LOG } from './fake-addresses.js'
import type { FakeNode } from './fake-node.js'
import { startPair, TEST_KEY, TEST_NOW } from './setup.js'

let node: FakeNode
let bundle: JsonObject
let request: JsonObject
let response: JsonObject

beforeAll(async () => {
  const started = await startPair('TEE', { settlementMode: 'SETTLE_BATCH' })
  node = started.node
  const result = await started.client.llmCompletion({ model: 'openai/gpt-4o', prompt: 'Hello' })
  node.confirm()
  bundle = started.client.receiptBundle(result, await result.settlement())
  request = result.request
  response = result.response
})
afterAll(() => node.close())

const world = { now: (): bigint => TEST_NOW }
const simulator: VerifyReceiptOptions = { trust: 'simulator', world }

/** All paths to the texts and numbers of a value. */
function leafPaths(value: JsonValue, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, item]) => leafPaths(item, [...path, key]))
}

function changedAt(value: JsonValue, path: readonly string[]): JsonValue {
  const [key, ...rest] = path
  if (key === undefined) return changed(value)
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === key ? changedAt(item, rest) : item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, name === key ? changedAt(item, rest) : item]),
  )
}

/** Another value of the same form, so that parsers let it pass and checks have to find it. */
function changed(value: JsonValue): JsonValue {
  if (typeof value === 'number') return value === 1 ? 0 : 1
  if (typeof value !== 'string') return 'other'
  if (/^0x[0-9a-f]{2,}$/i.test(value))
    return value.slice(0, 10).toLowerCase() + (value.at(10) === '0' ? '1' : '0') + value.slice(11).toLowerCase()
  if (/^[0-9]+$/.test(value)) return (BigInt(value) + 1n).toString()
  return `${value}x`
}

describe('verifyReceipt', () => {
  it('default', async () => {
    const heard: VerificationStep[] = []
    const verdict = await verifyReceipt(bundle, {
      ...simulator,
      request,
      response,
      onStep: (step) => heard.push(step),
    })
    expect(verdict.ok).toBe(true)
    expect(heard).toEqual(verdict.steps)
    const names = verdict.steps.map(({ name }) => name)
    // The steps of the quote are the other package's to name.
    expect(names.filter((name) => !name.startsWith('attestation: '))).toMatchSnapshot()
    expect(names).toEqual(expect.arrayContaining(['attestation: quote-signature', 'attestation: report-data']))
  })

  it('behavior: takes JSON text, and text of the bodies', async () => {
    const verdict = await verifyReceipt(JSON.stringify(bundle), {
      ...simulator,
      request: JSON.stringify(request, null, 2),
      response: JSON.stringify(response),
    })
    expect(verdict.ok).toBe(true)
  })

  it('behavior: a policy can pin the measured code', async () => {
    const pinned = { platform: 'simulated', measurements: [simulatedMeasurements()] } as const
    expect((await verifyReceipt(bundle, { trust: pinned, world })).ok).toBe(true)
    const other = { ...simulatedMeasurements(), mrTd: `0x${'0d'.repeat(48)}` } as const
    const verdict = await verifyReceipt(bundle, { trust: { ...pinned, measurements: [other] }, world })
    expect(verdict).toMatchObject({ ok: false, code: 'MEASUREMENT_MISMATCH' })
  })

  it('security: a policy can refuse collateral from before a TCB recovery, however valid it is', async () => {
    const policy = { platform: 'simulated', measurements: [simulatedMeasurements()] } as const
    const from = (minimumEvaluationDataNumber: number) =>
      verifyReceipt(bundle, { trust: { ...policy, minimumEvaluationDataNumber }, world })
    expect((await from(1)).ok).toBe(true)
    expect(await from(1_000)).toMatchObject({ ok: false, code: 'COLLATERAL_ROLLED_BACK' })
    await expect(from(-1)).rejects.toMatchObject({ code: 'INVALID_OPTIONS' })
    const intel = { ...policy, platform: 'intel' } as const
    expect(leftOpenBy(intel)).toEqual([expect.stringContaining('age of the collateral')])
    expect(leftOpenBy({ ...intel, minimumEvaluationDataNumber: 17 })).toEqual([])
  })

  it('error: the simulator, unless it is named', async () => {
    expect(await verifyReceipt(bundle, { trust: 'intel', world })).toMatchObject({ ok: false })
  })

  it('error: another request or response', async () => {
    const asked = await verifyReceipt(bundle, { ...simulator, request: { ...request, temperature: 1 } })
    expect(asked).toMatchObject({ ok: false, code: 'REQUEST_COMMITMENT' })
    const answered = await verifyReceipt(bundle, { ...simulator, response: { ...response, model: 'openai/gpt-5' } })
    expect(answered).toMatchObject({ ok: false, code: 'RESPONSE_COMMITMENT' })
  })

  it('error: a TEE receipt without its quote', async () => {
    const { attestation: _, ...rest } = bundle
    expect(await verifyReceipt(rest, simulator)).toMatchObject({ ok: false, code: 'ATTESTATION_MISSING' })
  })

  it('error: text that is read in two ways', async () => {
    const twice = JSON.stringify(bundle).replace('{', '{"version":"og-receipt-1",')
    expect(await verifyReceipt(twice, simulator)).toMatchObject({ ok: false, code: 'DUPLICATE_KEY' })
    await expect(verifyReceipt(bundle, { ...simulator, request: '{"a":1,"a":2}' })).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
    })
  })

  it('error: a chain that cannot be read', async () => {
    const verdict = await verifyReceipt(bundle, { ...simulator, rpcUrl: 'http://127.0.0.1:9' })
    expect(verdict).toMatchObject({ ok: false, code: 'CHAIN_UNAVAILABLE' })
  })

  it('error: any changed field of the proof', async () => {
    const { attestation: _, ...proof } = bundle
    const holding: string[] = []
    for (const path of leafPaths(proof)) {
      const verdict = await verifyReceipt(asObject(changedAt(bundle, path)), { ...simulator, request, response })
      if (verdict.ok) holding.push(path.join('.'))
    }
    // What nobody signs: decoration of the payment message, and where else the log can be read.
    expect(holding).toMatchSnapshot()
  })

  it('error: a quote with any other bytes', async () => {
    const quote = String(asObject(bundle['attestation'] ?? null)['quote'])
    for (let offset = 2; offset < quote.length; offset += 800) {
      const flipped = quote.slice(0, offset) + (quote[offset] === '0' ? '1' : '0') + quote.slice(offset + 1)
      const changedBundle = { ...bundle, attestation: { ...asObject(bundle['attestation'] ?? null), quote: flipped } }
      expect([offset, (await verifyReceipt(changedBundle, simulator)).ok]).toEqual([offset, false])
    }
  })
})

/** A chain whose contract has the record of one receipt, and one checkpoint of its log if there is one. */
function chainWith(digest: Hex, checkpoint?: { readonly size: bigint; readonly root: Hex }): typeof fetch {
  const word = (value: bigint): string => value.toString(16).padStart(64, '0')
  return async (_, init) => {
    const { method } = JSON.parse(String(init?.body)) as { method: string }
    const settled = topicOf('Settled(bytes32,bytes32,bytes32,bytes32,bytes32,bytes32)')
    const results: Readonly<Record<string, unknown>> = {
      eth_chainId: `0x${DOMAIN.chainId.toString(16)}`,
      eth_getLogs: [
        {
          address: INFERENCE_LOG,
          topics: [settled, digest],
          blockNumber: '0x7',
          transactionHash: `0x${'ab'.repeat(32)}`,
        },
      ],
      eth_getBlockByNumber: { timestamp: `0x${TEST_NOW.toString(16)}` },
      eth_call: `0x${word(checkpoint?.size ?? 0n)}${word(TEST_NOW)}${(checkpoint?.root ?? '0x').slice(2).padStart(64, '0')}`,
    }
    return Response.json({ jsonrpc: '2.0', id: 1, result: results[method] ?? null })
  }
}

describe('verifyReceipt against a chain', () => {
  /** A receipt with a record of its own, and a checkpoint that somebody made up for it. */
  async function withOwnCheckpoint(): Promise<{ bundle: ReceiptBundle; digest: Hex }> {
    const started = await startPair('VANILLA')
    const result = await started.client.llmCompletion({ model: 'openai/gpt-4o', prompt: 'Hello' })
    await started.node.close()
    const own = parseReceiptBundle(started.client.receiptBundle(result))
    const digest = hashReceipt(own.receipt, DOMAIN)
    const head = { logId: own.receipt.logId, seq: 9n, size: 1n, root: hashLeaf(digest), uri: '' }
    const checkpointSignature = signDigest(hashCheckpoint(head, DOMAIN), TEST_KEY)
    return { bundle: { ...own, inclusion: { ...head, index: 0n, proof: [], checkpointSignature } }, digest }
  }
  const rpcUrl = 'http://chain.test'

  it('security: a record on chain does not vouch for a checkpoint that is not there', async () => {
    const { bundle: forged, digest } = await withOwnCheckpoint()
    const at = (chain: typeof fetch) =>
      verifyReceipt(encodeReceiptBundle(forged), { trust: 'intel', rpcUrl, world: { ...world, fetch: chain } })
    expect(await at(chainWith(digest))).toMatchObject({ ok: false, code: 'NOT_ON_CHAIN' })
    expect(await at(chainWith(digest, { size: 2n, root: hashLeaf(digest) }))).toMatchObject({
      ok: false,
      code: 'OTHER_CHECKPOINT',
    })
    expect(await at(chainWith(digest, { size: 1n, root: hashLeaf(digest) }))).toMatchObject({ ok: true })
  })

  it("security: a contract that only the receipt names is said to be nobody else's word", async () => {
    const { bundle: forged, digest } = await withOwnCheckpoint()
    const { inclusion: _, ...recorded } = forged
    const at = (record?: VerifyReceiptOptions['record']) =>
      verifyReceipt(encodeReceiptBundle(recorded), {
        trust: 'intel',
        rpcUrl,
        world: { ...world, fetch: chainWith(digest) },
        ...(record === undefined ? {} : { record }),
      })
    const unnamed = await at()
    expect([unnamed.ok, unnamed.notChecked.join()]).toEqual([true, expect.stringContaining(`names ${INFERENCE_LOG}`)])
    const named = await at({ chainId: 84532n, inferenceLog: INFERENCE_LOG })
    expect([named.ok, named.notChecked.join()]).toEqual([true, expect.not.stringContaining('contract:')])
    expect(await at({ chainId: 84532n, inferenceLog: FAKE_TOKEN })).toMatchObject({ ok: false, code: 'OTHER_CONTRACT' })
    expect(await at({ chainId: 8453n, inferenceLog: INFERENCE_LOG })).toMatchObject({
      ok: false,
      code: 'OTHER_CONTRACT',
    })
  })
})

describe('the payment of a receipt', () => {
  it('security: a payment that is not bound to the request is no check of the request', async () => {
    const { node: open } = await startPair('VANILLA')
    const body = { model: 'openai/gpt-4o', prompt: 'Hello' }
    const foreign = wrapFetch({
      fetch: globalThis.fetch,
      schemes: [exactClient({ signer: privateKeyToAccount(TEST_KEY) })],
      policy: { maxAmountPerCall: 1_000_000n, assets: [FAKE_TOKEN] },
      clock: () => TEST_NOW,
    })
    const answer = await foreign(`${open.url}/v1/completions`, { method: 'POST', body: JSON.stringify(body) })
    const received = asObject(await answer.json())
    await open.close()
    const { receipt, terms, signature, salts, offer, offerSignature } = parseAnswerReceipt(received)
    const [payment] = open.payments
    if (payment === undefined) throw new Error('nothing was paid')
    const proof = {
      ...{ version: 'og-receipt-1' as const, endpoint: 'completions' as const, receipt, terms, signature, salts },
      ...{ offer, offerSignature, manifest: open.manifest, chain: DOMAIN, payment: paymentJson(payment) },
    }
    const verdict = await verifyReceipt(encodeReceiptBundle(proof), { trust: 'intel', request: body, world })
    expect(verdict.ok).toBe(true)
    expect(verdict.steps.map(({ name }) => name)).not.toContain('payment: request')
    expect(verdict.notChecked.join()).toContain('payment binding')
  })

  it.each([
    ['chain', { paymentChainId: 8453n }],
    ['asset', { asset: INFERENCE_LOG }],
    ['payee', { payTo: INFERENCE_LOG }],
  ] as const)('security: a payment on another %s than the terms say', (_, change) => {
    const own = parseReceiptBundle(bundle)
    const judged = (terms: ReceiptBundle['terms']) =>
      judgePayment(own.payment ?? {}, { bundle: { ...own, terms }, request: undefined }).verdict
    expect(judged(own.terms)).toMatchObject({ ok: true })
    expect(judged({ ...own.terms, ...change })).toMatchObject({ ok: false, code: 'PAYMENT_TERMS' })
  })
})

function asObject(value: JsonValue): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not an object')
  return Object.fromEntries(Object.entries(value))
}
