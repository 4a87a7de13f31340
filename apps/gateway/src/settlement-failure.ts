import { X402Error } from '@og/x402'

/** A refusal that a retry cannot change. */
export class FinalFailure extends Error {
  override readonly name = 'FinalFailure'
}

/** Whether the facilitator takes no more for now: nothing is wrong with the payment. */
export function isBusy(error: unknown): boolean {
  return error instanceof X402Error && error.code === 'FACILITATOR_BUSY'
}
