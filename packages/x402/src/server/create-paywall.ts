import { type Address, parseAddress } from '../address.js'
import type { ChannelServer, VerifiedChannelPayment } from '../channel/server/admission.js'
import { type ServeChannelInput, serveChannel } from '../channel/server/serve-channel.js'
import { CHANNEL_SCHEME } from '../channel/shared/channel-contracts.js'
import { systemClock, systemRandomBytes } from '../defaults.js'
import { checkTimes, inspectAuthorization } from '../evm/inspect-authorization.js'
import type { RecoverPublicKey } from '../evm/recover-public-key.js'
import type { TypedDataSigner } from '../evm/signer.js'
import { type VerifiedAuthorization, verifiedOf, verifyAuthorization } from '../evm/verify-authorization.js'
import {
  OFFER_RECEIPT_EXTENSION,
  offersExtension,
  receiptExtension,
  signOffers,
  signReceipt,
} from '../extensions/offer-receipt.js'
import { SIGN_IN_EXTENSION } from '../extensions/sign-in-with-x.js'
import type { Facilitator } from '../facilitator/facilitator.js'
import type { Hex } from '../hex.js'
import { keccakBytes, keccakHex } from '../keccak.js'
import type { JsonObject } from '../protocol/json.js'
import { PAYMENT_IDENTIFIER_EXTENSION, paymentIdentifierExtension } from '../protocol/payment-identifier.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { type Reason, type Refusal, statusOfReason } from '../protocol/reason.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import { readBody } from '../read-body.js'
import { type BodyEnd, watchBody } from '../watch-body.js'
import { X402Error } from '../x402-error.js'
import type { AnswerKey } from './answer-store.js'
import { isPreflight, type PreflightOptions, preflightResponse } from './cors.js'
import {
  type CreatePaymentRequiredOptions,
  createPaymentRequired,
  paymentRequiredResponse,
} from './create-payment-required.js'
import { isFaithfulEcho, matchPayment } from './match-payment.js'
import { bodyTooLargeResponse, failureResponse, paidResponse } from './paywall-response.js'
import { readPayment } from './read-payment.js'
import { answerKeyOf, findAnswer, type PaymentIdentifierOptions, recordAnswer, responseOf } from './recorded-call.js'
import type { AttemptKey, ReservationStore } from './reservation-store.js'
import { challengeOf, resourceOf, type SignInOptions, serveSignedIn } from './sign-in.js'

/** What a resource costs: everything of a 402 but its reason. */
export type Price = Omit<CreatePaymentRequiredOptions, 'error'>

/** A paid request, as the handler sees it. */
export interface PaidContext {
  /** The request with a body that can be read once more. */
  readonly request: Request
  /** For a channel it has the channel's id, and the charges before this call. */
  readonly payment: VerifiedAuthorization | VerifiedChannelPayment
  readonly payload: PaymentPayload
  readonly requirements: PaymentRequirements
  /**
   * States what an `upto` or channel call really costs, in atomic units; the whole ceiling when never called. It may be called
   * while a stream runs; the last value before its end counts. More than the ceiling counts as the ceiling.
   */
  charge(amount: bigint): void
}

/** Options of {@link createPaywall}. */
export interface PaywallOptions {
  /**
   * The price of a request. It must be the same for the 402 and the paid request, so it may read the body only through
   * `request.clone()`.
   */
  readonly requirementsFor: (request: Request) => Price | Promise<Price>
  readonly store: ReservationStore
  readonly facilitator: Facilitator
  /** Serves payments from channels (`batch-settlement`); without it they are refused. */
  readonly channels?: ChannelServer
  /** Unix seconds; the system clock when absent. */
  readonly clock?: () => bigint
  /**
   * `chain` asks the facilitator before the handler runs; `local` trusts the signature alone, so a payer without funds
   * gets the work for nothing. `chain` when absent.
   */
  readonly verify?: 'chain' | 'local'
  /**
   * Whether an answer goes out before it is settled. True for `text/event-stream` when absent; such an answer carries
   * no `PAYMENT-RESPONSE` header, and a failed settlement costs the server that one answer.
   */
  readonly settleAfter?: (response: Response) => boolean
  /** Told of every settlement outcome; `undefined` when the facilitator could not be reached. */
  readonly onSettlement?: (event: {
    readonly paymentHash: Hex
    readonly settlement: SettleResponse | undefined
  }) => void
  /** Recovers public keys; JavaScript when absent. Servers take the one of `createFastRecover` in `./node`. */
  readonly recover?: RecoverPublicKey
  /** Largest request body in bytes; 8 MiB when absent. */
  readonly maxBodyBytes?: number
  /** Keeps answers by payment identifier, so that a client that lost one gets it again; off when absent. */
  readonly paymentIdentifier?: PaymentIdentifierOptions
  /** Signs every offer of a 402 and a receipt for every settled answer; off when absent. */
  readonly offerReceipt?: { readonly signer: TypedDataSigner; readonly includeTransaction?: boolean }
  /** Lets payers come back for what they paid for; off when absent. */
  readonly signIn?: SignInOptions
  /** Answers browsers' preflights and lets pages read the answers; off when absent. */
  readonly cors?: PreflightOptions
  readonly randomBytes?: (length: number) => Uint8Array
}

/** Serves a request behind the paywall: answers 402, or runs the handler once per payment. */
export type Paywall = (request: Request, handler: (context: PaidContext) => Promise<Response>) => Promise<Response>

const DEFAULT_MAX_BODY_BYTES = 8 * 1024 * 1024

function isEventStream(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
}

/** Money may have moved although nobody could say so. */
function isUnknown(settlement: SettleResponse): boolean {
  return settlement.errorReason === 'settlement_pending' || settlement.errorReason === 'unexpected_settle_error'
}

/** Names method, URL and body, so that a payment never moves to another request. */
function hashOf(request: Request, body: Uint8Array): Hex {
  return keccakHex(keccakBytes(new TextEncoder().encode(`${request.method} ${request.url}`)), keccakBytes(body))
}

/** The request with its body back in it. */
function replayableRequest(request: Request, body: Uint8Array<ArrayBuffer>): Request {
  return new Request(request.url, {
    method: request.method,
    headers: request.headers,
    signal: request.signal,
    ...(body.length === 0 ? {} : { body }),
  })
}

function isUpfront(requirements: PaymentRequirements): boolean {
  return requirements.extra?.['paymentFlow'] === 'upfront'
}

/** @throws X402Error `INVALID_OPTIONS` */
function checkFlows(accepts: readonly PaymentRequirements[]): void {
  for (const { scheme, extra } of accepts) {
    const flow = extra?.['paymentFlow'] ?? 'authorization'
    // What a call really costs is not known before it ran.
    if (flow !== 'authorization' && (flow !== 'upfront' || scheme !== 'exact')) {
      throw new X402Error('INVALID_OPTIONS', 'this paywall serves paymentFlow authorization, and upfront for exact')
    }
  }
}

/** One paid request on its way through the paywall. */
interface Call {
  readonly request: Request
  readonly body: Uint8Array<ArrayBuffer>
  readonly payload: PaymentPayload
  readonly requirements: PaymentRequirements
  readonly payment: VerifiedAuthorization
  readonly key: AttemptKey
  readonly answerKey: AnswerKey | undefined
  readonly resourceUrl: string
  demand(error: string, settlement?: SettleResponse): Promise<Response>
}

type Handler = (context: PaidContext) => Promise<Response>

/**
 * Builds a framework-neutral paywall over `Request` and `Response`. In this order: parse, match, look the identifier up,
 * verify locally (contract wallets through the facilitator), reserve atomically, verify on chain, run the handler,
 * settle; with `paymentFlow: "upfront"` settle before the handler. An answer of 400 or above, and a handler that throws,
 * are not charged; upfront they leave the payment good for the same request. Streams pass through as they come.
 */
export function createPaywall(options: PaywallOptions): Paywall {
  const { requirementsFor, store, facilitator, channels, onSettlement, recover } = options
  const { paymentIdentifier, offerReceipt, signIn } = options
  const clock = options.clock ?? systemClock
  const randomBytes = options.randomBytes ?? systemRandomBytes
  const settleAfter = options.settleAfter ?? isEventStream
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES

  /** The facilitator's word; `undefined` when its outcome is unknown. */
  async function askSettle(call: Call, amount: bigint): Promise<SettleResponse | undefined> {
    const { payload } = call
    const requirements = { ...call.requirements, amount: amount.toString() }
    try {
      const first = await facilitator.settle(payload, requirements)
      const pending = !first.success && first.errorReason === 'settlement_pending'
      return pending ? await facilitator.settle(payload, requirements) : first
    } catch {
      return undefined
    }
  }

  /** Adds what this server promises about a settlement. Trouble with that must not undo what was paid. */
  async function withReceipt(call: Call, settlement: SettleResponse): Promise<SettleResponse> {
    if (offerReceipt === undefined || !settlement.success) return settlement
    const terms = {
      resourceUrl: call.resourceUrl,
      network: settlement.network,
      payer: settlement.payer ?? call.payment.payer,
      issuedAt: clock(),
      transaction: offerReceipt.includeTransaction === true ? settlement.transaction : '',
    }
    try {
      const receipt = receiptExtension(await signReceipt(terms, offerReceipt.signer))
      return { ...settlement, extensions: { ...settlement.extensions, [OFFER_RECEIPT_EXTENSION]: receipt } }
    } catch {
      return settlement
    }
  }

  async function settle(call: Call, amount: bigint): Promise<SettleResponse | undefined> {
    const settled = await askSettle(call, amount)
    const settlement = settled === undefined ? undefined : await withReceipt(call, settled)
    if (settlement?.success === true && signIn !== undefined) {
      const payer: Address = call.payment.payer
      await signIn.store.recordPayment({ resource: resourceOf(call.request, signIn), payer }).catch(() => undefined)
    }
    onSettlement?.({ paymentHash: call.payment.paymentHash, settlement })
    return settlement
  }

  async function verifyOnChain(
    payload: PaymentPayload,
    requirements: PaymentRequirements,
  ): Promise<string | undefined> {
    try {
      const verdict = await facilitator.verify(payload, requirements)
      return verdict.isValid ? undefined : (verdict.invalidReason ?? 'invalid_payload')
    } catch {
      return 'unexpected_verify_error'
    }
  }

  /** Judges the payment: plain accounts here, contract wallets where a chain can be asked. */
  async function verify(
    payload: PaymentPayload,
    requirements: PaymentRequirements,
  ): Promise<{ readonly payment: VerifiedAuthorization; readonly isVerified: boolean } | { readonly code: string }> {
    const now = clock()
    const options_ = { now, ...(recover === undefined ? {} : { recover }) }
    const payment: VerifiedAuthorization | Refusal = verifyAuthorization(payload, requirements, options_)
    if (payment.ok) return { payment, isVerified: options.verify === 'local' }
    const isSignature = payment.code === 'invalid_exact_evm_signature' || payment.code === 'invalid_permit2_signature'
    if (!isSignature || options.verify === 'local') return { code: payment.code }
    // Perhaps a wallet contract's (ERC-1271, EIP-7702, ERC-6492). Asked before anything is reserved in its name.
    const inspected = inspectAuthorization(payload, requirements)
    if (!inspected.ok) return { code: inspected.code }
    const late = checkTimes(inspected.authorization, { now })
    const invalid = late?.code ?? (await verifyOnChain(payload, requirements))
    return invalid === undefined ? { payment: verifiedOf(inspected), isVerified: true } : { code: invalid }
  }

  async function release(call: Call): Promise<void> {
    await store.release(call.key)
    if (call.answerKey !== undefined) await paymentIdentifier?.store.abandon(call.answerKey)
  }

  function record(call: Pick<Call, 'answerKey'>, response: Response): Response {
    return call.answerKey === undefined || paymentIdentifier === undefined
      ? response
      : recordAnswer(response, call.answerKey, paymentIdentifier)
  }

  /** Runs the handler; when it fails, the payment is free for the same request again. */
  async function runHandler(call: Call, handler: Handler, charge: (amount: bigint) => void): Promise<Response> {
    const { request, body, payment, payload, requirements } = call
    try {
      const replayable = replayableRequest(request, body)
      const response = await handler({ request: replayable, payment, payload, requirements, charge })
      if (response.status >= 400) await release(call)
      return response
    } catch (error) {
      await release(call)
      throw error
    }
  }

  async function serveUpfront(call: Call, handler: Handler): Promise<Response> {
    const settlement = await settle(call, call.payment.authorized)
    if (settlement === undefined || isUnknown(settlement)) {
      // Sent again, the same payment finds out what became of it; nothing is sent twice.
      await release(call)
      return failureResponse('settlement_pending', 'the payment is being settled: send the same request again', {
        settlement,
        headers: { 'retry-after': '2' },
      })
    }
    if (!settlement.success) {
      await release(call)
      return call.demand(settlement.errorReason ?? 'unexpected_settle_error', settlement)
    }
    const response = await runHandler(call, handler, () => undefined)
    if (response.status >= 400) return paidResponse(response, settlement)
    await store.finish({ ...call.key, settlement })
    return record(call, paidResponse(response, settlement))
  }

  async function serveAuthorized(call: Call, handler: Handler): Promise<Response> {
    const { payment } = call
    let charged = payment.authorized
    const response = await runHandler(call, handler, (amount) => {
      charged = amount < 0n ? 0n : amount > payment.authorized ? payment.authorized : amount
    })
    if (response.status >= 400) return paidResponse(response, undefined)
    const settleCharge = async (): Promise<SettleResponse | undefined> => {
      const settlement = await settle(call, payment.scheme === 'upto' ? charged : payment.authorized)
      await store.finish({ ...call.key, settlement })
      return settlement
    }
    if (settleAfter(response)) {
      // Whatever was delivered is charged: at the end, on a client that goes away, and on a stream that breaks.
      const onEnd = (_end: BodyEnd): void => {
        settleCharge().catch(() => onSettlement?.({ paymentHash: payment.paymentHash, settlement: undefined }))
      }
      return record(call, paidResponse(watchBody(response, onEnd), undefined))
    }
    const settlement = await settleCharge()
    // An unknown outcome or a pending transaction is never answered with a 402, which would ask for a second payment.
    if (settlement !== undefined && !settlement.success && !isUnknown(settlement)) {
      await response.body?.cancel().catch(() => undefined)
      if (call.answerKey !== undefined) await paymentIdentifier?.store.abandon(call.answerKey)
      return call.demand(settlement.errorReason ?? 'unexpected_settle_error', settlement)
    }
    return record(call, paidResponse(response, settlement))
  }

  async function extensionsOf(price: Price, request: Request): Promise<JsonObject> {
    const extensions: Record<string, JsonObject> = {}
    if (offerReceipt !== undefined) {
      const { signer } = offerReceipt
      const offers = await signOffers(price.accepts, { signer, resourceUrl: price.resource.url, now: clock() })
      extensions[OFFER_RECEIPT_EXTENSION] = offersExtension(offers)
    }
    if (signIn !== undefined) {
      const { accepts } = price
      extensions[SIGN_IN_EXTENSION] = challengeOf(request, { ...signIn, now: clock(), accepts, randomBytes })
    }
    return extensions
  }

  /** What is the same in every 402 of a resource, and must come back unaltered. */
  function declaredBy(price: Price): JsonObject {
    if (paymentIdentifier === undefined) return price.extensions ?? {}
    const { required = false } = paymentIdentifier
    return { ...price.extensions, [PAYMENT_IDENTIFIER_EXTENSION]: paymentIdentifierExtension({ required }) }
  }

  async function replay(answerKey: AnswerKey, isRunning = false): Promise<Response | undefined> {
    if (paymentIdentifier === undefined) return undefined
    const known = await findAnswer(answerKey, { ...paymentIdentifier, now: clock, isRunning })
    switch (known.kind) {
      case 'answered':
        return responseOf(known.answer)
      case 'conflict':
        return failureResponse('payment_identifier_conflict', 'this payment identifier was used for another call')
      case 'running':
        return failureResponse('payment_in_progress', 'a request with this payment is running', {
          headers: { 'retry-after': '1' },
        })
      case 'lost':
        return failureResponse('payment_already_used', 'this payment has had its answer')
      case 'unknown':
        return undefined
    }
  }

  /** Reserves the payment; a response when it cannot have its run. */
  async function reserve(
    payment: VerifiedAuthorization,
    input: { requestHash: Hex; requirements: PaymentRequirements; demand: Call['demand'] },
  ): Promise<AttemptKey | Response> {
    const reserved = await store.reserve({
      nonceKey: payment.nonceKey,
      paymentHash: payment.paymentHash,
      requestHash: input.requestHash,
      asset: parseAddress(input.requirements.asset),
      authorized: payment.authorized,
      validBefore: payment.validBefore,
      now: clock(),
    })
    switch (reserved.kind) {
      case 'granted':
        return { nonceKey: payment.nonceKey, attempt: reserved.attempt }
      case 'running':
        return failureResponse('payment_in_progress', 'a request with this payment is running', {
          headers: { 'retry-after': '1' },
        })
      case 'conflict':
        return failureResponse('payment_used_for_other_request', 'this payment was used for another request')
      case 'exhausted':
        return input.demand('payer_exposure_exhausted' satisfies Reason)
      case 'finished': {
        const { settlement } = reserved
        return failureResponse('payment_already_used', 'this payment has had its answer', { settlement })
      }
    }
  }

  async function serveFromChannel(
    server: ChannelServer,
    received: Pick<Call, 'request' | 'body' | 'payload' | 'requirements' | 'answerKey'>,
    glue: { readonly handler: Handler; readonly demand: ServeChannelInput['demand'] },
  ): Promise<Response> {
    const { request, body, payload, requirements, answerKey } = received
    const abandon = async (): Promise<void> => {
      if (answerKey !== undefined) await paymentIdentifier?.store.abandon(answerKey)
    }
    if (answerKey !== undefined && paymentIdentifier !== undefined) {
      const expiresAt = clock() + BigInt(requirements.maxTimeoutSeconds)
      const known = await paymentIdentifier.store.begin({ ...answerKey, now: clock(), expiresAt })
      if (known.kind === 'conflict') {
        return failureResponse('payment_identifier_conflict', 'this payment identifier was used for another call')
      }
    }
    try {
      const response = await serveChannel(server, {
        request,
        requestHash: hashOf(request, body),
        payload,
        requirements,
        run: (payment, charge) =>
          glue.handler({ request: replayableRequest(request, body), payment, payload, requirements, charge }),
        settleAfter,
        demand: glue.demand,
        answer: paidResponse,
        repeated: (settlement) =>
          failureResponse('payment_already_used', 'this payment has had its answer', { settlement }),
        onSettlement,
      })
      if (response.ok) return record({ answerKey }, response)
      await abandon()
      return response
    } catch (error) {
      await abandon()
      throw error
    }
  }

  async function serve(request: Request, handler: Handler): Promise<Response> {
    const price = await requirementsFor(request)
    checkFlows(price.accepts)
    const declared = declaredBy(price)
    const write = (
      extra: JsonObject,
      details: { error?: string; settlement?: SettleResponse; accepts?: readonly PaymentRequirements[] },
    ): Response => {
      const { error, settlement, accepts = price.accepts } = details
      const extensions = { ...declared, ...extra }
      const required = createPaymentRequired({
        ...price,
        accepts,
        ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
        ...(error === undefined ? {} : { error }),
      })
      if (error === undefined) return paymentRequiredResponse(required)
      return paymentRequiredResponse(required, {
        status: statusOfReason(error),
        body: { error: { message: error, type: 'payment_error', param: null, code: error } },
        ...(settlement === undefined ? {} : { settlement }),
      })
    }
    const demand: Call['demand'] = async (error, settlement) =>
      write(await extensionsOf(price, request), { error, ...(settlement === undefined ? {} : { settlement }) })

    const read = readPayment(request)
    if (!read.ok) return demand(read.code)
    const { payload } = read
    if (payload === undefined) {
      const served = signIn === undefined ? undefined : await serveSignedIn(request, { ...signIn, now: clock() })
      return served === undefined ? write(await extensionsOf(price, request), {}) : paidResponse(served, undefined)
    }
    const matched = matchPayment(payload, price.accepts)
    if (!matched.ok) return demand(matched.code)
    if (!isFaithfulEcho(payload, declared)) return demand('extension_echo_mismatch')
    const { requirements } = matched

    const readRequest = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => readBody(request, maxBodyBytes)
    let body: Uint8Array<ArrayBuffer> | undefined
    let answerKey: AnswerKey | undefined
    if (paymentIdentifier !== undefined) {
      body = await readRequest()
      if (body === undefined) return bodyTooLargeResponse()
      const named = answerKeyOf(payload, hashOf(request, body))
      if (named === 'malformed') {
        return failureResponse('payment_identifier_malformed', 'the payment identifier has not the right shape')
      }
      if (named === undefined && paymentIdentifier.required === true) {
        return failureResponse('payment_identifier_required', 'this resource takes payments with an identifier only')
      }
      answerKey = named
      const known = named === undefined ? undefined : await replay(named)
      if (known !== undefined) return known
    }
    if (requirements.scheme === CHANNEL_SCHEME) {
      if (channels === undefined) return demand('unsupported_scheme' satisfies Reason)
      body ??= await readRequest()
      if (body === undefined) return bodyTooLargeResponse()
      const extra = await extensionsOf(price, request)
      const received = { request, body, payload, requirements, answerKey }
      return serveFromChannel(channels, received, {
        handler,
        demand: (error, { settlement, extra: corrected }) =>
          write(extra, {
            error,
            ...(settlement === undefined ? {} : { settlement }),
            accepts: price.accepts.map((offered) =>
              offered === requirements && corrected !== undefined && corrected !== null
                ? { ...offered, extra: { ...offered.extra, ...corrected } }
                : offered,
            ),
          }),
      })
    }
    const verified = await verify(payload, requirements)
    if (!('payment' in verified)) return demand(verified.code)
    const { payment } = verified
    body ??= await readRequest()
    if (body === undefined) return bodyTooLargeResponse()

    const reserved = await reserve(payment, { requestHash: hashOf(request, body), requirements, demand })
    if (reserved instanceof Response) {
      // Lost the race against its own duplicate: that one's answer is this one's too.
      const isDuplicate = reserved.status === 409
      return (
        (answerKey !== undefined && isDuplicate
          ? await replay(answerKey, reserved.headers.has('retry-after'))
          : undefined) ?? reserved
      )
    }
    const call: Call = {
      request,
      body,
      payload,
      requirements,
      payment,
      key: reserved,
      answerKey,
      resourceUrl: price.resource.url,
      demand,
    }
    try {
      if (answerKey !== undefined && paymentIdentifier !== undefined) {
        const expiresAt = payment.validBefore
        const known = await paymentIdentifier.store.begin({ ...answerKey, now: clock(), expiresAt })
        if (known.kind === 'conflict') {
          await store.release(reserved)
          return failureResponse('payment_identifier_conflict', 'this payment identifier was used for another call')
        }
      }
      const invalid = verified.isVerified ? undefined : await verifyOnChain(payload, requirements)
      if (invalid !== undefined) {
        await release(call)
        return demand(invalid)
      }
    } catch (error) {
      await release(call)
      throw error
    }
    return isUpfront(requirements) ? serveUpfront(call, handler) : serveAuthorized(call, handler)
  }

  return async (request, handler) => {
    const { cors } = options
    if (cors === undefined) return serve(request, handler)
    if (isPreflight(request)) return preflightResponse(cors)
    const response = await serve(request, handler)
    response.headers.set('access-control-allow-origin', cors.origin ?? '*')
    response.headers.append('vary', 'Origin')
    return response
  }
}
