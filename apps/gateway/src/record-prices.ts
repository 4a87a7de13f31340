import type { SettlementMode } from '@og/settlement'
import { type RecordShape, recordCostOf, recordGasOf } from '@og/settlement/contracts'
import { formatAmount, parseAmount } from '@og/x402'

/** Largest SETTLE_METADATA record: canonical request and response together, in bytes. */
export const maxMetadataBytes = 24_576

/** What gas on the record chain is taken to cost, as decimal text. */
interface RecordGasPrice {
  /** Gwei for a unit of gas, everything included. */
  readonly gwei: string
  /** US dollars for one ether. */
  readonly usdPerEther: string
}

/** What one inference of each mode is recorded as: the largest one alone, the others in groups as the worker makes them. */
const shapes: Readonly<Record<SettlementMode, RecordShape>> = {
  SETTLE: { settlement: 'SETTLE', together: 50 },
  SETTLE_METADATA: { settlement: 'SETTLE_METADATA', bytes: maxMetadataBytes },
  SETTLE_BATCH: { settlement: 'SETTLE_BATCH', receipts: 100 },
}

/** US dollars with six digits: what a surcharge must be at least. */
export function recordPriceOf(mode: SettlementMode, price: RecordGasPrice): string {
  const cost = recordCostOf(recordGasOf(shapes[mode]), {
    weiPerGas: parseAmount(price.gwei, 9),
    unitsPerEther: parseAmount(price.usdPerEther, 6),
  })
  return formatAmount(cost, 6)
}

/** The first surcharge that does not cover what its record costs. */
export function findUnderpriced(
  surcharges: Readonly<Record<SettlementMode, string>>,
  price: RecordGasPrice,
): { readonly mode: SettlementMode; readonly least: string } | undefined {
  const modes = Object.keys(shapes) as SettlementMode[]
  return modes
    .map((mode) => ({ mode, least: recordPriceOf(mode, price) }))
    .find(({ mode, least }) => parseAmount(surcharges[mode], 9) < parseAmount(least, 9))
}
