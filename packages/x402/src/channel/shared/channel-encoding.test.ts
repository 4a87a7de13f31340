import { batchSettlementAbi } from '@og/devchain'
import {
  claimBatchTypes,
  isBatchSettlementClaimPayload,
  isBatchSettlementDepositPayload,
  isBatchSettlementEnrichedRefundPayload,
  isBatchSettlementRefundPayload,
  isBatchSettlementSettlePayload,
  isBatchSettlementVoucherPayload,
  refundTypes,
  voucherTypes,
} from '@x402/evm'
import { computeChannelId } from '@x402/evm/batch-settlement/client'
import fc from 'fast-check'
import { concat, encodeAbiParameters, encodeFunctionData, hashTypedData, keccak256, toHex } from 'viem'
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../address.js'
import type { TypedData } from '../../evm/signer.js'
import type { Hex } from '../../hex.js'
import {
  claimCalldata,
  decodeBytesArray,
  depositCalldata,
  finalizeWithdrawCalldata,
  initiateWithdrawCalldata,
  multicallData,
  refundCalldata,
  settleCalldata,
} from './channel-calldata.js'
import type { ChannelConfig } from './channel-config.js'
import {
  BATCH_SETTLEMENT_ADDRESS,
  ERC3009_DEPOSIT_COLLECTOR_ADDRESS,
  MAX_UINT128,
  PERMIT2_DEPOSIT_COLLECTOR_ADDRESS,
} from './channel-contracts.js'
import {
  type ChannelPayload,
  encodeChannelPayload,
  parseChannelPayload,
  type SignedDeposit,
} from './channel-payload.js'
import type { ChannelTerms } from './channel-terms.js'
import {
  channelDomainSeparator,
  channelIdOf,
  channelPaymentHash,
  claimBatchTypedData,
  depositNonce,
  depositTypedData,
  hashClaimBatch,
  hashDeposit,
  hashRefund,
  hashVoucher,
  refundTypedData,
  voucherTypedData,
} from './channel-typed-data.js'
import { createIdTest } from './verify-voucher.js'

const CONFIG_MEMBERS = [
  'payer',
  'payerAuthorizer',
  'receiver',
  'receiverAuthorizer',
  'token',
  'withdrawDelay',
  'salt',
] as const

const hex = (length: number): fc.Arbitrary<Hex> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => toHex(bytes))
const address = hex(20).map(parseAddress)
const uint = (bits: number): fc.Arbitrary<bigint> => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n })
const config: fc.Arbitrary<ChannelConfig> = fc.record({
  payer: address,
  payerAuthorizer: address,
  receiver: address,
  receiverAuthorizer: address,
  token: address,
  withdrawDelay: fc.integer({ min: 900, max: 2_592_000 }),
  salt: hex(32),
})
const chainId = fc.integer({ min: 1, max: 2 ** 31 })
const claim = fc.record({ config, maxClaimableAmount: uint(128), signature: hex(65), totalClaimed: uint(128) })
const deposit: fc.Arbitrary<SignedDeposit> = fc.oneof(
  fc
    .record({
      amount: uint(128),
      from: address,
      validAfter: uint(40),
      validBefore: uint(40),
      channelId: hex(32),
      salt: hex(32),
    })
    .chain(({ amount, ...rest }) =>
      hex(65).map((signature) => ({
        amount,
        authorization: { method: 'eip3009' as const, value: amount, ...rest },
        signature,
        spender: undefined,
      })),
    ),
  fc
    .record({
      amount: uint(128),
      from: address,
      token: address,
      nonce: uint(256),
      validBefore: uint(40),
      channelId: hex(32),
    })
    .chain(({ amount, ...rest }) =>
      fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => ({
        amount,
        authorization: { method: 'permit2' as const, value: amount, ...rest },
        signature: toHex(bytes),
        spender: parseAddress(PERMIT2_DEPOSIT_COLLECTOR_ADDRESS),
      })),
    ),
)

const viemHash = (data: TypedData): Hex => hashTypedData(data as Parameters<typeof hashTypedData>[0])
const domainOf = (chain: number) => ({
  name: 'x402 Batch Settlement',
  version: '1',
  chainId: chain,
  verifyingContract: BATCH_SETTLEMENT_ADDRESS,
})
const runs = { numRuns: 250 }

describe('digests', () => {
  test('behavior: channel ids equal the official ones', () => {
    fc.assert(
      fc.property(config, chainId, (value, chain) => {
        expect(channelIdOf(value, BigInt(chain))).toBe(computeChannelId(value, chain))
      }),
      runs,
    )
  })

  test('error: #58 what is remembered of a channel never makes an id of another configuration or chain', () => {
    const isIdOf = createIdTest(undefined)
    const terms = (chainId: bigint) => ({ chainId, domainSeparator: channelDomainSeparator(chainId) }) as ChannelTerms
    fc.assert(
      fc.property(config, config, fc.constantFrom(...CONFIG_MEMBERS), (mine, other, member) => {
        const id = channelIdOf(mine, 84532n)
        expect(isIdOf(id, mine, terms(84532n))).toBe(true)
        expect(isIdOf(id, { ...mine }, terms(84532n))).toBe(true)
        expect(isIdOf(id, mine, terms(8453n))).toBe(false)
        const altered = { ...mine, [member]: other[member] }
        expect(isIdOf(id, altered, terms(84532n))).toBe(mine[member] === other[member])
      }),
      { numRuns: 100 },
    )
  })

  test('behavior: voucher, refund and claim batch equal viem with the official types', () => {
    fc.assert(
      fc.property(
        fc.record({ channelId: hex(32), maxClaimableAmount: uint(128), totalClaimed: uint(128), nonce: uint(256) }),
        fc.array(fc.record({ channelId: hex(32), maxClaimableAmount: uint(128), totalClaimed: uint(128) }), {
          maxLength: 4,
        }),
        chainId,
        ({ channelId, maxClaimableAmount, totalClaimed: amount, nonce }, claims, chain) => {
          const domain = domainOf(chain)
          const id = BigInt(chain)
          const voucher = { channelId, maxClaimableAmount }
          expect(hashVoucher(voucher, id)).toBe(
            hashTypedData({ domain, types: voucherTypes, primaryType: 'Voucher', message: voucher }),
          )
          const refund = { channelId, nonce, amount }
          expect(hashRefund(refund, id)).toBe(
            hashTypedData({ domain, types: refundTypes, primaryType: 'Refund', message: refund }),
          )
          expect(hashClaimBatch(claims, id)).toBe(
            hashTypedData({ domain, types: claimBatchTypes, primaryType: 'ClaimBatch', message: { claims } }),
          )
          // What wallets are asked to sign is the same.
          expect(viemHash(voucherTypedData(voucher, id))).toBe(hashVoucher(voucher, id))
          expect(viemHash(refundTypedData(refund, id))).toBe(hashRefund(refund, id))
          expect(viemHash(claimBatchTypedData(claims, id))).toBe(hashClaimBatch(claims, id))
        },
      ),
      runs,
    )
  })

  test('behavior: deposits of both kinds equal viem', () => {
    fc.assert(
      fc.property(deposit, chainId, address, ({ authorization }, chain, token) => {
        const domain = { name: 'USDC', version: '2', chainId: BigInt(chain), verifyingContract: token }
        expect(hashDeposit(authorization, domain)).toBe(viemHash(depositTypedData(authorization, domain)))
      }),
      runs,
    )
  })

  test('behavior: the payment hash is keccak256(voucher digest ‖ uint128 chargedBefore)', () => {
    const voucher = { channelId: toHex(7n, { size: 32 }), maxClaimableAmount: 5_000n }
    expect(channelPaymentHash(voucher, { chainId: 84532n, chargedBefore: 4_000n })).toBe(
      keccak256(concat([hashVoucher(voucher, 84532n), toHex(4_000n, { size: 16 })])),
    )
  })

  test('behavior: the deposit nonce is abi.encode(channelId, salt), hashed', () => {
    const [channelId, salt] = [toHex(1n, { size: 32 }), toHex(2n, { size: 32 })]
    expect(depositNonce(channelId, salt)).toBe(
      keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [channelId, BigInt(salt)])),
    )
  })
})

describe('calldata', () => {
  const claimArgs = (
    claims: readonly { config: ChannelConfig; maxClaimableAmount: bigint; signature: Hex; totalClaimed: bigint }[],
  ) =>
    claims.map((item) => ({
      voucher: { channel: item.config, maxClaimableAmount: item.maxClaimableAmount },
      signature: item.signature,
      totalClaimed: item.totalClaimed,
    }))

  test('behavior: equals viem for every function', () => {
    const abi = batchSettlementAbi
    fc.assert(
      fc.property(
        fc.record({
          config,
          deposit,
          claims: fc.array(claim, { minLength: 1, maxLength: 4 }),
          signature: hex(65),
          amount: uint(128),
          nonce: uint(256),
        }),
        ({ config: c, deposit: d, claims, signature, amount, nonce }) => {
          const a = d.authorization
          const data =
            a.method === 'eip3009'
              ? encodeAbiParameters(
                  [{ type: 'uint256' }, { type: 'uint256' }, { type: 'uint256' }, { type: 'bytes' }],
                  [a.validAfter, a.validBefore, BigInt(a.salt), d.signature],
                )
              : encodeAbiParameters(
                  [{ type: 'uint256' }, { type: 'uint256' }, { type: 'bytes' }, { type: 'bytes' }],
                  [a.nonce, a.validBefore, d.signature, '0x'],
                )
          const collector =
            a.method === 'eip3009' ? ERC3009_DEPOSIT_COLLECTOR_ADDRESS : PERMIT2_DEPOSIT_COLLECTOR_ADDRESS
          expect(depositCalldata(c, d)).toBe(
            encodeFunctionData({ abi, functionName: 'deposit', args: [c, d.amount, collector, data] }),
          )
          const claimed = encodeFunctionData({
            abi,
            functionName: 'claimWithSignature',
            args: [claimArgs(claims), signature],
          })
          expect(claimCalldata(claims, signature)).toBe(claimed)
          const refunded = encodeFunctionData({
            abi,
            functionName: 'refundWithSignature',
            args: [c, amount, nonce, signature],
          })
          expect(refundCalldata(c, { amount, nonce, signature })).toBe(refunded)
          expect(settleCalldata(c)).toBe(
            encodeFunctionData({ abi, functionName: 'settle', args: [c.receiver, c.token] }),
          )
          expect(initiateWithdrawCalldata(c, amount)).toBe(
            encodeFunctionData({ abi, functionName: 'initiateWithdraw', args: [c, amount] }),
          )
          expect(finalizeWithdrawCalldata(c)).toBe(
            encodeFunctionData({ abi, functionName: 'finalizeWithdraw', args: [c] }),
          )
          expect(multicallData([claimed, refunded])).toBe(
            encodeFunctionData({ abi, functionName: 'multicall', args: [[claimed, refunded]] }),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  test('behavior: bytes[] is read back, and nothing else is', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.uint8Array({ maxLength: 100 }).map((bytes) => toHex(bytes)),
          { maxLength: 5 },
        ),
        (items) => {
          const data = encodeAbiParameters([{ type: 'bytes[]' }], [items])
          expect(decodeBytesArray(data)).toEqual(items)
          for (const length of [0, 32, 63])
            expect(decodeBytesArray(`0x${data.slice(2, 2 + length * 2)}`)).toBeUndefined()
        },
      ),
      { numRuns: 60 },
    )
    expect(decodeBytesArray(`0x${'ff'.repeat(96)}`)).toBeUndefined()
  })
})

describe('parseChannelPayload', () => {
  const sample = fc.sample(fc.record({ config, claim, deposit, signature: hex(65) }), { numRuns: 1, seed: 7 })[0]
  if (sample === undefined) throw new Error('no sample')
  const channelId = channelIdOf(sample.config, 84532n)
  const voucher = { channelId, maxClaimableAmount: 5_000n, signature: sample.signature }
  const receive: SignedDeposit = {
    amount: 10_000n,
    authorization: {
      method: 'eip3009',
      from: sample.config.payer,
      value: 10_000n,
      validAfter: 0n,
      validBefore: 1_900_000_000n,
      channelId,
      salt: toHex(9n, { size: 32 }),
    },
    signature: sample.signature,
    spender: undefined,
  }
  const order = { nonce: 3n, claims: [sample.claim], refundSignature: sample.signature, claimSignature: undefined }
  const shapes: readonly [string, ChannelPayload, (payload: unknown) => boolean][] = [
    [
      'voucher',
      { type: 'voucher', config: sample.config, voucher, callId: toHex(5n, { size: 32 }) },
      isBatchSettlementVoucherPayload,
    ],
    ['deposit', { type: 'deposit', config: sample.config, voucher, deposit: receive }, isBatchSettlementDepositPayload],
    [
      'refund',
      { type: 'refund', config: sample.config, voucher, amount: 12n, order: undefined },
      isBatchSettlementRefundPayload,
    ],
    [
      'ordered refund',
      { type: 'refund', config: sample.config, voucher, amount: 12n, order },
      isBatchSettlementEnrichedRefundPayload,
    ],
    ['claim', { type: 'claim', claims: [sample.claim], claimSignature: undefined }, isBatchSettlementClaimPayload],
    [
      'settle',
      { type: 'settle', receiver: sample.config.receiver, token: sample.config.token },
      isBatchSettlementSettlePayload,
    ],
  ]

  test.each(shapes)('behavior: %s is read back, and official peers know it', (_, payload, isOfficial) => {
    const wire = encodeChannelPayload(payload)
    expect(parseChannelPayload(wire)).toEqual(payload)
    expect(isOfficial(wire)).toBe(true)
  })

  test.each(shapes)('error: %s with any member gone or mistyped', (_, payload) => {
    const wire = encodeChannelPayload(payload)
    for (const key of Object.keys(wire)) {
      if (['amount', 'callId', 'refundAuthorizerSignature', 'refundNonce'].includes(key) && payload.type !== 'deposit')
        continue
      const { [key]: _gone, ...rest } = wire
      const optional = payload.type === 'refund' && key === 'claims'
      if (!optional) expect(() => parseChannelPayload(rest), key).toThrow()
      expect(() => parseChannelPayload({ ...wire, [key]: 5 }), key).toThrow()
    }
  })

  test('#50 amounts above uint128 are refused', () => {
    const wire = encodeChannelPayload({ type: 'voucher', config: sample.config, voucher })
    for (const amount of [(MAX_UINT128 + 1n).toString(), '-1', '01', '1e3', '0x10', '', ' 1', '1.0']) {
      expect(() =>
        parseChannelPayload({ ...wire, voucher: { ...(wire['voucher'] as object), maxClaimableAmount: amount } }),
      ).toThrow()
    }
  })

  test('error: a deposit with both authorizations, or none', () => {
    const wire = encodeChannelPayload({ type: 'deposit', config: sample.config, voucher, deposit: receive })
    for (const authorization of [{}, { erc3009Authorization: {}, permit2Authorization: {} }]) {
      expect(() => parseChannelPayload({ ...wire, deposit: { amount: '1', authorization } })).toThrow()
    }
  })
})
