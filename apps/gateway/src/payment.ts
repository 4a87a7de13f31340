import { type Hex, type JsonObject, quoteOf, type SettlementMode } from '@og/settlement'
import { decodePaymentPayload, encodePaymentHeader, type PaymentPayload, type PaymentRequirements } from '@og/x402'
import { CHANNEL_SCHEME } from '@og/x402/channel'
import {
  checkRequestBinding,
  createAuthorizationVerifier,
  REQUEST_BINDING_EXTENSION,
  requestBindingExtension,
  type VerifiedAuthorization,
  verifyAuthorization,
} from '@og/x402/evm'
import { PAYMENT_IDENTIFIER_EXTENSION, paymentIdentifierExtension } from '@og/x402/extensions'
import type { Keccak, RecoverPublicKey } from '@og/x402/node'
import { createPaymentRequired } from '@og/x402/server'
import { getAddress } from 'viem'
import type { ChannelTill } from './channels/channel-till.js'
import type { GatewayConfig } from './config.js'
import { GatewayError } from './gateway-error.js'
import type { OfferBook, SignedOffer } from './offer-book.js'
import { plainPaymentOf } from './plain-payment.js'
import type { BoundedRequest } from './prompt-bound.js'
import type { PromptQuotes } from './prompt-quotes.js'

/** Seconds between signature and settlement that a payment must survive: the longest generation plus the settlement's own time. */
const maxTimeoutSeconds = 600
/** A payment must stay valid for at least this long when it arrives, so that it can still be settled after the answer. */
const minValiditySeconds = 300n

/** What a call costs at most, and under which offer. */
interface Quote {
  readonly signedOffer: SignedOffer
  readonly amount: bigint
  /** What a 402 says of how its prompt was counted. */
  readonly counted?: JsonObject
}

/** What a reservation needs of a payment that was verified, whatever its scheme. */
type PaidAuthorization = Pick<
  VerifiedAuthorization,
  'payer' | 'paymentHash' | 'nonceKey' | 'authorized' | 'validBefore'
> & {
  readonly scheme: string
}

/** A payment that has been checked against the offer and this request, but not yet reserved. */
export interface CheckedPayment {
  readonly kind: 'signed'
  /** What was checked, and nothing else that the payer wrote. */
  readonly payload: PaymentPayload
  readonly authorization: PaidAuthorization
  readonly signedOffer: SignedOffer
  readonly authorized: bigint
}

/** A payment from a channel on the terms of the offer; its voucher is judged in the channel's turn. */
export interface ChannelPayment {
  readonly kind: 'channel'
  readonly payload: PaymentPayload
  /** The node's own requirements that it accepts. */
  readonly requirements: PaymentRequirements
  readonly signedOffer: SignedOffer
}

/** What pricing needs to know of a request. */
export interface PricedRequest extends BoundedRequest {
  readonly maxCompletionTokens: bigint
  readonly settlement: SettlementMode
  readonly requestHash: Hex
  readonly resourceUrl: string
}

/** The payment side of the gateway: quotes, challenges, checks. It moves no money and keeps no state. */
export interface PaymentDesk {
  /** The `PAYMENT-REQUIRED` header for this request; `channelExtra` corrects who pays from a channel. */
  readonly challengeFor: (request: PricedRequest, reason: string, channelExtra?: JsonObject) => Promise<string>
  /** What a refund from a channel accepts: the channel of this node, at no price. @throws GatewayError without channels */
  readonly refundRequirements: () => PaymentRequirements
  /** Checks a `PAYMENT-SIGNATURE` header against this request. @throws GatewayError `payment_required` with the x402 reason. */
  readonly check: (header: string, request: PricedRequest) => CheckedPayment | ChannelPayment
  /** Reads a header without checking anything of it. @throws GatewayError `payment_required` with `invalid_payload` */
  readonly read: (header: string) => PaymentPayload
  /** The hash of a payment that is validly signed by its own terms, whether they are ours or not; `undefined` for others. */
  readonly identify: (header: string) => Hex | undefined
}

/** Options of {@link createPaymentDesk}. */
export interface PaymentDeskOptions {
  readonly config: GatewayConfig
  readonly offers: OfferBook
  readonly quotes: PromptQuotes
  readonly now: () => bigint
  /** Recovers signers; the fastest that this machine can load. */
  readonly recover: RecoverPublicKey
  /** Hashes; the fastest that this machine can load. */
  readonly keccak: Keccak
  /** The account or contract that may settle `upto` payments; `upto` is not offered without it. */
  readonly uptoFacilitator: () => Hex | undefined
  /** Payment channels; not offered when absent. */
  readonly channels?: Pick<ChannelTill, 'requirements' | 'identify'> | undefined
}

/** Creates the payment desk. */
export function createPaymentDesk(options: PaymentDeskOptions): PaymentDesk {
  const { config } = options
  const network = `eip155:${config.chainId}` as const
  const verify = createAuthorizationVerifier({ recover: options.recover, keccak: options.keccak })

  async function quoteFor(request: PricedRequest): Promise<Quote> {
    const promptTokens = await options.quotes.boundFor(request)
    const signedOffer = options.offers.offerFor(request.model)
    const { promptCount } = request.model
    if (promptCount === undefined) return { signedOffer, amount: amountUnder(signedOffer, request) }
    const { tokenizer, percent } = promptCount
    const rule: JsonObject = { promptCount: percent === undefined ? { tokenizer } : { tokenizer, percent } }
    if (promptTokens === undefined) {
      return { signedOffer, amount: amountUnder(signedOffer, request), counted: rule }
    }
    const subject = { offerHash: signedOffer.hash, requestHash: request.requestHash }
    return {
      signedOffer,
      amount: amountUnder(signedOffer, request, promptTokens),
      counted: { ...rule, quote: options.quotes.encode(subject, promptTokens) },
    }
  }

  function amountUnder(
    signedOffer: SignedOffer,
    request: PricedRequest,
    promptTokens: bigint = request.promptTokens,
  ): bigint {
    return quoteOf(signedOffer.offer, {
      promptTokens,
      completionTokens: request.maxCompletionTokens,
      settlement: request.settlement,
    })
  }

  function requirementsFor({ signedOffer, amount, counted }: Quote): readonly PaymentRequirements[] {
    const { json: offer, hash: offerHash, signature, mac } = signedOffer
    const og: JsonObject = { offer, offerHash, signature, mac, ...counted }
    const common = {
      network,
      amount: amount.toString(),
      asset: signedOffer.offer.asset,
      payTo: signedOffer.offer.payTo,
      maxTimeoutSeconds,
    }
    const { name, version } = config.token
    const facilitatorAddress = options.uptoFacilitator()
    const accepts: PaymentRequirements[] = []
    if (facilitatorAddress !== undefined) {
      const extra = { name, version, assetTransferMethod: 'permit2', facilitatorAddress, og }
      accepts.push({ scheme: 'upto', extra, ...common })
    }
    const channel = options.channels?.requirements({ extra: { name, version, og }, ...common })
    if (channel !== undefined) accepts.push(channel)
    accepts.push({ scheme: 'exact', extra: { name, version, og }, ...common })
    return accepts
  }

  function refundRequirements(): PaymentRequirements {
    const { name, version, address } = config.token
    const common = {
      network,
      amount: '0',
      asset: getAddress(address),
      payTo: getAddress(config.payTo),
      maxTimeoutSeconds,
    }
    const requirements = options.channels?.requirements({ ...common, extra: { name, version } })
    if (requirements === undefined) throw new GatewayError('not_found', 'This node offers no payment channels.')
    return requirements
  }

  async function challengeFor(request: PricedRequest, reason: string, channelExtra?: JsonObject): Promise<string> {
    const accepts = requirementsFor(await quoteFor(request))
    return encodePaymentHeader(
      createPaymentRequired({
        resource: {
          url: request.resourceUrl,
          description: `LLM inference: ${request.model.id}`,
          mimeType: 'application/json',
        },
        accepts: channelExtra === undefined ? accepts : accepts.map((entry) => corrected(entry, channelExtra)),
        error: reason,
        extensions: {
          [REQUEST_BINDING_EXTENSION]: requestBindingExtension(),
          [PAYMENT_IDENTIFIER_EXTENSION]: paymentIdentifierExtension(),
        },
      }),
    )
  }

  function check(header: string, request: PricedRequest): CheckedPayment | ChannelPayment {
    const payload = decode(header)
    const { accepted } = payload
    const og = (accepted.extra as { og?: unknown } | null | undefined)?.og
    const signedOffer = options.offers.recognise(og)
    if (signedOffer === undefined)
      throw refusal('offer_unknown', 'The payment does not carry a current offer of this node: ask for a new quote.')
    if (signedOffer.offer.model !== request.model.id) {
      throw refusal('offer_for_other_model', 'The payment carries an offer for another model.')
    }
    if (!isEnough(BigInt(accepted.amount), { signedOffer, request, og })) {
      throw refusal('amount_below_quote', 'The authorised amount is below the quote for this request.')
    }
    const offered = requirementsFor({ signedOffer, amount: BigInt(accepted.amount) }).find(
      ({ scheme }) => scheme === accepted.scheme,
    )
    if (offered === undefined) throw refusal('unsupported_scheme', 'The payment uses a scheme that is not on offer.')
    if (!isSameRequirements(accepted, offered)) {
      throw refusal('invalid_payment_requirements', 'The payment accepts other terms than the ones on offer.')
    }
    if (offered.scheme === CHANNEL_SCHEME) return { kind: 'channel', payload, requirements: offered, signedOffer }
    const verdict = verify({ payload, requirements: offered }, { now: options.now(), minValiditySeconds })
    if (!verdict.ok)
      throw refusal(verdict.code, 'The payment authorisation was refused: sign a new one for the offered terms.')
    const { validAfter, nonceKey } = verdict
    const binding = checkRequestBinding(payload, {
      offerHash: signedOffer.hash,
      requestHash: request.requestHash,
      signed: { validAfter, nonce: nonceKey.nonce },
      keccak: options.keccak,
    })
    if (!binding.ok) {
      throw new GatewayError('payment_bound_to_other_request', 'This payment was signed for another request body.', {
        wireCode: binding.code,
      })
    }
    const { authorized } = verdict
    return {
      kind: 'signed',
      payload: plainPaymentOf(payload, offered),
      authorization: verdict,
      signedOffer,
      authorized,
    }
  }

  /** Who brings the quote of this very offer and body pays by it; everybody else by the bytes. */
  function isEnough(
    amount: bigint,
    { signedOffer, request, og }: { signedOffer: SignedOffer; request: PricedRequest; og: unknown },
  ): boolean {
    if (amount >= amountUnder(signedOffer, request)) return true
    const subject = { offerHash: signedOffer.hash, requestHash: request.requestHash }
    const promptTokens = options.quotes.recognise(subject, (og as { quote?: unknown } | null | undefined)?.quote)
    return promptTokens !== undefined && amount >= amountUnder(signedOffer, request, promptTokens)
  }

  function identify(header: string): Hex | undefined {
    const payload = decode(header)
    if (payload.accepted.scheme === CHANNEL_SCHEME) return options.channels?.identify(payload)
    const verdict = verifyAuthorization(payload, payload.accepted, {
      now: options.now(),
      minValiditySeconds: 0n,
      recover: options.recover,
      keccak: options.keccak,
    })
    return verdict.ok ? verdict.paymentHash : undefined
  }

  return { challengeFor, refundRequirements, check, identify, read: decode }
}

/** A channel's requirements with what corrects the payer's count. */
function corrected(requirements: PaymentRequirements, channelExtra: JsonObject): PaymentRequirements {
  if (requirements.scheme !== CHANNEL_SCHEME) return requirements
  return { ...requirements, extra: { ...requirements.extra, ...channelExtra } }
}

function decode(header: string): PaymentPayload {
  try {
    return decodePaymentPayload(header)
  } catch (cause) {
    throw new GatewayError(
      'payment_required',
      'The PAYMENT-SIGNATURE header cannot be read: it must be base64 of an x402 v2 payload.',
      {
        wireCode: 'invalid_payload',
        cause,
      },
    )
  }
}

function refusal(reason: string, message: string): GatewayError {
  return new GatewayError('payment_required', message, { wireCode: reason })
}

/** x402 v2 matching: every core field equal, `extra` of the offer contained in what the client echoes. */
function isSameRequirements(accepted: PaymentRequirements, offered: PaymentRequirements): boolean {
  const core = ['scheme', 'network', 'amount', 'maxTimeoutSeconds'] as const
  const addresses = ['asset', 'payTo'] as const
  return (
    core.every((key) => accepted[key] === offered[key]) &&
    addresses.every((key) => accepted[key].toLowerCase() === offered[key].toLowerCase()) &&
    Object.entries(offered.extra ?? {}).every(([key, value]) => key === 'og' || accepted.extra?.[key] === value)
  )
}
