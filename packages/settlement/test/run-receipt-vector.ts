import { parseReceiptBundle } from '../src/bundle/receipt-bundle.js'
import { verifyReceipt } from '../src/bundle/verify-receipt.js'
import type { InferenceMode, SettlementMode } from '../src/modes.js'
import { SettlementError } from '../src/settlement-error.js'
import type { ReceiptVector } from './receipt-vectors.js'

/** What a verifier says of a vector. */
export interface VectorResult {
  readonly stage: 'parse' | 'verify'
  /** `OK`, or why not. */
  readonly code: string
  readonly notChecked: readonly string[]
}

/** Runs one vector with nothing but what stands in it: no chain, no quote. */
export async function runReceiptVector(vector: ReceiptVector): Promise<VectorResult> {
  let bundle: ReturnType<typeof parseReceiptBundle>
  try {
    bundle = parseReceiptBundle(vector.bundle)
  } catch (error) {
    if (!(error instanceof SettlementError)) throw error
    return { stage: 'parse', code: error.code, notChecked: [] }
  }
  const { paymentHash, attempt, payer, authorized, mode, settlement } = vector.expected
  const verdict = await verifyReceipt(bundle, {
    request: vector.request,
    response: vector.response,
    upstreamRequest: new TextEncoder().encode(vector.upstreamRequest),
    expected: {
      paymentHash: paymentHash as `0x${string}`,
      attempt: Number(attempt),
      payer: payer as `0x${string}`,
      authorized: BigInt(String(authorized)),
      mode: mode as InferenceMode,
      settlement: settlement as SettlementMode,
    },
    now: BigInt(vector.now),
  })
  return { stage: 'verify', code: verdict.ok ? 'OK' : verdict.code, notChecked: verdict.notChecked }
}
