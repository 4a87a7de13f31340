import type { Address } from '../address.js'
import type { JsonObject } from '../protocol/json.js'
import type { Network } from '../protocol/network.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import type { VerifyResponse } from '../protocol/verify-response.js'

/** A facilitator's side of one scheme on one network. */
export interface FacilitatorScheme {
  readonly scheme: string
  readonly network: Network
  /** What servers must put into `extra` of their requirements, if anything. */
  readonly extra?: JsonObject
  /** Addresses that send transactions. */
  readonly signers: readonly Address[]
  /** Extensions of the protocol that it serves. */
  readonly extensions?: readonly string[]
  verify(payload: PaymentPayload, requirements: PaymentRequirements): Promise<VerifyResponse>
  settle(payload: PaymentPayload, requirements: PaymentRequirements): Promise<SettleResponse>
}
