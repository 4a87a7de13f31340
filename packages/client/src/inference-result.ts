import type { AssistantMessage, FinishReason, TokenUsage } from '@og/llm'
import type { Address, Hex, JsonObject, Receipt, SettlementMode, Terms } from '@og/settlement'
import { settlementModes } from '@og/settlement'
import type { Settlement, SettlementOptions } from './settlement.js'
import type { Verification } from './verification.js'
import type { AnswerEvidence } from './verify-answer.js'

/** What an answer cost. Amounts are atomic units of the asset. */
export interface Charge {
  readonly scheme: string
  readonly network: string
  readonly asset: Address
  readonly decimals: number
  readonly payer: Address
  readonly payTo: Address
  /** The most that was signed for. */
  readonly authorized: bigint
  /** What is taken. */
  readonly charged: bigint
}

/** What every verified inference gives back. */
export interface InferenceResult {
  /** The model that answered, as signed. */
  readonly model: string
  readonly finishReason: FinishReason
  readonly usage: TokenUsage
  /** Public name of the call: digest of the signed payment authorisation. */
  readonly paymentHash: Hex
  readonly charge: Charge
  readonly receipt: Receipt
  /** The node's signature over the receipt's EIP-712 digest. */
  readonly receiptSignature: Hex
  readonly terms: Terms
  readonly settlementMode: SettlementMode
  readonly verification: Verification
  /** The request body as it was sent; the receipt covers it. */
  readonly request: JsonObject
  /** The answer's body in its unstreamed OpenAI shape; the receipt covers it. */
  readonly response: JsonObject
  /** Waits until payment and record stand on the chain. */
  settlement(options?: SettlementOptions): Promise<Settlement>
}

/** Result of `llmCompletion`. */
export interface CompletionResult extends InferenceResult {
  readonly completionOutput: string
}

/** One paid turn of a conversation. */
export interface ChatTurn extends InferenceResult {
  readonly chatOutput: AssistantMessage
}

/** Result of `llmChat`; with running tools it is the last turn, and `turns` holds all of them. */
export interface ChatResult extends ChatTurn {
  /** Every paid turn in order; more than one only when tools ran. */
  readonly turns: readonly ChatTurn[]
}

/** Turns verified evidence into what every result shows. */
export function inferenceResultOf(
  evidence: AnswerEvidence,
  parts: {
    readonly finishReason: FinishReason
    readonly settlement: (options?: SettlementOptions) => Promise<Settlement>
  },
): InferenceResult {
  const { receipt, terms, offer } = evidence.answer
  return {
    model: terms.modelAnswered,
    finishReason: parts.finishReason,
    usage: {
      promptTokens: Number(terms.promptTokens),
      cachedPromptTokens: Number(terms.cachedPromptTokens),
      completionTokens: Number(terms.completionTokens),
      reasoningTokens: Number(terms.reasoningTokens),
    },
    paymentHash: receipt.paymentHash,
    charge: {
      scheme: terms.scheme,
      network: `eip155:${terms.paymentChainId}`,
      asset: terms.asset,
      decimals: offer.decimals,
      payer: terms.payer,
      payTo: terms.payTo,
      authorized: terms.authorized,
      charged: terms.charged,
    },
    receipt,
    receiptSignature: evidence.answer.signature,
    terms,
    settlementMode: settlementModes[receipt.settlement] ?? 'SETTLE',
    verification: evidence.verification,
    request: evidence.request,
    response: evidence.response,
    settlement: parts.settlement,
  }
}
