import { parseAddress } from '../address.js'
import type { ChannelServer, VerifiedChannelPayment } from '../channel/server/channel-server.js'
import { serveChannel } from '../channel/server/serve-channel.js'
import { CHANNEL_SCHEME } from '../channel/shared/channel-contracts.js'
import { systemClock } from '../defaults.js'
import type { RecoverPublicKey } from '../evm/recover-public-key.js'
import { type VerifiedAuthorization, verifyAuthorization } from '../evm/verify-authorization.js'
import type { Facilitator } from '../facilitator/facilitator.js'
import type { Hex } from '../hex.js'
import { keccakBytes, keccakHex } from '../keccak.js'
import { encodePaymentHeader, PAYMENT_RESPONSE_HEADER } from '../protocol/header.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { type Reason, type Refusal, statusOfReason } from '../protocol/reason.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import { readBody } from '../read-body.js'
import { type BodyEnd, watchBody } from '../watch-body.js'
import {
  type CreatePaymentRequiredOptions,
  createPaymentRequired,
  EXPOSED_HEADERS,
  paymentRequiredResponse,
} from './create-payment-required.js'
import { matchPayment } from './match-payment.js'
import { readPayment } from './read-payment.js'
import type { AttemptKey, ReservationStore } from './reservation-store.js'

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

function failure(reason: Reason, detail: string, headers?: Record<string, string>): Response {
  const body = { error: { message: detail, type: 'payment_error', param: null, code: reason } }
  return new Response(JSON.stringify(body), {
    status: statusOfReason(reason),
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  })
}

function alreadyUsed(settlement: SettleResponse | undefined): Response {
  return failure('payment_already_used', 'this payment has had its answer', {
    ...(settlement === undefined ? {} : { [PAYMENT_RESPONSE_HEADER]: encodePaymentHeader(settlement) }),
  })
}

function withHeaders(response: Response, settlement: SettleResponse | undefined): Response {
  const headers = new Headers(response.headers)
  // An upstream must not speak for this server's payments.
  headers.delete('payment-required')
  headers.delete('settlement-overrides')
  headers.delete(PAYMENT_RESPONSE_HEADER)
  if (settlement !== undefined) headers.set(PAYMENT_RESPONSE_HEADER, encodePaymentHeader(settlement))
  const caching = headers.get('cache-control')
  if (caching === null) headers.set('cache-control', 'private')
  else if (!/\b(?:private|no-store)\b/i.test(caching)) headers.set('cache-control', `${caching}, private`)
  headers.set('access-control-expose-headers', EXPOSED_HEADERS)
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}

/**
 * Builds a framework-neutral paywall over `Request` and `Response`. In this order: parse, match, verify locally, reserve
 * atomically, verify on chain, run the handler, settle. An answer of 400 or above, and a handler that throws, are not
 * charged. Streams pass through as they come.
 */
export function createPaywall(options: PaywallOptions): Paywall {
  const { requirementsFor, store, facilitator, channels, onSettlement, recover } = options
  const clock = options.clock ?? systemClock
  const settleAfter = options.settleAfter ?? isEventStream
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES

  /** The facilitator's word; `undefined` when its outcome is unknown. */
  async function settle(
    payload: PaymentPayload,
    requirements: PaymentRequirements,
  ): Promise<SettleResponse | undefined> {
    try {
      const first = await facilitator.settle(payload, requirements)
      const pending = !first.success && first.errorReason === 'settlement_pending'
      return pending ? await facilitator.settle(payload, requirements) : first
    } catch {
      return undefined
    }
  }

  async function verifyOnChain(
    payload: PaymentPayload,
    requirements: PaymentRequirements,
  ): Promise<string | undefined> {
    if (options.verify === 'local') return undefined
    try {
      const verdict = await facilitator.verify(payload, requirements)
      return verdict.isValid ? undefined : (verdict.invalidReason ?? 'invalid_payload')
    } catch {
      return 'unexpected_verify_error'
    }
  }

  function checkAuthorization(
    payload: PaymentPayload,
    requirements: PaymentRequirements,
  ): VerifiedAuthorization | Refusal {
    return verifyAuthorization(payload, requirements, {
      now: clock(),
      ...(recover === undefined ? {} : { recover }),
    })
  }

  return async (request, handler) => {
    const price = await requirementsFor(request)
    const demand = (error: string, settlement?: SettleResponse, accepts = price.accepts): Response =>
      paymentRequiredResponse(createPaymentRequired({ ...price, accepts, error }), {
        status: statusOfReason(error),
        body: { error: { message: error, type: 'payment_error', param: null, code: error } },
        ...(settlement === undefined ? {} : { settlement }),
      })

    const read = readPayment(request)
    if (!read.ok) return demand(read.code)
    const { payload } = read
    if (payload === undefined) return paymentRequiredResponse(createPaymentRequired(price))
    const matched = matchPayment(payload, price.accepts)
    if (!matched.ok) return demand(matched.code)
    const { requirements } = matched
    const isChannel = requirements.scheme === CHANNEL_SCHEME
    if (isChannel && channels === undefined) return demand('unsupported_scheme' satisfies Reason)
    const authorization = isChannel ? undefined : checkAuthorization(payload, requirements)
    if (authorization?.ok === false) return demand(authorization.code)

    const body = await readBody(request, maxBodyBytes)
    if (body === undefined) {
      return new Response(
        JSON.stringify({ error: { message: 'the body is too large', type: 'invalid_request_error' } }),
        {
          status: 413,
          headers: { 'content-type': 'application/json' },
        },
      )
    }
    const replayable = (): Request =>
      new Request(request.url, {
        method: request.method,
        headers: request.headers,
        signal: request.signal,
        ...(body.length === 0 ? {} : { body }),
      })
    if (authorization === undefined) {
      if (channels === undefined) return demand('unsupported_scheme' satisfies Reason)
      return serveChannel(channels, {
        request,
        requestHash: hashOf(request, body),
        payload,
        requirements,
        run: (payment, charge) => handler({ request: replayable(), payment, payload, requirements, charge }),
        settleAfter,
        demand: (reason, { settlement, extra }) =>
          demand(
            reason,
            settlement,
            price.accepts.map((offered) =>
              offered === requirements && extra !== undefined && extra !== null
                ? { ...offered, extra: { ...offered.extra, ...extra } }
                : offered,
            ),
          ),
        answer: withHeaders,
        repeated: alreadyUsed,
        onSettlement,
      })
    }
    const payment = authorization
    const reserved = await store.reserve({
      nonceKey: payment.nonceKey,
      paymentHash: payment.paymentHash,
      requestHash: hashOf(request, body),
      asset: parseAddress(requirements.asset),
      authorized: payment.authorized,
      validBefore: payment.validBefore,
      now: clock(),
    })
    switch (reserved.kind) {
      case 'running':
        return failure('payment_in_progress', 'a request with this payment is running', { 'retry-after': '1' })
      case 'conflict':
        return failure('payment_used_for_other_request', 'this payment was used for another request')
      case 'exhausted':
        return demand('payer_exposure_exhausted' satisfies Reason)
      case 'finished':
        return alreadyUsed(reserved.settlement)
      case 'granted':
    }
    const key: AttemptKey = { nonceKey: payment.nonceKey, attempt: reserved.attempt }

    let charged = payment.authorized
    const charge = (amount: bigint): void => {
      charged = amount < 0n ? 0n : amount > payment.authorized ? payment.authorized : amount
    }
    const settleCharge = async (): Promise<SettleResponse | undefined> => {
      const amount = payment.scheme === 'upto' ? charged : payment.authorized
      const settlement = await settle(payload, { ...requirements, amount: amount.toString() })
      await store.finish({ ...key, settlement })
      onSettlement?.({ paymentHash: payment.paymentHash, settlement })
      return settlement
    }

    let response: Response
    try {
      const invalid = await verifyOnChain(payload, requirements)
      if (invalid !== undefined) {
        await store.release(key)
        return demand(invalid)
      }
      response = await handler({ request: replayable(), payment, payload, requirements, charge })
    } catch (error) {
      await store.release(key)
      throw error
    }
    if (response.status >= 400) {
      await store.release(key)
      return withHeaders(response, undefined)
    }
    if (settleAfter(response)) {
      // Whatever was delivered is charged: at the end, on a client that goes away, and on a stream that breaks.
      const onEnd = (_end: BodyEnd): void => {
        settleCharge().catch(() => onSettlement?.({ paymentHash: payment.paymentHash, settlement: undefined }))
      }
      return withHeaders(watchBody(response, onEnd), undefined)
    }
    const settlement = await settleCharge()
    // An unknown outcome or a pending transaction is never answered with a 402, which would ask for a second payment.
    if (settlement !== undefined && !settlement.success && !isUnknown(settlement)) {
      await response.body?.cancel().catch(() => undefined)
      return demand(settlement.errorReason ?? 'unexpected_settle_error', settlement)
    }
    return withHeaders(response, settlement)
  }
}
