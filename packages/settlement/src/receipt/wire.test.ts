import { describe, expect, test } from 'vitest'
import { bytes32, input, manifest, offer, receipt, terms } from '../../test/fixture.js'
import { canonicalize } from '../json/canonical-json.js'
import type { JsonObject, JsonValue } from '../json/json-value.js'
import { parseStrictJson } from '../json/strict-json.js'
import { encodeManifest, nodeIdOf, parseManifest } from '../manifest/key-manifest.js'
import { encodeSealingKey, parseSealingKey, type SealingKeyStatement } from '../manifest/sealing-key.js'
import { encodeOffer, parseOffer } from '../offer/offer.js'
import { encodeReceipt, parseReceipt } from './receipt.js'
import { encodeTerms, parseTerms } from './terms.js'

const sealingKey: SealingKeyStatement = {
  nodeId: nodeIdOf(manifest),
  publicKey: bytes32(9),
  notBefore: 1n,
  notAfter: 2n ** 64n - 1n,
}

interface Codec {
  readonly name: string
  readonly value: object
  readonly json: JsonObject
  readonly parse: (json: unknown) => object
}

const codecs: readonly Codec[] = [
  { name: 'receipt', value: receipt, json: encodeReceipt(receipt), parse: parseReceipt },
  { name: 'terms', value: terms, json: encodeTerms(terms), parse: parseTerms },
  { name: 'offer', value: offer, json: encodeOffer(offer), parse: parseOffer },
  { name: 'manifest', value: manifest, json: encodeManifest(manifest), parse: parseManifest },
  { name: 'sealing key', value: sealingKey, json: encodeSealingKey(sealingKey), parse: parseSealingKey },
]

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'accepted'
}

describe.each(codecs)('parse and encode: $name', ({ value, json, parse }) => {
  test('default: round trip over JSON text', () => {
    expect(parse(parseStrictJson(canonicalize(json)))).toEqual(value)
  })

  test.each(Object.keys(json))('error: MISSING_FIELD %s, and values of every other kind', (field) => {
    const { [field]: _left, ...rest } = json
    expect(codeOf(() => parse(rest))).toBe('MISSING_FIELD')
    const wrong: readonly JsonValue[] = [
      true,
      [],
      {},
      '',
      '0x',
      -1,
      1.5,
      2 ** 60,
      '-1',
      '01',
      '1e3',
      ' 1',
      '0X00',
      '\ud800',
    ]
    for (const bad of wrong) {
      if (isPossible(field, bad)) continue
      expect
        .soft(
          codeOf(() => parse({ ...json, [field]: bad })),
          `${field} = ${JSON.stringify(bad)}`,
        )
        .not.toBe('accepted')
    }
    if (field !== 'sealing') expect(codeOf(() => parse({ ...json, [field]: null }))).not.toBe('accepted')
  })

  test('error: UNKNOWN_FIELD, __proto__ too', () => {
    expect(codeOf(() => parse({ ...json, more: 1 }))).toBe('UNKNOWN_FIELD')
    const text = canonicalize(json).replace('{', '{"__proto__":1,')
    expect(codeOf(() => parse(parseStrictJson(text)))).toBe('UNKNOWN_FIELD')
  })

  test.each([null, undefined, [], 'x', 1])('error: INVALID_FIELD for %j', (bad) => {
    expect(codeOf(() => parse(bad))).toBe('INVALID_FIELD')
  })

  test('error: every integer and every hash beyond its type', () => {
    for (const [field, old] of Object.entries(json)) {
      if (typeof old === 'number') expect(codeOf(() => parse({ ...json, [field]: 2 ** 32 }))).toBe('OUT_OF_RANGE')
      if (typeof old !== 'string') continue
      if (/^\d+$/.test(old) && field !== 'version') {
        expect(codeOf(() => parse({ ...json, [field]: (2n ** 256n).toString() }))).toBe('OUT_OF_RANGE')
        expect(codeOf(() => parse({ ...json, [field]: `${old}0`.repeat(80) }))).toBe('INVALID_FIELD')
      }
      if (/^0x[0-9a-f]{64}$/.test(old)) {
        for (const bad of [
          old.slice(0, -2),
          `${old}00`,
          `${old.slice(0, -1)}G`,
          old.slice(2),
          `${old.slice(0, -2)}AB`,
        ]) {
          expect(codeOf(() => parse({ ...json, [field]: bad }))).toBe('INVALID_FIELD')
        }
      } else if (/^0x[0-9a-fA-F]{40}$/.test(old)) {
        expect(codeOf(() => parse({ ...json, [field]: old.toLowerCase() }))).toBe('accepted')
        expect(codeOf(() => parse({ ...json, [field]: `0x${old.slice(2).toUpperCase()}` }))).toBe(
          /[a-f]/.test(old.slice(2)) ? 'INVALID_FIELD' : 'accepted',
        )
      }
    }
  })
})

/** Values that are right for a field of free text. */
function isPossible(field: string, value: JsonValue): boolean {
  const isText = ['scheme', 'modelRequested', 'modelAnswered', 'upstream', 'model', 'codeVersion'].includes(field)
  return isText && typeof value === 'string' && value !== '\ud800'
}

describe('parseManifest', () => {
  const json = encodeManifest(manifest)
  test.each<[string, JsonObject]>([
    ['UNSUPPORTED_VERSION', { version: '2' }],
    ['INVALID_FIELD', { mode: 'tee' }],
    ['INVALID_FIELD', { payments: [] }],
    ['LIMIT_EXCEEDED', { payments: Array.from({ length: 65 }, () => null) }],
    [
      'INVALID_FIELD',
      { payments: [{ network: 'base sepolia', asset: manifest.receiptKey, payTo: manifest.receiptKey }] },
    ],
    [
      'UNKNOWN_FIELD',
      { payments: [{ network: 'eip155:1', asset: manifest.receiptKey, payTo: manifest.receiptKey, x: 1 }] },
    ],
    ['INVALID_FIELD', { sealing: { suite: 'none', rule: 'signed-by-receipt-key' } }],
    ['INVALID_FIELD', { endpoint: 'ftp://x' }],
    ['INVALID_FIELD', { endpoint: `https://${'x'.repeat(2048)}` }],
    ['MISSING_FIELD', { record: { chainId: '1' } }],
  ])('error: %s %#', (code, change) => {
    expect(codeOf(() => parseManifest({ ...json, ...change }))).toBe(code)
  })

  test('behavior: a node without sealing', () => {
    expect(parseManifest({ ...json, sealing: null })).toEqual({ ...manifest, sealing: null })
  })
})

describe('nodeIdOf', () => {
  test('behavior: does not depend on the spelling of addresses, does on everything else', () => {
    const lower = parseManifest({ ...encodeManifest(manifest), receiptKey: manifest.receiptKey.toLowerCase() })
    expect(nodeIdOf(lower)).toBe(nodeIdOf(manifest))
    expect(nodeIdOf(manifest)).toBe(input.receipt.nodeId)
    const others = [
      { ...manifest, mode: 'VANILLA' as const },
      { ...manifest, logId: bytes32(1) },
      { ...manifest, receiptKey: bytes32(1).slice(0, 42) as typeof manifest.receiptKey },
      { ...manifest, sealing: null },
      { ...manifest, payments: manifest.payments.slice(1) },
      { ...manifest, payments: [...manifest.payments].reverse() },
      { ...manifest, record: { ...manifest.record, chainId: 1n } },
      { ...manifest, endpoint: 'https://other.example' },
      { ...manifest, codeVersion: '9' },
      { ...manifest, notBefore: 0n },
      { ...manifest, notAfter: 0n },
    ].map((manifest) => nodeIdOf(manifest))
    expect(new Set([...others, nodeIdOf(manifest)]).size).toBe(others.length + 1)
  })
})
