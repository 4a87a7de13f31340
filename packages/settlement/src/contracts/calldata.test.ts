import fc from 'fast-check'
import { decodeFunctionData } from 'viem'
import { describe, expect, test } from 'vitest'
import type { Hex } from '../hex.js'
import {
  isSettleCalldata,
  mergeSettleCalldata,
  revokeNodeCalldata,
  type SignedReceipt,
  settleCalldata,
} from './calldata.js'
import { inferenceLogAbi } from './generated/inference-log.js'

const bytes32 = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes): Hex => `0x${Buffer.from(bytes).toString('hex')}`)
const uint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
const item: fc.Arbitrary<SignedReceipt> = fc.record({
  receipt: fc.record({
    nodeId: bytes32,
    logId: bytes32,
    paymentHash: bytes32,
    attempt: fc.nat(),
    requestCommitment: bytes32,
    responseCommitment: bytes32,
    termsHash: bytes32,
    mode: fc.constantFrom(0, 1),
    settlement: fc.constant(0),
    finishedAt: uint64,
    settleBy: uint64,
  }),
  signature: fc
    .uint8Array({ minLength: 65, maxLength: 65 })
    .map((bytes): Hex => `0x${Buffer.from(bytes).toString('hex')}`),
})

describe('mergeSettleCalldata', () => {
  test('behavior: any split of a list into calls is one call of the list', () => {
    fc.assert(
      fc.property(fc.array(fc.array(item, { maxLength: 4 }), { maxLength: 6 }), (calls) => {
        expect(mergeSettleCalldata(calls.map((items) => settleCalldata(items)))).toBe(settleCalldata(calls.flat()))
      }),
      { numRuns: 50 },
    )
  })

  test('default: the merged call is a call of settle', () => {
    const [one, other] = fc.sample(item, 2)
    if (one === undefined || other === undefined) throw new Error('two items')
    const merged = mergeSettleCalldata([settleCalldata([one]), settleCalldata([other])])
    expect(isSettleCalldata(merged)).toBe(true)
    const { functionName, args } = decodeFunctionData({ abi: inferenceLogAbi, data: merged })
    expect([functionName, args?.[1]]).toEqual(['settle', [one.signature, other.signature]])
  })

  test('error: another call', () => {
    const other = revokeNodeCalldata(`0x${'11'.repeat(32)}`)
    expect(isSettleCalldata(other)).toBe(false)
    expect(() => mergeSettleCalldata([settleCalldata([]), other])).toThrowError(
      expect.objectContaining({ code: 'INVALID_FIELD' }),
    )
  })
})
