import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { createSignatureMemory } from '../src/cache/signature-memory.js'
import { parseQeIdentity } from '../src/collateral/qe-identity.js'
import { parseTcbInfo } from '../src/collateral/tcb-info.js'
import type { CryptoBackend } from '../src/crypto/crypto-backend.js'
import {
  type Collateral,
  type CollateralJson,
  encodeCollateral,
  parseCollateral,
  parseEnclaveQuote,
  parseQuote,
  QuoteError,
  type QuoteVerdict,
  simulatorRoot,
  verifyQuoteAsync,
  verifyQuote as verifyQuotePortably,
} from '../src/index.js'
import { createVerifier, nodeCrypto, verifyQuote } from '../src/node.js'
import { parseCertificate } from '../src/x509/certificate.js'
import { parseCrl } from '../src/x509/crl.js'
import { parsePemChain } from '../src/x509/pem.js'
import { vectorFile, vectorJson } from './vector-files.js'

const name = 'near-mpc-v4'
const quoteBytes = vectorFile('real', name, 'quote.bin')
const collateral = parseCollateral(vectorJson('real', name, 'collateral.json'))
const now = BigInt(Number(vectorJson('real', name, 'vector.json')['now']))

/** `accepted`, or the code of the verdict or of the QuoteError; any other exception fails the test. */
function outcomeOf(judge: () => QuoteVerdict): string {
  try {
    const verdict = judge()
    return verdict.ok ? 'accepted' : verdict.code
  } catch (error) {
    if (error instanceof QuoteError) return error.code
    throw error
  }
}

function flipped(bytes: Uint8Array, offset: number, mask: number): Uint8Array {
  const copy = bytes.slice()
  copy[offset] = (copy[offset] ?? 0) ^ mask
  return copy
}

/** The `offset:mask` of every flip that `judge` accepts. */
function acceptedFlips(
  bytes: Uint8Array,
  masks: readonly number[],
  judge: (bytes: Uint8Array) => QuoteVerdict,
): string[] {
  const accepted: string[] = []
  for (let offset = 0; offset < bytes.length; offset += 1) {
    for (const mask of masks) {
      if (outcomeOf(() => judge(flipped(bytes, offset, mask))) === 'accepted') accepted.push(`${offset}:${mask}`)
    }
  }
  return accepted
}

/** Far more than these need: on a busy machine nothing here may fail for being slow. */
const patience = { timeout: 300_000 }
const everyBit = [1, 2, 4, 8, 16, 32, 64, 128]

/** `nodeCrypto` that does not repeat signatures that held over the same array. */
function createRememberingCrypto(): CryptoBackend {
  const memory = createSignatureMemory()
  return {
    ...nodeCrypto,
    verifyP256(check) {
      const holds = memory.has(check) || nodeCrypto.verifyP256(check)
      if (holds) memory.add(check)
      return holds
    },
  }
}

describe('a real quote', () => {
  const judge = (bytes: Uint8Array): QuoteVerdict => verifyQuote(parseQuote(bytes), { collateral, now })

  it('behavior: is accepted as it is', () => {
    expect(outcomeOf(() => judge(quoteBytes))).toBe('accepted')
  })

  it('behavior: no byte can change, its zero padding included', patience, () => {
    expect(acceptedFlips(quoteBytes, [0x01], judge)).toEqual([])
  })

  it('behavior: no byte can change in front of a verifier that knows the genuine quote', patience, () => {
    const verifier = createVerifier()
    const judgeAgain = (bytes: Uint8Array): QuoteVerdict => verifier.verifyQuote(bytes, { collateral, now })
    expect(outcomeOf(() => judgeAgain(quoteBytes))).toBe('accepted')
    expect(acceptedFlips(quoteBytes, [0x20], judgeAgain)).toEqual([])
  })

  test.prop([fc.nat(quoteBytes.length - 1), fc.integer({ min: 1, max: 255 })], { numRuns: 500 })(
    'property: no byte can change by any mask',
    (offset, mask) => {
      expect(outcomeOf(() => judge(flipped(quoteBytes, offset, mask)))).not.toBe('accepted')
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
    expect(verifyQuote(quote, { collateral, now }).ok).toBe(true)
  })
})

describe('a synthetic quote', () => {
  const bytes = vectorFile('synthetic', 'P03', 'quote.bin')
  const json = vectorJson('synthetic', 'P03', 'collateral.json')
  const [root = new Uint8Array()] = parsePemChain(new TextDecoder().decode(vectorFile('synthetic', 'P03', 'root.pem')))
  const options = {
    collateral: parseCollateral(json),
    now: BigInt(Number(vectorJson('synthetic', 'P03', 'vector.json')['now'])),
    trustRoot: simulatorRoot(root),
  }
  const verifier = createVerifier({ trustRoot: options.trustRoot })
  const judge = (changed: Uint8Array): QuoteVerdict => verifier.verifyQuote(changed, options)

  it('behavior: not one of its bits can change', patience, () => {
    expect(outcomeOf(() => judge(bytes))).toBe('accepted')
    expect(acceptedFlips(bytes, everyBit, judge)).toEqual([])
  })

  it('behavior: it is refused for the same reason on every backend', async () => {
    for (let sample = 0; sample < 60; sample += 1) {
      const changed = flipped(bytes, (sample * 7919) % bytes.length, 1 << (sample % 8))
      const reason = outcomeOf(() => verifyQuote(parseQuote(changed), options))
      expect([sample, outcomeOf(() => verifyQuotePortably(parseQuote(changed), options))]).toEqual([sample, reason])
      let quote: ReturnType<typeof parseQuote>
      try {
        quote = parseQuote(changed)
      } catch {
        continue
      }
      const verdict = await verifyQuoteAsync(quote, options)
      expect([sample, verdict.ok ? 'accepted' : verdict.code]).toEqual([sample, reason])
    }
  })

  it('behavior: truncated at any length it throws QuoteError', () => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => parseQuote(bytes.subarray(0, length))).toThrow(QuoteError)
    }
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
      const outcome = outcomeOf(() => verifyQuote(parseQuote(bytes), { collateral, now }))
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
    const step = text.length > 600 ? 37 : 3
    for (let offset = 0; offset < text.length; offset += step) {
      const character = String.fromCharCode(text.charCodeAt(offset) ^ 1)
      const changed = { ...json, [field]: text.slice(0, offset) + character + text.slice(offset + 1) }
      const quote = parseQuote(quoteBytes)
      const outcome = outcomeOf(() => verifyQuote(quote, { collateral: parseCollateral(changed), now }))
      expect([offset, outcome]).not.toEqual([offset, 'accepted'])
    }
  })

  describe('every byte of', () => {
    const quote = parseQuote(quoteBytes)
    const crypto = createRememberingCrypto()
    const judge = (changed: Partial<Collateral>): QuoteVerdict =>
      verifyQuote(quote, { collateral: { ...collateral, ...changed }, now, crypto })
    const { tcbInfo, qeIdentity } = collateral
    const encoder = new TextEncoder()
    const chainOf = (bytes: Uint8Array) => parsePemChain(new TextDecoder().decode(bytes)).map(parseCertificate)
    const tcbInfoOf = (bytes: Uint8Array): Collateral['tcbInfo'] => ({
      ...tcbInfo,
      content: parseTcbInfo(new TextDecoder().decode(bytes)),
      signed: bytes,
    })
    const qeIdentityOf = (bytes: Uint8Array): Collateral['qeIdentity'] => ({
      ...qeIdentity,
      content: parseQeIdentity(new TextDecoder().decode(bytes)),
      signed: bytes,
    })
    const hexBytes = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, 'hex'))
    const parts: readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => Partial<Collateral>])[] = [
      ['root_ca_crl', hexBytes(json.root_ca_crl), (bytes) => ({ rootCrl: parseCrl(bytes) })],
      ['pck_crl', hexBytes(json.pck_crl), (bytes) => ({ pckCrl: parseCrl(bytes) })],
      ['tcb_info', tcbInfo.signed, (bytes) => ({ tcbInfo: tcbInfoOf(bytes) })],
      ['tcb_info_signature', tcbInfo.signature, (bytes) => ({ tcbInfo: { ...tcbInfo, signature: bytes } })],
      [
        'tcb_info_issuer_chain',
        encoder.encode(json.tcb_info_issuer_chain),
        (bytes) => ({ tcbInfo: { ...tcbInfo, issuerChain: chainOf(bytes) } }),
      ],
      ['qe_identity', qeIdentity.signed, (bytes) => ({ qeIdentity: qeIdentityOf(bytes) })],
      ['qe_identity_signature', qeIdentity.signature, (bytes) => ({ qeIdentity: { ...qeIdentity, signature: bytes } })],
      [
        'qe_identity_issuer_chain',
        encoder.encode(json.qe_identity_issuer_chain),
        (bytes) => ({ qeIdentity: { ...qeIdentity, issuerChain: chainOf(bytes) } }),
      ],
    ]

    it.each(parts)('%s: a changed one is refused', patience, (_, bytes, collateralWith) => {
      expect(outcomeOf(() => judge(collateralWith(bytes)))).toBe('accepted')
      expect(acceptedFlips(bytes, [0x01], (changed) => judge(collateralWith(changed)))).toEqual([])
    })
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
