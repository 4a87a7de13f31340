import type { SettlementMode } from '../modes.js'
import { SettlementError } from '../settlement-error.js'
import { isSettlementOffered, type Offer } from './offer.js'

/** Prices are per this many tokens. */
const TOKENS_PER_PRICE = 1_000_000n

/** Counted tokens of one inference. */
export interface Usage {
  /** All prompt tokens, the cached ones included. */
  readonly promptTokens: bigint
  readonly cachedPromptTokens: bigint
  /** All generated tokens, the reasoning ones included. */
  readonly completionTokens: bigint
  readonly reasoningTokens: bigint
}

/** What {@link quoteOf} needs to know of a request. */
export interface QuoteOptions {
  /** Upper bound of the prompt tokens. */
  readonly promptTokens: bigint
  /** Upper bound of the generated tokens, reasoning included. */
  readonly completionTokens: bigint
  readonly settlement: SettlementMode
}

/** What {@link chargeOf} needs to know of an inference. */
export interface ChargeOptions {
  readonly usage: Usage
  readonly settlement: SettlementMode
}

/**
 * Computes the most that a request can cost, in atomic units: each token at the dearest price that it may have,
 * rounded up, and the surcharge of the settlement mode.
 *
 * @throws SettlementError `INVALID_USAGE` for a negative bound, `SETTLEMENT_NOT_OFFERED`.
 */
export function quoteOf(offer: Offer, { promptTokens, completionTokens, settlement }: QuoteOptions): bigint {
  if (promptTokens < 0n || completionTokens < 0n) {
    throw new SettlementError('INVALID_USAGE', 'negative token bound')
  }
  const tokens =
    promptTokens * larger(offer.inputPrice, offer.cachedInputPrice) +
    completionTokens * larger(offer.outputPrice, offer.reasoningPrice)
  return priceOf(tokens) + surchargeOf(offer, settlement)
}

/**
 * Computes what an inference costs, in atomic units: offer × usage, rounded up, and the surcharge of the settlement
 * mode. Never above {@link quoteOf} for bounds that the usage keeps.
 *
 * @throws SettlementError `INVALID_USAGE` when a part is larger than its whole or negative, `SETTLEMENT_NOT_OFFERED`.
 */
export function chargeOf(offer: Offer, { usage, settlement }: ChargeOptions): bigint {
  const { promptTokens, cachedPromptTokens, completionTokens, reasoningTokens } = usage
  if (cachedPromptTokens < 0n || cachedPromptTokens > promptTokens) {
    throw new SettlementError('INVALID_USAGE', 'cached prompt tokens are not a part of the prompt tokens')
  }
  if (reasoningTokens < 0n || reasoningTokens > completionTokens) {
    throw new SettlementError('INVALID_USAGE', 'reasoning tokens are not a part of the completion tokens')
  }
  const tokens =
    (promptTokens - cachedPromptTokens) * offer.inputPrice +
    cachedPromptTokens * offer.cachedInputPrice +
    (completionTokens - reasoningTokens) * offer.outputPrice +
    reasoningTokens * offer.reasoningPrice
  return priceOf(tokens) + surchargeOf(offer, settlement)
}

function priceOf(tokensTimesPrice: bigint): bigint {
  return (tokensTimesPrice + TOKENS_PER_PRICE - 1n) / TOKENS_PER_PRICE
}

function surchargeOf(offer: Offer, settlement: SettlementMode): bigint {
  if (!isSettlementOffered(offer, settlement)) {
    throw new SettlementError('SETTLEMENT_NOT_OFFERED', 'the offer does not sell this settlement mode')
  }
  switch (settlement) {
    case 'SETTLE':
      return offer.surchargeSettle
    case 'SETTLE_METADATA':
      return offer.surchargeMetadata
    case 'SETTLE_BATCH':
      return offer.surchargeBatch
  }
}

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right
}
