import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import {
  type Collateral,
  type CollateralJson,
  encodeCollateral,
  parseCollateral,
  parseEnclaveQuote,
  parseQuote,
  QuoteError,
  type QuoteVerdict,
  verifyQuote,
} from '../src/index.js'
import { createMemoizedP256 } from './node-p256.js'
import { vectorFile, vectorJson } from './vector-files.js'

const name = 'near-mpc-v4'
const quoteBytes = vectorFile('real', name, 'quote.bin')
const collateral = parseCollateral(vectorJson('real', name, 'collateral.json'))
const now = BigInt(Number(vectorJson('real', name, 'vector.json')['now']))
const verifyP256 = createMemoizedP256()

/** `accepted`, or the code of the verdict or of the QuoteError; any other exception fails the test. */
function outcomeOf(read: () => { readonly bytes: Uint8Array; readonly collateral: Collateral }): string {
  let verdict: QuoteVerdict
  try {
    const input = read()
    verdict = verifyQuote(parseQuote(input.bytes), { collateral: input.collateral, now, verifyP256 })
  } catch (error) {
    if (error instanceof QuoteError) return error.code
    throw error
  }
  return verdict.ok ? 'accepted' : verdict.code
}

function flipped(bytes: Uint8Array, offset: number, mask: number): Uint8Array {
  const copy = bytes.slice()
  copy[offset] = (copy[offset] ?? 0) ^ mask
  return copy
}

describe('a real quote', () => {
  it('behavior: is accepted as it is', () => {
    expect(outcomeOf(() => ({ bytes: quoteBytes, collateral }))).toBe('accepted')
  })

  it.each([0x01, 0x20, 0x80])('behavior: no byte can change by %i, its zero padding included', (mask) => {
    const accepted: number[] = []
    for (let offset = 0; offset < quoteBytes.length; offset += 1) {
      const outcome = outcomeOf(() => ({ bytes: flipped(quoteBytes, offset, mask), collateral }))
      if (outcome === 'accepted') accepted.push(offset)
    }
    expect(accepted).toEqual([])
  })

  test.prop([fc.nat(quoteBytes.length - 1), fc.integer({ min: 1, max: 255 })], { numRuns: 500 })(
    'property: no byte can change by any mask',
    (offset, mask) => {
      expect(outcomeOf(() => ({ bytes: flipped(quoteBytes, offset, mask), collateral }))).not.toBe('accepted')
    },
  )

  it('behavior: truncated at any length it throws QuoteError, except within its padding', () => {
    const end = quoteBytes.length - 70
    expect(quoteBytes.subarray(end).every((byte) => byte === 0)).toBe(true)
    for (let length = 0; length < quoteBytes.length; length += 1) {
      const parse = () => parseQuote(quoteBytes.subarray(0, length))
      if (length < end) expect(parse).toThrow(QuoteError)
      else expect(parse().td.reportData).toBe(parseQuote(quoteBytes).td.reportData)
    }
  })

  it('behavior: later changes of the buffer do not reach the parsed quote', () => {
    const bytes = quoteBytes.slice()
    const quote = parseQuote(bytes)
    bytes.fill(0)
    expect(verifyQuote(quote, { collateral, now, verifyP256 }).ok).toBe(true)
  })
})

describe('arbitrary bytes', () => {
  test.prop([fc.uint8Array({ maxLength: 2000 })])('property: throw nothing but QuoteError', (bytes) => {
    for (const parse of [parseQuote, parseEnclaveQuote]) expect(() => parse(bytes)).toThrow(QuoteError)
  })

  test.prop([fc.nat(quoteBytes.length), fc.uint8Array({ minLength: 1, maxLength: 64 })])(
    'property: inserted into a quote throw QuoteError or are refused',
    (offset, inserted) => {
      const bytes = Uint8Array.of(...quoteBytes.subarray(0, offset), ...inserted, ...quoteBytes.subarray(offset))
      const outcome = outcomeOf(() => ({ bytes, collateral }))
      const isPadding = offset >= quoteBytes.length - 70 && inserted.every((byte) => byte === 0)
      expect(outcome === 'accepted').toBe(isPadding)
    },
  )
})

describe('real collateral', () => {
  const json = encodeCollateral(collateral)
  const fields = [
    'root_ca_crl',
    'pck_crl',
    'tcb_info_issuer_chain',
    'tcb_info',
    'tcb_info_signature',
    'qe_identity_issuer_chain',
    'qe_identity',
    'qe_identity_signature',
  ] as const satisfies readonly (keyof CollateralJson)[]

  it.each(fields)('behavior: no character of %s can change', (field) => {
    const text = json[field]
    const step = text.length > 600 ? 11 : 1
    for (let offset = 0; offset < text.length; offset += step) {
      const character = String.fromCharCode(text.charCodeAt(offset) ^ 1)
      const changed = { ...json, [field]: text.slice(0, offset) + character + text.slice(offset + 1) }
      const outcome = outcomeOf(() => ({ bytes: quoteBytes, collateral: parseCollateral(changed) }))
      expect([offset, outcome]).not.toEqual([offset, 'accepted'])
    }
  })

  it.each(fields)('error: %s missing, cut or of another type', (field) => {
    const { [field]: value, ...others } = json
    for (const input of [
      others,
      { ...others, [field]: 1 },
      { ...others, [field]: value.slice(0, -2) },
      { ...others, [field]: '' },
    ]) {
      expect(() => parseCollateral(input)).toThrow(QuoteError)
    }
  })

  test.prop([fc.jsonValue()])('property: arbitrary JSON throws nothing but QuoteError', (input) => {
    expect(() => parseCollateral(input)).toThrow(QuoteError)
  })
})
