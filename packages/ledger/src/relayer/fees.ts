/** What a transaction offers for each unit of gas, in wei. */
export interface Fees {
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
}

/** What the chain asks now, and the most that is ever offered. */
export interface FeeMarket {
  readonly baseFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  readonly maxFeePerGasCap: bigint
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

/** Twice the base fee and the tip, within the cap; `null` if not even the base fee is within it. */
export function feesOf(market: FeeMarket): Fees | null {
  if (market.baseFeePerGas > market.maxFeePerGasCap) return null
  const maxFeePerGas = smaller(2n * market.baseFeePerGas + market.maxPriorityFeePerGas, market.maxFeePerGasCap)
  return { maxFeePerGas, maxPriorityFeePerGas: smaller(market.maxPriorityFeePerGas, maxFeePerGas) }
}

/** At least one eighth more, rounded up: nodes refuse a replacement that raises either fee by less than a tenth. */
function raised(value: bigint): bigint {
  return (value * 9n + 7n) / 8n + (value === 0n ? 1n : 0n)
}

/** The fees of a replacement: both raised by 12.5 % or to the market, whichever is more; `null` above the cap. */
export function replacementFeesOf(before: Fees, market: FeeMarket): Fees | null {
  const wanted = feesOf(market) ?? { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n }
  const least: Fees = {
    maxFeePerGas: raised(before.maxFeePerGas),
    maxPriorityFeePerGas: raised(before.maxPriorityFeePerGas),
  }
  if (least.maxFeePerGas > market.maxFeePerGasCap) return null
  const maxFeePerGas = wanted.maxFeePerGas > least.maxFeePerGas ? wanted.maxFeePerGas : least.maxFeePerGas
  const tip =
    wanted.maxPriorityFeePerGas > least.maxPriorityFeePerGas ? wanted.maxPriorityFeePerGas : least.maxPriorityFeePerGas
  if (least.maxPriorityFeePerGas > maxFeePerGas) return null
  return { maxFeePerGas, maxPriorityFeePerGas: smaller(tip, maxFeePerGas) }
}
