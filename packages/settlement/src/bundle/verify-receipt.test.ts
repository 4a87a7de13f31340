import { describe, expect, test } from 'vitest'
import {
  bytes32,
  domain,
  input,
  lie,
  manifest,
  nodeKey,
  receipt,
  request,
  response,
  strangerKey,
  upstreamRequest,
} from '../../test/fixture.js'
import type { Hex } from '../hex.js'
import { canonicalize } from '../json/canonical-json.js'
import type { JsonValue } from '../json/json-value.js'
import { parseStrictJson } from '../json/strict-json.js'
import { hashCheckpoint } from '../log/checkpoint.js'
import { createLog } from '../log/log.js'
import { nodeIdOf } from '../manifest/key-manifest.js'
import { hashOffer } from '../offer/offer.js'
import type { CheckStep } from '../receipt/check-step.js'
import { hashReceipt } from '../receipt/receipt.js'
import { signDigest } from '../receipt/signature.js'
import { encodeReceiptBundle, parseReceiptBundle, type ReceiptBundle } from './receipt-bundle.js'
import { type AnchorQuery, type VerifyReceiptOptions, verifyReceipt } from './verify-receipt.js'

function inclusionOf(digest: Hex, key: Hex = nodeKey): NonNullable<ReceiptBundle['inclusion']> {
  const log = createLog([bytes32(0xb0), bytes32(0xb1), digest, bytes32(0xb3), bytes32(0xb4)])
  const checkpoint = { seq: 3n, size: 5n, root: log.root(), uri: 'https://node.example/v1/log/entries' }
  const checkpointSignature = signDigest(hashCheckpoint({ logId: manifest.logId, ...checkpoint }, domain), key)
  return { ...checkpoint, index: 2n, proof: log.inclusionProof(2), checkpointSignature }
}

const bundle: ReceiptBundle = {
  version: 'og-receipt-1',
  endpoint: 'chat.completions',
  receipt,
  terms: input.terms,
  signature: input.signature,
  salts: input.salts,
  offer: input.offer,
  offerSignature: input.offerSignature,
  manifest,
  chain: domain,
  attestation: { quote: '0x0400', collateral: { tcb_info: '{"x":1}', n: [1, 2.5] }, nonce: bytes32(0x99) },
  payment: { x402Version: 2, payload: { signature: '0x12' } },
  inclusion: inclusionOf(hashReceipt(receipt, domain)),
  settlement: { transaction: bytes32(0x55), blockNumber: 123n },
}

/** Everything given: nothing is left unchecked. */
const complete: VerifyReceiptOptions = {
  request,
  response,
  upstreamRequest,
  expected: input.expected,
  now: receipt.finishedAt + 60n,
  verifyAttestation: async () => ({ ok: true, steps: [{ name: 'quote signature', ok: true }] }),
  verifyPayment: async () => ({ ok: true }),
  // The chain knows one checkpoint.
  readAnchor: async ({ checkpoint: { seq, size, root, uri } = {} }) =>
    [seq === 3n, size === 5n, root === bundle.inclusion?.root, uri === bundle.inclusion?.uri].every(Boolean)
      ? { ok: true, anchoredAt: 1_750_000_400n, detail: 'final' }
      : { ok: false, code: 'NOT_ANCHORED', detail: 'another checkpoint stands on chain' },
}

function paths(json: JsonValue, path: readonly string[] = []): string[][] {
  if (typeof json !== 'object' || json === null) return [[...path]]
  return [
    ...(path.length > 0 ? [[...path]] : []),
    ...Object.entries(json).flatMap(([key, value]) => paths(value, [...path, key])),
  ]
}

/** A copy with the value at the path replaced, or left out. */
function replaceAt(
  json: JsonValue,
  path: readonly string[],
  change: (old: JsonValue) => JsonValue | undefined,
): JsonValue {
  const [key, ...rest] = path
  if (key === undefined || typeof json !== 'object' || json === null) return change(json) ?? null
  const entries = Object.entries(json).flatMap(([name, value]): [string, JsonValue][] => {
    if (name !== key) return [[name, value]]
    const replaced = rest.length === 0 ? change(value) : replaceAt(value, rest, change)
    return replaced === undefined ? [] : [[name, replaced]]
  })
  return Array.isArray(json) ? entries.map(([, value]) => value) : Object.fromEntries(entries)
}

/** A well-formed value of the same type that is not the same. */
function tampered(value: JsonValue): JsonValue {
  if (typeof value === 'number') return value === 0 ? 1 : value - 1
  if (typeof value !== 'string') return value
  if (/^\d+$/.test(value)) return (BigInt(value) + 1n).toString()
  if (/^0x[0-9a-fA-F]{40}$/.test(value)) return `0x${'1f'.repeat(20)}`
  if (value.startsWith('0x')) return `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`
  return `${value}x`
}

describe('parseReceiptBundle', () => {
  const json = encodeReceiptBundle(bundle)

  test('default: round trip over text', () => {
    expect(parseReceiptBundle(parseStrictJson(canonicalize(json)))).toEqual(bundle)
    const { attestation: _a, payment: _p, inclusion: _i, settlement: _s, ...bare } = bundle
    expect(parseReceiptBundle(encodeReceiptBundle(bare))).toEqual(bare)
  })

  const optional = ['attestation', 'payment', 'inclusion', 'settlement']
  const strict = paths(json).filter(([top, second]) => top !== 'payment' && second !== 'collateral')

  test.each(strict.map((path) => [path.join('.'), path] as const))(
    'error: %s missing, null, or of another type',
    (_name, path) => {
      const isOptional = path.length === 1 && optional.includes(path[0] ?? '')
      const isElement = /^\d+$/.test(path.at(-1) ?? '')
      if (!isOptional && !isElement) {
        expect(() => parseReceiptBundle(replaceAt(json, path, () => undefined))).toThrow(
          expect.objectContaining({ code: 'MISSING_FIELD' }),
        )
      }
      for (const bad of [true, 1.5, '\ud800', ...(path.join('.') === 'manifest.sealing' ? [] : [null])]) {
        expect(() => parseReceiptBundle(replaceAt(json, path, () => bad))).toThrow(
          expect.objectContaining({ name: 'SettlementError' }),
        )
      }
    },
  )

  test.each<[string, readonly string[], JsonValue]>([
    ['UNSUPPORTED_VERSION', ['version'], 'og-receipt-2'],
    ['INVALID_FIELD', ['endpoint'], 'audio'],
    ['INVALID_FIELD', ['attestation', 'quote'], `0x${'00'.repeat(65_537)}`],
    ['LIMIT_EXCEEDED', ['inclusion', 'proof'], Array.from({ length: 65 }, () => bytes32(0))],
    ['INVALID_FIELD', ['inclusion', 'uri'], 'x'.repeat(2049)],
    ['INVALID_FIELD', ['signature'], `0x${'00'.repeat(66)}`],
    ['INVALID_FIELD', ['payment'], []],
    ['INVALID_FIELD', ['attestation', 'collateral'], 'x'],
  ])('error: %s at %j', (code, path, value) => {
    expect(() => parseReceiptBundle(replaceAt(json, path, () => value))).toThrow(expect.objectContaining({ code }))
  })

  test('error: UNKNOWN_FIELD at every level', () => {
    const objects = [[], ...strict].filter((path) => {
      const value = path.reduce<JsonValue | undefined>(
        (at, key) => (at === undefined ? at : Reflect.get(Object(at), key)),
        json,
      )
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    })
    expect(objects.length).toBeGreaterThan(12)
    for (const path of objects) {
      const more =
        path.length === 0 ? { ...json, more: 1 } : replaceAt(json, path, (old) => ({ ...Object(old), more: 1 }))
      expect(() => parseReceiptBundle(more), path.join('.')).toThrow(expect.objectContaining({ code: 'UNKNOWN_FIELD' }))
    }
  })

  test('error: NOT_JSON inside the free parts', () => {
    expect(() => parseReceiptBundle({ ...json, payment: { at: new Date(0) } })).toThrow(
      expect.objectContaining({ code: 'NOT_JSON' }),
    )
  })
})

describe('verifyReceipt', () => {
  test('default: with everything given, nothing is left unchecked', async () => {
    const verdict = await verifyReceipt(bundle, complete)
    expect(verdict).toMatchObject({ ok: true, notChecked: [] })
    expect(verdict.steps.slice(31)).toEqual([
      { name: 'inclusion', ok: true },
      { name: 'anchor', ok: true, detail: 'final' },
      { name: 'checkpoint signature', ok: true },
      { name: 'clock', ok: true },
      { name: 'attestation: quote signature', ok: true },
      { name: 'attestation', ok: true },
      { name: 'payment', ok: true },
    ])
  })

  test('behavior: each check is told as it ends, before what comes after it is looked at', async () => {
    const heard: CheckStep[] = []
    let heardBeforeAnchor: readonly CheckStep[] = []
    const verdict = await verifyReceipt(bundle, {
      ...complete,
      onStep: (step) => heard.push(step),
      readAnchor: async (query) => {
        heardBeforeAnchor = [...heard]
        return complete.readAnchor?.(query) ?? { ok: false, code: 'NONE', detail: 'none' }
      },
    })
    expect(verdict.ok).toBe(true)
    expect(heard).toEqual(verdict.steps)
    expect(heardBeforeAnchor).toEqual(verdict.steps.slice(0, 32))
  })

  test('behavior: offline it says what it did not check', async () => {
    const verdict = await verifyReceipt(bundle)
    expect(verdict.ok).toBe(true)
    expect(verdict.notChecked).toEqual([
      'payment hash',
      'attempt',
      'request',
      'response',
      'upstream request',
      'payer',
      'authorized amount',
      'anchor: whether the record stands on chain',
      'clock',
      'attestation',
      'time: finishedAt is the word of the node',
      'payment: that the payer signed it, and that it was taken',
    ])
  })

  // What nobody signed or what only the functions given could judge.
  const unsigned = ['version', 'endpoint', 'attestation', 'payment', 'settlement']
  const signed = paths(encodeReceiptBundle(bundle)).filter(([top]) => !unsigned.includes(top ?? ''))
  test('error: every signed value tampered with', async () => {
    const json = encodeReceiptBundle(bundle)
    let count = 0
    for (const path of signed) {
      let changed: ReceiptBundle
      try {
        const copy = replaceAt(json, path, tampered)
        if (canonicalize(copy) === canonicalize(json)) continue
        changed = parseReceiptBundle(copy)
      } catch (error) {
        expect(error).toHaveProperty('name', 'SettlementError')
        continue
      }
      count += 1
      const verdict = await verifyReceipt(changed, complete)
      expect.soft(verdict.ok, path.join('.')).toBe(false)
    }
    expect(count).toBeGreaterThan(70)
  })

  test('behavior: the quote is judged as of the anchoring block, else as of finishedAt', async () => {
    const times: bigint[] = []
    const verifyAttestation: VerifyReceiptOptions['verifyAttestation'] = async (attestation, of, at) => {
      expect(attestation).toEqual(bundle.attestation)
      expect(nodeIdOf(of)).toBe(receipt.nodeId)
      times.push(at)
      return { ok: true }
    }
    await verifyReceipt(bundle, { ...complete, verifyAttestation })
    await verifyReceipt(bundle, { verifyAttestation })
    expect(times).toEqual([1_750_000_400n, receipt.finishedAt])
  })

  test('behavior: the anchor is asked for this receipt and this checkpoint', async () => {
    const queries: AnchorQuery[] = []
    const readAnchor: VerifyReceiptOptions['readAnchor'] = async (query) => {
      queries.push(query)
      return { ok: true, anchoredAt: 1n }
    }
    await verifyReceipt(bundle, { readAnchor })
    const { inclusion: _i, settlement: _s, ...bare } = bundle
    const verdict = await verifyReceipt(bare, { readAnchor })
    expect(verdict.notChecked).toContain('inclusion')
    const digest = hashReceipt(receipt, domain)
    const { seq = 0n, size = 0n, root = '0x', uri = '' } = bundle.inclusion ?? {}
    expect(queries).toEqual([
      {
        chain: domain,
        receipt,
        digest,
        checkpoint: { logId: manifest.logId, seq, size, root, uri },
        settlement: bundle.settlement,
      },
      { chain: domain, receipt, digest },
    ])
  })

  test.each<[string, Partial<ReceiptBundle>, VerifyReceiptOptions]>([
    ['ANCHOR_MISSING', {}, { readAnchor: async () => ({ ok: false, code: 'ANCHOR_MISSING', detail: 'no event' }) }],
    ['QUOTE', {}, { verifyAttestation: async () => ({ ok: false, code: 'QUOTE', detail: 'bad' }) }],
    [
      'TCB',
      {},
      {
        verifyAttestation: async () => ({
          ok: false,
          code: 'QUOTE',
          detail: 'bad',
          steps: [{ name: 'tcb', ok: false, code: 'TCB', detail: 'old' }],
        }),
      },
    ],
    ['PAYMENT', {}, { verifyPayment: async () => ({ ok: false, code: 'PAYMENT', detail: 'bad' }) }],
    ['IN_THE_FUTURE', {}, { now: receipt.finishedAt - 121n }],
    ['CHECKPOINT_SIGNATURE', { inclusion: inclusionOf(hashReceipt(receipt, domain), strangerKey) }, {}],
    ['NOT_INCLUDED', { inclusion: inclusionOf(bytes32(0xb2)) }, {}],
    ['REQUEST_COMMITMENT', {}, { request: { ...request, seed: 1 } }],
    ['RESPONSE_COMMITMENT', {}, { response: { ...response, model: 'other' } }],
    ['RESPONSE_COMMITMENT', { endpoint: 'completions' }, { response }],
    ['PAYER', {}, { expected: { payer: '0x4444444444444444444444444444444444444444' } }],
  ])('error: %s %#', async (code, change, options) => {
    expect(await verifyReceipt({ ...bundle, ...change }, options)).toMatchObject({ ok: false, code })
  })

  test('behavior: another node may have signed the checkpoint when the chain confirms it', async () => {
    const inclusion = inclusionOf(hashReceipt(receipt, domain), strangerKey)
    expect(await verifyReceipt({ ...bundle, inclusion }, complete)).toMatchObject({ ok: true })
    const garbled = { ...inclusion, checkpointSignature: '0x' as const }
    expect(await verifyReceipt({ ...bundle, inclusion: garbled }, complete)).toMatchObject({
      code: 'CHECKPOINT_SIGNATURE',
    })
  })

  test('error: ATTESTATION_MISSING in TEE mode only', async () => {
    const { attestation: _a, ...bare } = bundle
    expect(await verifyReceipt(bare, complete)).toMatchObject({ ok: false, code: 'ATTESTATION_MISSING' })
    const vanilla = { ...manifest, mode: 'VANILLA' as const }
    const nodeId = nodeIdOf(vanilla)
    const offer = { ...input.offer, nodeId }
    const {
      receipt: vanillaReceipt,
      terms,
      signature,
    } = lie({
      receipt: { mode: 0, nodeId },
      terms: { offerHash: hashOffer(offer, domain) },
    })
    const { inclusion: _i, ...rest } = bare
    const verdict = await verifyReceipt({
      ...rest,
      receipt: vanillaReceipt,
      terms,
      signature,
      manifest: vanilla,
      offer,
      offerSignature: signDigest(hashOffer(offer, domain), nodeKey),
    })
    expect(verdict.ok).toBe(true)
    expect(verdict.notChecked).toContain('attestation: a VANILLA node has none')
  })

  test('behavior: a broken bundle gives a verdict, not an exception', async () => {
    const broken = { ...bundle, receipt: { ...receipt, nodeId: '0x' as const } }
    expect(await verifyReceipt(broken, complete)).toMatchObject({ ok: false, code: 'RECEIPT_SIGNATURE' })
  })
})
