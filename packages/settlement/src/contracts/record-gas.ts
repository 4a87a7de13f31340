import type { SettlementMode } from '../modes.js'

/** What a record puts on chain. */
export type RecordShape =
  /** `together`: receipts in one transaction. */
  | { readonly settlement: Extract<SettlementMode, 'SETTLE'>; readonly together?: number }
  /** `bytes`: canonical request and transcript, in UTF-8, added. */
  | { readonly settlement: Extract<SettlementMode, 'SETTLE_METADATA'>; readonly bytes: number }
  /** `receipts`: new leaves of one checkpoint. */
  | { readonly settlement: Extract<SettlementMode, 'SETTLE_BATCH'>; readonly receipts: number }

// Measured on anvil (prague) and rounded up; `test/contracts/record-gas.test.ts` holds them to the contract.
const settle = { transaction: 35_000n, receipt: 15_900n }
const metadata = { record: 84_000n, byte: 28n }
/** EIP-7623: a transaction pays at least this for each byte of its data that is not zero. */
const floorPerByte = 40n
/** Receipt, terms, salts, signature, offsets and the two lengths, as calldata. */
const metadataFrameBytes = 1_700n
/** A checkpoint of a log with up to a million leaves, its consistency proof included. */
const checkpoint = 125_000n

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

/**
 * Bounds the gas that one receipt costs to record, at worst (no zero byte in the contents).
 *
 * @example
 * recordGasOf({ settlement: 'SETTLE_METADATA', bytes: 1024 }) // 129960n
 */
export function recordGasOf(shape: RecordShape): bigint {
  switch (shape.settlement) {
    case 'SETTLE': {
      const together = BigInt(Math.max(1, shape.together ?? 1))
      return settle.receipt + (settle.transaction + together - 1n) / together
    }
    case 'SETTLE_METADATA': {
      const bytes = BigInt(Math.max(0, shape.bytes))
      return larger(metadata.record + metadata.byte * bytes, 21_000n + floorPerByte * (bytes + metadataFrameBytes))
    }
    case 'SETTLE_BATCH': {
      const receipts = BigInt(Math.max(1, shape.receipts))
      return (checkpoint + receipts - 1n) / receipts
    }
  }
}

/** What gas costs. */
export interface GasPrice {
  /** Wei for a unit of gas, everything included that the record chain takes. */
  readonly weiPerGas: bigint
  /** Atomic units of the payment asset for one ether, e.g. 3_000_000_000n for 3,000 USDC. */
  readonly unitsPerEther: bigint
}

/**
 * Prices gas in the payment asset, rounded up: what a surcharge must cover.
 *
 * @example
 * recordCostOf(recordGasOf({ settlement: 'SETTLE_METADATA', bytes: 1024 }), { weiPerGas: 10_000_000n, unitsPerEther: 3_000_000_000n }) // 3899n, i.e. 0.0039 USDC
 */
export function recordCostOf(gas: bigint, price: GasPrice): bigint {
  const wei = gas * price.weiPerGas
  return (wei * price.unitsPerEther + 10n ** 18n - 1n) / 10n ** 18n
}
