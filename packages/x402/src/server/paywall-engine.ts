import { createAddressReader } from '../address.js'
import { CHANNEL_SCHEME } from '../channel/shared/channel-contracts.js'
import { systemClock, systemRandomBytes } from '../defaults.js'
import { portableKeccak } from '../keccak.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import type { Reason } from '../protocol/reason.js'
import { type Answer, answerOfResponse, bodyTooLargeAnswer, failureAnswer, paidAnswer } from './answer.js'
import type { AnswerKey } from './answer-store.js'
import { checkBinding } from './check-binding.js'
import { isPreflightOf, preflightResponse } from './cors.js'
import { createIdentifiedCalls, isAnswer } from './identified-call.js'
import { createPaymentJudge, type MatchedCall } from './judge-payment.js'
import { isFaithfulEcho, matchPayment } from './match-payment.js'
import { checkFlows, createPaymentDemand, type DemandDetails } from './payment-demand.js'
import type { CommonPaywallOptions, PaidCall, Price } from './paywall-options.js'
import type { PaywallRequest } from './paywall-request.js'
import { createPriceQuotes } from './price-quotes.js'
import { decodePayment } from './read-payment.js'
import { createRequestHash } from './request-hash.js'
import { reserveCall } from './reserve-call.js'
import { type Call, createCallRunner } from './run-call.js'
import { serveFromChannel } from './serve-from-channel.js'
import { createSettleCall } from './settle-call.js'
import { serveSignedIn } from './sign-in.js'

/** A paid call with the body that was read. */
export interface EnginePaidCall extends PaidCall {
  readonly body: Uint8Array<ArrayBuffer>
}

/** Options of {@link createPaywallEngine}. */
export interface PaywallEngineOptions<R extends PaywallRequest> extends CommonPaywallOptions {
  readonly priceOf: (request: R) => Price | Promise<Price>
  /** Whether a request may be served at all; every one when absent. */
  readonly isAllowed?: (request: R) => boolean | Promise<boolean>
  /** Whether an answer goes out before it is settled; event streams do when absent. */
  readonly settlesAfter?: (answer: Answer) => boolean
}

/** Serves one request of whatever kind behind the paywall. */
export type PaywallEngine<R extends PaywallRequest> = (
  request: R,
  run: (paid: EnginePaidCall) => Promise<Answer>,
) => Promise<Answer>

/** Largest body that a paywall reads, where its options do not say. */
export const DEFAULT_MAX_BODY_BYTES: number = 8 * 1024 * 1024

function isEventStream({ headers }: Answer): boolean {
  // Handlers that answer in parts spell names as they like.
  const name = Object.keys(headers).find((key) => key.toLowerCase() === 'content-type')
  const type = name === undefined ? undefined : headers[name]
  return typeof type === 'string' && type.startsWith('text/event-stream')
}

function isUpfront(requirements: PaymentRequirements): boolean {
  return requirements.extra?.['paymentFlow'] === 'upfront'
}

/** Builds what all paywalls have in common: the order of one call. See {@link createPaywall}. */
export function createPaywallEngine<R extends PaywallRequest>(options: PaywallEngineOptions<R>): PaywallEngine<R> {
  const { priceOf, isAllowed, store, facilitator, channels, onSettlement, signIn, offerReceipt, cors } = options
  const clock = options.clock ?? systemClock
  const settlesAfter = options.settlesAfter ?? isEventStream
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
  const { recover, recoverAsync, keccak = portableKeccak } = options
  const tools = { recover, recoverAsync, keccak }
  const { judge, askFacilitator } = createPaymentJudge({ facilitator, clock, verify: options.verify ?? 'chain', tools })
  const hashRequest = createRequestHash(keccak)
  const readAddress = createAddressReader(keccak)
  const { paymentIdentifier } = options
  const identified = paymentIdentifier === undefined ? undefined : createIdentifiedCalls(paymentIdentifier, clock)
  const quotes = options.quotes === undefined ? undefined : createPriceQuotes({ ...options.quotes, clock })
  const demands = createPaymentDemand({
    clock,
    randomBytes: options.randomBytes ?? systemRandomBytes,
    paymentIdentifier,
    offerReceipt,
    signIn,
    quotes,
    offersBinding: options.hashRequest !== undefined,
  })
  const settle = createSettleCall({ facilitator, clock, offerReceipt, signIn, onSettlement })
  const runner = createCallRunner({ store, settle, settlesAfter, identified, onSettlement })

  /** One request that carries a payment for one of the price's requirements. */
  async function servePaid(
    request: R,
    run: (paid: EnginePaidCall) => Promise<Answer>,
    matched: MatchedCall & { readonly price: Price; readonly demand: (details: DemandDetails) => Promise<Answer> },
  ): Promise<Answer> {
    const { payload, requirements, price, demand } = matched
    const isFromChannel = requirements.scheme === CHANNEL_SCHEME
    if (isFromChannel && channels === undefined) return demand({ error: 'unsupported_scheme' satisfies Reason })
    // Signatures are judged before a body is read, unless the body names the call.
    let body = identified === undefined && !isFromChannel ? undefined : await request.readBody(maxBodyBytes)
    if (body === undefined && (identified !== undefined || isFromChannel)) return bodyTooLargeAnswer()
    let answerKey: AnswerKey | undefined
    if (identified !== undefined && body !== undefined) {
      const named = identified.nameOf(payload, hashRequest(request, body))
      if (named !== undefined && isAnswer(named)) return named
      answerKey = named
      const known = named === undefined ? undefined : await identified.replay(named)
      if (known !== undefined) return known
    }
    if (isFromChannel && channels !== undefined && body !== undefined) {
      const whole = body
      return serveFromChannel(
        {
          payload,
          requirements,
          accepts: price.accepts,
          request,
          requestHash: hashRequest(request, whole),
          answerKey,
          run: (payment, charge) => run({ body: whole, payment, payload, requirements, charge }),
          demand,
        },
        { server: channels, clock, settlesAfter, identified, onSettlement },
      )
    }
    const judging = judge(matched)
    const judgement = judging instanceof Promise ? await judging : judging
    if (!('payment' in judgement)) return demand({ error: judgement.code })
    const { payment } = judgement
    body ??= await request.readBody(maxBodyBytes)
    if (body === undefined) return bodyTooLargeAnswer()
    const whole = body
    const misplaced = checkBinding(matched, whole, options.hashRequest)
    if (misplaced !== undefined) return failureAnswer(misplaced.code, misplaced.detail)
    const requestHash = hashRequest(request, whole)
    const reserved = await reserveCall(
      { payment, requestHash, requirements, demand: (error) => demand({ error }) },
      { store, now: clock(), readAddress },
    )
    if (!('key' in reserved)) {
      // Lost the race against its own duplicate: that one's answer is this one's too.
      const twin = reserved.isDuplicate ? answerKey : undefined
      const replayed = twin === undefined ? undefined : await identified?.replay(twin, reserved.isRunning)
      return replayed ?? reserved.answer
    }
    const call: Call = {
      request,
      payload,
      requirements,
      payment,
      key: reserved.key,
      answerKey,
      resourceUrl: price.resource.url,
      demand: (error, settlement) => demand({ error, settlement }),
      run: (charge) => run({ body: whole, payment, payload, requirements, charge }),
    }
    try {
      const taken = answerKey === undefined ? undefined : await identified?.begin(answerKey, payment.validBefore)
      if (taken !== undefined) {
        await store.release(reserved.key)
        return taken
      }
      const invalid = judgement.isVerified ? undefined : await askFacilitator(matched)
      if (invalid !== undefined) {
        await runner.release(call)
        return await demand({ error: invalid })
      }
    } catch (error) {
      await runner.release(call)
      throw error
    }
    return isUpfront(requirements) ? runner.serveUpfront(call) : runner.serveAuthorized(call)
  }

  async function serve(request: R, run: (paid: EnginePaidCall) => Promise<Answer>): Promise<Answer> {
    if (isAllowed !== undefined && !(await isAllowed(request))) {
      return failureAnswer('request_not_allowed', 'this request is not served, paid or not')
    }
    const asked = priceOf(request)
    // No turn of the queue is waited for what is there already.
    const price = asked instanceof Promise ? await asked : asked
    checkFlows(price.accepts)
    const demand = (details?: DemandDetails): Promise<Answer> => demands.write(price, request.url, details)
    const read = decodePayment(request.header('payment-signature'))
    if (!read.ok) return demand({ error: read.code })
    const { payload } = read
    if (payload === undefined) {
      const served =
        signIn === undefined ? undefined : await serveSignedIn(request.toRequest(), { ...signIn, now: clock() })
      return served === undefined ? demand() : paidAnswer(answerOfResponse(served), undefined)
    }
    const matched = matchPayment(payload, price.accepts)
    const { priceClass } = price
    // Today's price first: a payment of it needs no quote.
    const requirements = matched.ok
      ? matched.requirements
      : priceClass === undefined
        ? undefined
        : quotes?.recognise(payload, priceClass)
    if (requirements === undefined) return demand({ error: 'no_matching_requirements' satisfies Reason })
    if (!isFaithfulEcho(payload, demands.declaredBy(price))) return demand({ error: 'extension_echo_mismatch' })
    return servePaid(request, run, { payload, requirements, price, demand })
  }

  if (cors === undefined) return serve
  return async (request, run) => {
    if (isPreflightOf(request.method, request.header('access-control-request-method')))
      return answerOfResponse(preflightResponse(cors))
    const answer = await serve(request, run)
    const { vary } = answer.headers
    return {
      ...answer,
      headers: {
        ...answer.headers,
        'access-control-allow-origin': cors.origin ?? '*',
        vary: vary === undefined ? 'Origin' : `${String(vary)}, Origin`,
      },
    }
  }
}
