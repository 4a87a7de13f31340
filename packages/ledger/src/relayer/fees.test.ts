import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { feesOf, replacementFeesOf } from './fees.js'

const GWEI = 1_000_000_000n
const CAP = 500n * GWEI

describe('feesOf', () => {
  test('default: twice the base fee and the tip', () => {
    const market = { baseFeePerGas: 10n * GWEI, maxPriorityFeePerGas: GWEI, maxFeePerGasCap: CAP }
    expect(feesOf(market)).toEqual({ maxFeePerGas: 21n * GWEI, maxPriorityFeePerGas: GWEI })
  })

  test('behavior: never above the cap, and nothing when the base fee is above it', () => {
    const market = { maxPriorityFeePerGas: GWEI, maxFeePerGasCap: CAP }
    expect(feesOf({ ...market, baseFeePerGas: CAP })).toEqual({ maxFeePerGas: CAP, maxPriorityFeePerGas: GWEI })
    expect(feesOf({ ...market, baseFeePerGas: CAP + 1n })).toBeNull()
  })
})

describe('replacementFeesOf', () => {
  const fee = fc.bigInt(0n, 600n * GWEI)

  test('behavior: raises both fees by at least 12.5 % within the cap, or gives up', () => {
    fc.assert(
      fc.property(fee, fee, fee, fee, (max, tip, baseFeePerGas, maxPriorityFeePerGas) => {
        const before = { maxFeePerGas: max, maxPriorityFeePerGas: tip % (max + 1n) }
        const after = replacementFeesOf(before, { baseFeePerGas, maxPriorityFeePerGas, maxFeePerGasCap: CAP })
        if (after === null) return max * 9n > CAP * 8n - 8n || before.maxPriorityFeePerGas >= max
        return (
          after.maxFeePerGas * 8n >= max * 9n &&
          after.maxPriorityFeePerGas * 8n >= before.maxPriorityFeePerGas * 9n &&
          after.maxFeePerGas > max &&
          after.maxPriorityFeePerGas <= after.maxFeePerGas &&
          after.maxFeePerGas <= CAP
        )
      }),
    )
  })

  test('behavior: follows a market that rose by more', () => {
    const market = { baseFeePerGas: 100n * GWEI, maxPriorityFeePerGas: 3n * GWEI, maxFeePerGasCap: CAP }
    expect(replacementFeesOf({ maxFeePerGas: 2n * GWEI, maxPriorityFeePerGas: GWEI }, market)).toEqual({
      maxFeePerGas: 203n * GWEI,
      maxPriorityFeePerGas: 3n * GWEI,
    })
  })

  test('behavior: null above the cap', () => {
    const market = { baseFeePerGas: 10n, maxPriorityFeePerGas: 1n, maxFeePerGasCap: 1_000n }
    expect(replacementFeesOf({ maxFeePerGas: 889n, maxPriorityFeePerGas: 1n }, market)).toBeNull()
    expect(replacementFeesOf({ maxFeePerGas: 888n, maxPriorityFeePerGas: 1n }, market)).toEqual({
      maxFeePerGas: 999n,
      maxPriorityFeePerGas: 2n,
    })
  })
})
