import type { JsonObject, JsonValue } from '@og/settlement'
import { simulatedMeasurements } from '@og/tee-verify/simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type VerificationStep, type VerifyReceiptOptions, verifyReceipt } from '../src/index.js'
import type { FakeNode } from './fake-node.js'
import { startPair, TEST_NOW } from './setup.js'

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

function asObject(value: JsonValue): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not an object')
  return Object.fromEntries(Object.entries(value))
}
