import { createHash, createPublicKey, verify } from 'node:crypto'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { bytesOfHex, type Hex } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'
import { canonicalReleaseList, encodeReleaseList, parseReleaseList, type ReleaseList } from './release-list.js'
import { signReleaseList, type VerifyReleaseListOptions, verifyReleaseList } from './verify-release-list.js'

const of = (byte: string): Hex => `0x${byte.repeat(48)}`
const tuple = { mrTd: of('a0'), rtMr0: of('a1'), rtMr1: of('a2'), rtMr2: of('a3') }
const pcrs = { pcr0: of('b0'), pcr1: of('b1'), pcr2: of('b2'), pcr8: of('b8') }
const list: ReleaseList = {
  product: 'gateway',
  version: 7,
  notBefore: 1_000n,
  notAfter: 2_000n,
  releases: [
    { name: 'gateway 1.0.0', tdx: [tuple, { ...tuple, rtMr3: of('a4') }], nitro: [] },
    { name: 'gateway 1.0.1', tdx: [], nitro: [pcrs] },
  ],
}
const secretKey = new Uint8Array(32).fill(7)
const signed = signReleaseList(list, { algorithm: 'ed25519', secretKey })
const options: VerifyReleaseListOptions = { keys: [signed], product: 'gateway', now: 1_500n, minimumVersion: 7 }
const text = encodeReleaseList(signed)

describe('verifyReleaseList', () => {
  it.each(['ed25519', 'secp256k1'] as const)('default: %s', (algorithm) => {
    const own = signReleaseList(list, { algorithm, secretKey })
    const verdict = verifyReleaseList(parseReleaseList(encodeReleaseList(own)), { ...options, keys: [signed, own] })
    expect(verdict).toEqual({ ok: true, list, tdx: [tuple, { ...tuple, rtMr3: of('a4') }], nitro: [pcrs] })
  })

  it('behavior: node:crypto agrees with the Ed25519 signature', () => {
    const prefix = Buffer.from('302a300506032b6570032100', 'hex')
    const der = Buffer.concat([prefix, bytesOfHex(signed.publicKey)])
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    const message = Buffer.from(`OpenGradient release list 1\n${canonicalReleaseList(list)}`)
    expect(verify(null, message, key, bytesOfHex(signed.signature))).toBe(true)
  })

  it('behavior: the signature covers the content, not its spelling', () => {
    const spaced = JSON.stringify(JSON.parse(text), null, 2)
    expect(verifyReleaseList(parseReleaseList(spaced), options).ok).toBe(true)
  })

  it('behavior: valid to the second, and from the version seen', () => {
    for (const now of [1_000n, 2_000n]) expect(verifyReleaseList(signed, { ...options, now }).ok).toBe(true)
    expect(verifyReleaseList(signed, { ...options, minimumVersion: 1 }).ok).toBe(true)
  })

  it.each<readonly [string, Partial<VerifyReleaseListOptions>]>([
    ['KEY_NOT_TRUSTED', { keys: [] }],
    ['KEY_NOT_TRUSTED', { keys: [{ algorithm: 'secp256k1', publicKey: signed.publicKey }] }],
    ['PRODUCT_MISMATCH', { product: 'explorer' }],
    ['VERSION_ROLLBACK', { minimumVersion: 8 }],
    ['LIST_NOT_YET_VALID', { now: 999n }],
    ['LIST_EXPIRED', { now: 2_001n }],
    ['INVALID_OPTIONS', { now: 1_500 as never }],
    ['INVALID_OPTIONS', { minimumVersion: undefined as never }],
    ['INVALID_OPTIONS', { minimumVersion: 0 }],
  ])('error: %s', (code, change) => {
    expect(verifyReleaseList(signed, { ...options, ...change })).toMatchObject({ ok: false, code })
  })

  it('error: no release', () => {
    const empty = signReleaseList({ ...list, releases: [] }, { algorithm: 'ed25519', secretKey })
    expect(verifyReleaseList(empty, options)).toMatchObject({ ok: false, code: 'LIST_EMPTY' })
  })

  it('error: anything changed after signing', () => {
    const changes: readonly Partial<ReleaseList>[] = [
      { product: 'other' },
      { version: 8 },
      { notBefore: 0n },
      { notAfter: 9_999n },
      { releases: list.releases.slice(1) },
      { releases: [...list.releases].reverse() },
    ]
    for (const change of changes) {
      const forged = { ...signed, list: { ...list, ...change } }
      expect(verifyReleaseList(forged, options)).toMatchObject({ ok: false, code: 'LIST_SIGNATURE' })
    }
  })

  it.each(['ed25519', 'secp256k1'] as const)('error: any character of a %s list changed', (algorithm) => {
    const own = signReleaseList({ ...list, releases: list.releases.slice(1) }, { algorithm, secretKey })
    const honest = encodeReleaseList(own)
    for (let index = algorithm === 'ed25519' ? 0 : 1; index < honest.length; index += 2) {
      const other = honest[index] === '1' ? '2' : '1'
      let isAccepted = false
      try {
        const parsed = parseReleaseList(honest.slice(0, index) + other + honest.slice(index + 1))
        isAccepted = verifyReleaseList(parsed, { ...options, keys: [own] }).ok
      } catch (error) {
        expect(error).toBeInstanceOf(QuoteError)
      }
      expect(isAccepted).toBe(false)
    }
  })

  it('error: the other signature of the same message, with a high s', () => {
    const own = signReleaseList(list, { algorithm: 'secp256k1', secretKey })
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const s = BigInt(`0x${own.signature.slice(66)}`)
    const high: Hex = `0x${own.signature.slice(2, 66)}${(order - s).toString(16).padStart(64, '0')}`
    const verdict = verifyReleaseList({ ...own, signature: high }, { ...options, keys: [own] })
    expect(verdict).toMatchObject({ ok: false, code: 'LIST_SIGNATURE' })
  })
})

describe('parseReleaseList', () => {
  it('default', () => {
    expect(parseReleaseList(text)).toEqual(signed)
  })

  const json = JSON.parse(text)
  const inList = (change: object): unknown => ({ ...json, list: { ...json.list, ...change } })
  const inRelease = (change: object): unknown => inList({ releases: [{ ...json.list.releases[0], ...change }] })
  it.each<readonly [string, unknown]>([
    ['no object', []],
    ['an unknown member', { ...json, extra: 1 }],
    ['another algorithm', { ...json, algorithm: 'rsa' }],
    ['a key of another size', { ...json, publicKey: '0x00' }],
    ['half a byte', { ...json, publicKey: `${json.publicKey}0` }],
    ['a short signature', { ...json, signature: '0x' }],
    ['no list', { ...json, list: null }],
    ['an unknown member of the list', inList({ extra: 1 })],
    ['another format', inList({ format: 'og-releases-2' })],
    ['version 0', inList({ version: 0 })],
    ['a version that is text', inList({ version: '7' })],
    ['a time that is a number', inList({ notAfter: 1 })],
    ['a time with a leading zero', inList({ notAfter: '01' })],
    ['a product with a space', inList({ product: 'a b' })],
    ['too many releases', inList({ releases: Array.from({ length: 257 }, () => json.list.releases[0]) })],
    ['a release twice', inList({ releases: [json.list.releases[0], json.list.releases[0]] })],
    ['a release without measurements', inRelease({ tdx: [], nitro: [] })],
    ['a release without a list of tuples', inRelease({ nitro: undefined })],
    ['too many tuples', inRelease({ tdx: Array.from({ length: 65 }, () => tuple) })],
    ['a tuple without RTMR2', inRelease({ tdx: [{ ...tuple, rtMr2: undefined }] })],
    ['a tuple with a short value', inRelease({ tdx: [{ ...tuple, rtMr3: '0x00' }] })],
    ['upper case', inRelease({ tdx: [{ ...tuple, mrTd: of('AA') }] })],
    ['an unknown register', inRelease({ nitro: [{ ...pcrs, pcr3: of('00') }] })],
  ])('error: %s', (_, value) => {
    expect(() => parseReleaseList(JSON.stringify(value))).toThrow(QuoteError)
  })

  it('error: cut off at any length, or a key twice', () => {
    for (let length = 0; length < text.length; length += 1) {
      expect(() => parseReleaseList(text.slice(0, length))).toThrow(QuoteError)
    }
    expect(() => parseReleaseList(text.replace('"version":7', '"version":7,"version":8'))).toThrow(QuoteError)
  })
})

describe('canonicalReleaseList', () => {
  it('behavior: members sorted at every level', () => {
    const sorted = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(sorted)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([k, v]) => [k, sorted(v)]),
      )
    }
    const canonical = canonicalReleaseList(list)
    expect(canonical).toBe(JSON.stringify(sorted(JSON.parse(canonical))))
    expect(createHash('sha256').update(canonical).digest('hex')).toMatchInlineSnapshot(
      `"2627f9069bb06176837acebe021f394c12d0c8c1d8a1a6e76e6665abf2234cbf"`,
    )
  })

  it('error: a version that is no positive integer', () => {
    for (const version of [0, -1, 1.5, Number.NaN]) {
      expect(() => canonicalReleaseList({ ...list, version })).toThrow(QuoteError)
    }
  })

  test.prop([fc.stringMatching(/^[\x21-\x7e]{1,128}$/), fc.integer({ min: 1 })])(
    'property: reads what was written',
    (product, version) => {
      const own = signReleaseList({ ...list, product, version }, { algorithm: 'ed25519', secretKey })
      expect(parseReleaseList(encodeReleaseList(own))).toEqual(own)
    },
  )
})
