import {
  canonicalize,
  type Endpoint,
  isSettlementOffered,
  type JsonObject,
  type Offer,
  promptTokenBound,
  quoteOf,
  type RecoverPublicKey,
  type SettlementMode,
} from '@og/settlement'
import { amountOf, type PaymentRequirements } from '@og/x402'
import { ClientError } from './client-error.js'
import type { CountPromptTokens } from './client-options.js'
import { countAt, objectAt, stringAt } from './read-json.js'
import type { OfferReader } from './read-offer.js'
import { isSameAddress } from './same-address.js'
import { createStepList, failedStepOf, type VerificationStep } from './verification.js'
import { isSignedBy, type VerifiedNode } from './verify-node.js'

/** What a node generates at most when the request names no limit. */
const GATEWAY_MAX_TOKENS = 1024
/** Shorter bodies are quoted by their bytes anyway. */
const UNCOUNTED_BYTES = 256

/** Verdict of {@link checkOffer}. */
export type OfferVerdict =
  | { readonly ok: true; readonly offer: Offer; readonly steps: readonly VerificationStep[] }
  | { readonly ok: false; readonly code: string; readonly detail: string; readonly steps: readonly VerificationStep[] }

/** Options of {@link checkOffer}. */
export interface CheckOfferOptions {
  readonly node: VerifiedNode
  readonly endpoint: Endpoint
  readonly request: JsonObject
  readonly settlement: SettlementMode
  /** Unix seconds. */
  readonly now: bigint
  readonly recover: RecoverPublicKey
  readonly readOffer: OfferReader
  /** Bounds the prompt below its bytes. */
  readonly countPromptTokens?: CountPromptTokens | undefined
}

/**
 * Judges what a node asks for before anything is signed: the offer must be signed by the node's receipt key, the payee must stand in
 * the manifest, and the amount must not exceed the quote that follows from offer and request.
 */
export function checkOffer(requirements: PaymentRequirements, options: CheckOfferOptions): OfferVerdict {
  const { node, endpoint, request, settlement, now } = options
  const list = createStepList()
  const og = objectAt(requirements.extra ?? undefined, 'og')
  const read = options.readOffer(requirements, node.domain)
  if (read === undefined) {
    list.check('offer', false, { code: 'NO_OFFER', detail: 'the payment requirements carry no readable offer' })
    return refusalOf(list.steps)
  }
  const { offer, digest: hash } = read
  list.check('offer', true, { code: '', detail: '' })
  list.check('offer node', offer.nodeId === node.nodeId, {
    code: 'WRONG_NODE',
    detail: 'the offer belongs to another node',
  })
  list.check('offer hash', stringAt(og, 'offerHash')?.toLowerCase() === hash, {
    code: 'OFFER_HASH',
    detail: 'the named hash is not the hash of the offer',
  })
  const signature = stringAt(og, 'signature')
  list.check(
    'offer signature',
    signature !== undefined &&
      isSignedBy(
        { digest: hash, signature: `0x${signature.slice(2)}`, signer: node.manifest.receiptKey },
        options.recover,
      ),
    { code: 'OFFER_SIGNATURE', detail: 'the offer is not signed by the receipt key of the node' },
  )
  list.check('offer validity', now >= offer.notBefore && now <= offer.notAfter, {
    code: 'OFFER_EXPIRED',
    detail: `the offer is not valid at ${now}`,
  })
  list.check('settlement mode', isSettlementOffered(offer, settlement), {
    code: 'SETTLEMENT_NOT_OFFERED',
    detail: `the offer does not sell ${settlement}`,
  })
  list.check('payee', isPayeeOf(node, requirements), {
    code: 'WRONG_PAYEE',
    detail: 'network, asset and payee are not among the payments of the manifest',
  })
  list.check('payee of the offer', isOfferFor(offer, requirements), {
    code: 'WRONG_PAYEE',
    detail: 'network, asset or payee are not those of the offer',
  })
  if (isSettlementOffered(offer, settlement)) {
    const quote = priceOf(offer, { endpoint, request, settlement }, options.countPromptTokens)
    list.check('amount', amountOf(requirements) <= quote, {
      code: 'AMOUNT_ABOVE_QUOTE',
      detail: `asked for ${requirements.amount}, the offer gives ${quote}`,
    })
  }
  return failedStepOf(list.steps) === undefined ? { ok: true, offer, steps: list.steps } : refusalOf(list.steps)
}

/** What the price of a call depends on. */
interface PricedCall {
  readonly endpoint: Endpoint
  readonly request: JsonObject
  readonly settlement: SettlementMode
}

/** What a request costs at most under an offer, in atomic units; a count of the caller can only lower it. */
export function priceOf(offer: Offer, call: PricedCall, count?: CountPromptTokens): bigint {
  const { endpoint, request, settlement } = call
  const bytes = promptTokenBound(request)
  const counted = count === undefined ? undefined : countedBy(count, request)
  return quoteOf(offer, {
    promptTokens: counted !== undefined && counted < bytes ? counted : bytes,
    // Vectors are not generated token by token.
    completionTokens: endpoint === 'embeddings' ? 0n : BigInt(completionLimitOf(request)),
    settlement,
  })
}

function countedBy(count: CountPromptTokens, request: JsonObject): bigint | undefined {
  const tokens = count(stringAt(request, 'model') ?? '', canonicalize(request))
  if (tokens === undefined) return undefined
  if (tokens >= 0 && tokens < Number.MAX_SAFE_INTEGER) return BigInt(Math.ceil(tokens))
  throw new ClientError('INVALID_OPTIONS', 'countPromptTokens must return a number of tokens, or undefined')
}

/** Whether the bytes of a body are dear: `exact` takes their whole price, and a node that counts prompts asks for less. */
export function isDearByBytes({ scheme, extra }: PaymentRequirements, body: string): boolean {
  const counts = objectAt(objectAt(extra ?? undefined, 'og'), 'promptCount') !== undefined
  return scheme === 'exact' && counts && body.length > UNCOUNTED_BYTES
}

/**
 * Payment requirements for another request under the offer that they carry; `undefined` when it does not sell the settlement. They ask for the
 * bytes: a count of the node was for the request that it saw.
 */
export function requoted(
  requirements: PaymentRequirements,
  { offer, call }: { readonly offer: Offer; readonly call: PricedCall },
): PaymentRequirements | undefined {
  if (!isSettlementOffered(offer, call.settlement)) return undefined
  const { quote: _, ...og } = objectAt(requirements.extra ?? undefined, 'og') ?? {}
  return { ...requirements, amount: priceOf(offer, call).toString(), extra: { ...requirements.extra, og } }
}

function refusalOf(steps: readonly VerificationStep[]): OfferVerdict {
  const step = failedStepOf(steps)
  return { ok: false, code: step?.code ?? 'OFFER', detail: step?.detail ?? 'the offer does not hold', steps }
}

function isPayeeOf(node: VerifiedNode, requirements: PaymentRequirements): boolean {
  return node.manifest.payments.some(
    (payment) =>
      payment.network === requirements.network &&
      isSameAddress(payment.asset, requirements.asset) &&
      isSameAddress(payment.payTo, requirements.payTo),
  )
}

function isOfferFor(offer: Offer, requirements: PaymentRequirements): boolean {
  return (
    requirements.network === `eip155:${offer.paymentChainId}` &&
    isSameAddress(offer.asset, requirements.asset) &&
    isSameAddress(offer.payTo, requirements.payTo)
  )
}

function completionLimitOf(request: JsonObject): number {
  return countAt(request, 'max_completion_tokens') ?? countAt(request, 'max_tokens') ?? GATEWAY_MAX_TOKENS
}
