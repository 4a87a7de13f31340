import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import type { SupportedResponse } from '../protocol/supported-response.js'
import type { VerifyResponse } from '../protocol/verify-response.js'

/** Whoever verifies payments on chain and settles them: in this process, or behind HTTP. */
export interface Facilitator {
  /** Judges a payment against the chain. A refusal is an answer, not an exception. */
  verify(payload: PaymentPayload, requirements: PaymentRequirements): Promise<VerifyResponse>
  /**
   * Moves the money. For `upto`, `requirements.amount` is what is charged. The same payment settles once, however often
   * this is called; `settlement_pending` with a transaction means: call again, nothing is sent twice.
   */
  settle(payload: PaymentPayload, requirements: PaymentRequirements): Promise<SettleResponse>
  supported(): Promise<SupportedResponse>
}
