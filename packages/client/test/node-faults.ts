import type { Hex, JsonObject, Offer, Receipt, Terms } from '@og/settlement'
import type { SimulatedQuoteOptions } from '@og/tee-verify/simulator'
import type { PaymentRequirements } from '@og/x402'

/** How a test node lies. Everything that is not named here it does honestly, with real keys and real signatures. */
export interface NodeFaults {
  /** Changes the answer of `/v1/attestation`. */
  readonly evidence?: (evidence: JsonObject) => JsonObject
  /** Faults of the quote itself. */
  readonly quote?: Partial<SimulatedQuoteOptions>
  /** Changes an offer before it is signed. */
  readonly offer?: (offer: Offer) => Offer
  /** Changes what a 402 asks for, after the offer was signed. */
  readonly requirements?: (requirements: PaymentRequirements) => PaymentRequirements
  /** Changes terms before they are hashed and the receipt is signed. */
  readonly terms?: (terms: Terms) => Terms
  /** Changes a receipt before it is signed. */
  readonly receipt?: (receipt: Receipt) => Receipt
  /** Signs receipts with this key in place of the node's own. */
  readonly receiptSigner?: Hex
  /** Changes an answer's body after everything was signed; of a stream, each chunk. */
  readonly answer?: (body: JsonObject) => JsonObject
  /** Changes the events of a stream, `[DONE]` included. */
  readonly events?: (events: readonly string[]) => readonly string[]
  /** Answers without asking for money. */
  readonly free?: boolean
  /** Answers in clear what was asked under seal. */
  readonly unsealed?: boolean
  /** Refuses every payment. */
  readonly refusal?: string
}
