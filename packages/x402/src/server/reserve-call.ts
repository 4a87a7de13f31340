import type { ReadAddress } from '../address.js'
import type { VerifiedAuthorization } from '../evm/verify-authorization.js'
import type { Hex } from '../hex.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import type { Reason } from '../protocol/reason.js'
import { type Answer, failureAnswer } from './answer.js'
import type { AttemptKey, ReservationStore } from './reservation-store.js'

/** A payment that wants its run. */
export interface ReservedCall {
  readonly payment: VerifiedAuthorization
  readonly requestHash: Hex
  readonly requirements: PaymentRequirements
  readonly demand: (error: Reason) => Promise<Answer>
}

/** What came of it: the attempt to finish or release, or the answer to a payment that cannot have its run. */
export type Reserved =
  | { readonly key: AttemptKey }
  /** `isDuplicate`: another request with this payment has the run or has had it; `isRunning`: it has not ended yet. */
  | { readonly answer: Answer; readonly isDuplicate: boolean; readonly isRunning: boolean }

/** Reserves a payment before any work is done for it. */
export async function reserveCall(
  call: ReservedCall,
  using: { readonly store: ReservationStore; readonly now: bigint; readonly readAddress: ReadAddress },
): Promise<Reserved> {
  const { payment, requestHash, requirements, demand } = call
  const { nonceKey, paymentHash, authorized, validBefore } = payment
  const asset = using.readAddress(requirements.asset)
  const reserved = await using.store.reserve({
    nonceKey,
    paymentHash,
    requestHash,
    asset,
    authorized,
    validBefore,
    now: using.now,
  })
  const duplicate = (answer: Answer, isRunning = false): Reserved => ({ answer, isDuplicate: true, isRunning })
  switch (reserved.kind) {
    case 'granted':
      return { key: { nonceKey, attempt: reserved.attempt } }
    case 'running': {
      const headers = { 'retry-after': '1' }
      return duplicate(
        failureAnswer('payment_in_progress', 'a request with this payment is running', { headers }),
        true,
      )
    }
    case 'conflict':
      return duplicate(failureAnswer('payment_used_for_other_request', 'this payment was used for another request'))
    case 'exhausted':
      return { answer: await demand('payer_exposure_exhausted'), isDuplicate: false, isRunning: false }
    case 'finished': {
      const { settlement } = reserved
      return duplicate(failureAnswer('payment_already_used', 'this payment has had its answer', { settlement }))
    }
  }
}
