import { fc, test as property } from '@fast-check/vitest'
import { hashStruct, hashTypedData, type TypedDataDomain } from 'viem'
import { describe, expect, test } from 'vitest'
import type { Hex } from '../hex.js'
import { hashCheckpoint } from '../log/checkpoint.js'
import { hashSealingKey } from '../manifest/sealing-key.js'
import { hashOffer } from '../offer/offer.js'
import { hashReceipt } from '../receipt/receipt.js'
import { hashTerms } from '../receipt/terms.js'
import type { ReceiptDomain } from './domain.js'
import { defineStruct } from './struct.js'

/** The struct texts of the specification, written out again: what viem is asked to encode. */
const types = {
  Receipt:
    'bytes32 nodeId,bytes32 logId,bytes32 paymentHash,uint32 attempt,bytes32 requestCommitment,bytes32 responseCommitment,bytes32 termsHash,uint8 mode,uint8 settlement,uint64 finishedAt,uint64 settleBy',
  Terms:
    'bytes32 salt,address payer,string scheme,uint256 paymentChainId,address asset,address payTo,uint256 authorized,uint256 charged,bytes32 offerHash,string modelRequested,string modelAnswered,string upstream,bytes32 upstreamRequestCommitment,uint64 promptTokens,uint64 cachedPromptTokens,uint64 completionTokens,uint64 reasoningTokens,uint8 usageSource,uint8 outcome,uint64 receivedAt',
  Offer:
    'bytes32 nodeId,string model,uint256 paymentChainId,address asset,uint8 decimals,address payTo,uint256 inputPrice,uint256 cachedInputPrice,uint256 outputPrice,uint256 reasoningPrice,uint256 surchargeSettle,uint256 surchargeMetadata,uint256 surchargeBatch,uint8 settlementModes,uint32 maxMetadataBytes,uint64 notBefore,uint64 notAfter',
  SealingKey: 'bytes32 nodeId,bytes32 publicKey,uint64 notBefore,uint64 notAfter',
  Checkpoint: 'bytes32 logId,uint64 seq,uint64 size,bytes32 root,string uri',
}

function fieldsOf(text: string): { readonly name: string; readonly type: string }[] {
  return text.split(',').map((field) => {
    const [type = '', name = ''] = field.split(' ')
    return { name, type }
  })
}

const hex = (bytes: number): fc.Arbitrary<Hex> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value): Hex => `0x${Buffer.from(value).toString('hex')}`)
const big = (bits: bigint): fc.Arbitrary<bigint> =>
  fc.oneof(fc.constantFrom(0n, 1n, 2n ** bits - 1n), fc.bigInt({ min: 0n, max: 2n ** bits - 1n }))

const arbitraryOf: Record<string, fc.Arbitrary<unknown>> = {
  bytes32: hex(32),
  address: hex(20),
  string: fc.string({ unit: 'grapheme' }),
  uint8: fc.integer({ min: 0, max: 255 }),
  uint32: fc.oneof(fc.constant(0xffff_ffff), fc.integer({ min: 0, max: 0xffff_ffff })),
  uint64: big(64n),
  uint256: big(256n),
}

function messageOf<T>(text: string): fc.Arbitrary<T> {
  const fields = fieldsOf(text).map(({ name, type }) => [name, arbitraryOf[type] ?? fc.constant(undefined)])
  return fc.record(Object.fromEntries(fields)) as fc.Arbitrary<T>
}

const domains: fc.Arbitrary<ReceiptDomain> = fc.record({ chainId: big(64n), verifyingContract: hex(20) })

function viemDigest(
  message: object,
  { domain, name, type }: { domain: ReceiptDomain; name: string; type: keyof typeof types },
): Hex {
  // viem types a chain id as a number too; it encodes a bigint as it is.
  const typedDomain: TypedDataDomain = { ...domain, name, version: '1' }
  return hashTypedData({
    domain: typedDomain,
    types: { [type]: fieldsOf(types[type]) },
    primaryType: type,
    message: { ...message },
  })
}

describe('EIP-712 digests equal those of viem', () => {
  property.prop([messageOf<Parameters<typeof hashReceipt>[0]>(types.Receipt), domains])(
    'hashReceipt',
    (message, domain) => {
      expect(hashReceipt(message, domain)).toBe(
        viemDigest(message, { domain, name: 'OpenGradient Inference', type: 'Receipt' }),
      )
    },
  )

  property.prop([messageOf<Parameters<typeof hashTerms>[0]>(types.Terms)])('hashTerms', (message) => {
    const expected = hashStruct({
      types: { Terms: fieldsOf(types.Terms) },
      primaryType: 'Terms',
      data: { ...message },
    })
    expect(hashTerms(message)).toBe(expected)
  })

  property.prop([messageOf<Parameters<typeof hashOffer>[0]>(types.Offer), domains])('hashOffer', (message, domain) => {
    expect(hashOffer(message, domain)).toBe(viemDigest(message, { domain, name: 'OpenGradient Offer', type: 'Offer' }))
  })

  property.prop([messageOf<Parameters<typeof hashSealingKey>[0]>(types.SealingKey), domains])(
    'hashSealingKey',
    (message, domain) => {
      expect(hashSealingKey(message, domain)).toBe(
        viemDigest(message, { domain, name: 'OpenGradient Sealing Key', type: 'SealingKey' }),
      )
    },
  )

  property.prop([messageOf<Parameters<typeof hashCheckpoint>[0]>(types.Checkpoint), domains])(
    'hashCheckpoint',
    (message, domain) => {
      expect(hashCheckpoint(message, domain)).toBe(
        viemDigest(message, { domain, name: 'OpenGradient Inference', type: 'Checkpoint' }),
      )
    },
  )
})

describe('defineStruct', () => {
  const struct = defineStruct('Node', [
    ['id', 'bytes32'],
    ['owner', 'address'],
    ['name', 'string'],
    ['mode', 'uint8'],
    ['limit', 'uint32'],
    ['until', 'uint64'],
    ['amount', 'uint256'],
  ])
  const message = {
    id: `0x${'11'.repeat(32)}`,
    owner: `0x${'22'.repeat(20)}`,
    name: 'n',
    mode: 1,
    limit: 2,
    until: 3n,
    amount: 4n,
  } as const

  test('default', () => {
    expect(struct.type).toBe(
      'Node(bytes32 id,address owner,string name,uint8 mode,uint32 limit,uint64 until,uint256 amount)',
    )
    expect(struct.hash(message)).toHaveLength(32)
  })

  test.each([
    ['INVALID_HEX', { id: '0x11' }],
    ['INVALID_HEX', { id: `0x${'1g'.repeat(32)}` }],
    ['INVALID_HEX', { owner: `0x${'22'.repeat(32)}` }],
    ['INVALID_HEX', { owner: undefined }],
    ['INVALID_FIELD', { name: '\ud800' }],
    ['INVALID_FIELD', { name: undefined }],
    ['OUT_OF_RANGE', { mode: 256 }],
    ['OUT_OF_RANGE', { mode: -1 }],
    ['OUT_OF_RANGE', { mode: 1.5 }],
    ['OUT_OF_RANGE', { limit: 2 ** 32 }],
    ['OUT_OF_RANGE', { until: 2n ** 64n }],
    ['OUT_OF_RANGE', { until: -1n }],
    ['OUT_OF_RANGE', { until: 3 }],
    ['OUT_OF_RANGE', { amount: 2n ** 256n }],
  ])('error: %s: %o', (code, change) => {
    expect(() => struct.hash(Object.assign({}, message, change))).toThrow(expect.objectContaining({ code }))
  })
})
