import { CHANNEL_SCHEME } from '../channel/shared/channel-contracts.js'
import { type Fetch, systemClock, systemFetch, systemRandomBytes } from '../defaults.js'
import { offerHashOf } from '../evm/request-binding.js'
import { type Hex, isHex, lowerHex } from '../hex.js'
import { encodePaymentHeader, PAYMENT_SIGNATURE_HEADER } from '../protocol/header.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { encodePayloadVersionOne, X_PAYMENT_HEADER } from '../protocol/version-one.js'
import { watchBody } from '../watch-body.js'
import { X402Error } from '../x402-error.js'
import type { ClientScheme } from './client-scheme.js'
import { createPayment, type Payment } from './create-payment.js'
import { type CachedOffer, createOfferCache, isSameOffer, type OfferKey } from './offer-cache.js'
import { createPaymentLedger } from './payment-ledger.js'
import { type ReadOffer, readOffer } from './read-offer.js'
import { identityOf, type RepeatableRequest, readRepeatableRequest } from './repeatable-request.js'
import { selectRequirements } from './select-requirements.js'
import { createBudget, maxDepositOf, type SpendPolicy } from './spend-policy.js'

/** What hooks learn about the request that is being paid for. */
export interface PaidRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: Uint8Array | undefined
  /** What `hashRequest` said about the body. */
  readonly requestHash: Hex | undefined
}

/** A payment that is about to be sent. */
export interface PaymentEvent extends Payment {
  readonly request: PaidRequest
  /** True when an earlier attempt of the same call carried this very payment. */
  readonly resent: boolean
}

/** How {@link wrapFetch} pays with the first request of a call. */
export interface PayFirstOptions {
  /** Names what shares a price besides origin, method and path: a model, a size. Nothing more when absent. */
  readonly priceClassOf?: (request: PaidRequest) => string | undefined
  /**
   * Recomputes what the new request costs from what the server last asked for; `undefined` asks the server. The policy
   * and `checkRequirements` judge the answer like a server's. The cached price is offered again when absent.
   */
  readonly requirementsForRequest?: (
    offer: CachedOffer,
    request: PaidRequest,
  ) => readonly PaymentRequirements[] | undefined | Promise<readonly PaymentRequirements[] | undefined>
  /** How long an offer is used, in seconds; 300 when absent. */
  readonly maxAgeSeconds?: number
  /** How many offers are kept; 256 when absent. */
  readonly maxEntries?: number
}

/** Options of {@link wrapFetch}. */
export interface WrapFetchOptions {
  readonly schemes: readonly ClientScheme[]
  readonly policy: SpendPolicy
  /** The transport; the platform's `fetch` when absent. */
  readonly fetch?: Fetch
  /** Unix seconds; the system clock when absent. */
  readonly clock?: () => bigint
  readonly randomBytes?: (length: number) => Uint8Array
  /** Hash of the body, 32 bytes; with it, payments are bound to the body where the server offers that. */
  readonly hashRequest?: (body: Uint8Array) => Hex
  /** Throws to refuse a price. A hook that throws stops the payment. */
  readonly checkRequirements?: (requirements: PaymentRequirements, request: PaidRequest) => Promise<void> | void
  /** Told of every payment before it is sent. */
  readonly onPayment?: (payment: PaymentEvent) => void
  /**
   * Pays with the first request where the server's price is known from an earlier call; false when absent. A server
   * that answers with another price is paid that instead, with the same nonce where possible.
   */
  readonly payFirst?: boolean | PayFirstOptions
  /** Largest body that is kept for the second leg, in bytes; 32 MiB when absent. */
  readonly maxBodyBytes?: number
}

/** A `fetch` that pays. It can be called without a receiver. */
export interface PaidFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** The payment that a response of this function was bought with, if any. */
  paymentOf(response: Response): Payment | undefined
}

const DEFAULT_MAX_BODY_BYTES = 32 * 1024 * 1024
const DEFAULT_MAX_OFFERS = 256
const DEFAULT_OFFER_SECONDS = 300
/** A held payment is not sent again this close to its expiry; servers ask for 6 seconds. */
const RESEND_MARGIN_SECONDS = 6n

function isRedirect(response: Response): boolean {
  return response.type === 'opaqueredirect' || [301, 302, 303, 307, 308].includes(response.status)
}

/**
 * Wraps `fetch` so that a 402 of x402 (version 2, or 1) is paid within a policy and the request sent again, once.
 *
 * One call signs once, except where `payFirst` met another price. When the paid attempt fails (network, abort, any status but 2xx, a body that breaks off),
 * the next call with the same method, URL and body sends the same authorization again, until it expires. Calls that run
 * at the same time pay separately. A payment is never sent along a redirect.
 * @throws X402Error the policy's codes, `NO_ACCEPTABLE_REQUIREMENTS`, `BODY_NOT_REPEATABLE`, `REDIRECTED`, `MALFORMED_HEADER`
 */
export function wrapFetch(options: WrapFetchOptions): PaidFetch {
  const { schemes, policy, hashRequest, checkRequirements, onPayment, payFirst = false } = options
  const send = options.fetch ?? systemFetch
  const clock = options.clock ?? systemClock
  const randomBytes = options.randomBytes ?? systemRandomBytes
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
  const budget = createBudget(policy)
  const ledger = createPaymentLedger({ marginSeconds: RESEND_MARGIN_SECONDS })
  const payments = new WeakMap<Response, Payment>()
  const caching = typeof payFirst === 'object' ? payFirst : {}
  const offers =
    payFirst === false
      ? undefined
      : createOfferCache({
          maxEntries: caching.maxEntries ?? DEFAULT_MAX_OFFERS,
          maxAgeSeconds: BigInt(caching.maxAgeSeconds ?? DEFAULT_OFFER_SECONDS),
        })

  function describe(request: RepeatableRequest): PaidRequest {
    const requestHash = request.body === undefined ? undefined : hashRequest?.(request.body)
    if (requestHash !== undefined && !isHex(requestHash, 32)) {
      throw new X402Error('INVALID_OPTIONS', 'hashRequest must return 32 bytes of hex')
    }
    return {
      url: request.url,
      method: request.method,
      headers: new Headers(request.headers),
      body: request.body,
      requestHash: requestHash === undefined ? undefined : lowerHex(requestHash),
    }
  }

  function spendFor(request: RepeatableRequest, requirements: PaymentRequirements, previous?: Payment): () => void {
    const now = clock()
    const amount = BigInt(requirements.amount)
    // Two payments with one nonce cannot both settle, so the greater one counts; else both count.
    const spent = previous === undefined ? 0n : previous.authorized
    const extra = previous === undefined || !isReplaceable(previous, requirements) ? amount : amount - spent
    if (previous !== undefined && !isReplaceable(previous, requirements) && spent + amount > policy.maxAmountPerCall) {
      throw new X402Error('PRICE_ABOVE_CAP', 'the price changed; both payments together are above the cap per call')
    }
    return budget.take({ amount: extra > 0n ? extra : 0n, host: request.host, now })
  }

  async function pay(
    offer: ReadOffer,
    request: RepeatableRequest,
    context: { readonly paid: PaidRequest; readonly previous?: Payment },
  ): Promise<Payment> {
    const { paid, previous } = context
    const { requirements, scheme } = selectRequirements(offer.required, { schemes, policy })
    await checkRequirements?.(requirements, paid)
    request.signal?.throwIfAborted()
    // Taken before the first await of signing, so that concurrent calls cannot overdraw together.
    const giveBack = spendFor(request, requirements, previous)
    try {
      return await createPayment(requirements, {
        required: offer.required,
        scheme,
        now: clock(),
        randomBytes,
        version: offer.version,
        maxDeposit: maxDepositOf(policy),
        ...(paid.requestHash === undefined ? {} : { requestHash: paid.requestHash }),
        ...(previous !== undefined && isReplaceable(previous, requirements) ? { replaces: previous.nonce } : {}),
      })
    } catch (error) {
      giveBack()
      throw error
    }
  }

  /** The payment that can go out with the first request; `undefined` when the server has to be asked. */
  async function payKnown(request: RepeatableRequest, paid: PaidRequest, key: OfferKey): Promise<Payment | undefined> {
    const offer = offers?.find(key, clock())
    if (offer === undefined) return undefined
    const hook = typeof payFirst === 'object' ? payFirst.requirementsForRequest : undefined
    const accepts = hook === undefined ? offer.required.accepts : await hook(offer, paid)
    if (accepts === undefined) return undefined
    const { resource } = offer.required
    const required = {
      ...offer.required,
      accepts,
      resource: offer.url === request.url ? resource : { ...resource, url: request.url },
    }
    try {
      return await pay({ required, version: offer.version }, request, { paid })
    } catch (error) {
      // The known price is above the policy or cannot be paid: the present one may be another.
      if (error instanceof X402Error) return undefined
      throw error
    }
  }

  async function sendPaid(
    request: RepeatableRequest,
    event: PaymentEvent,
    entry: { readonly identity: string; readonly payment: Payment },
  ): Promise<Response> {
    const { session } = entry.payment
    const giveUp = (): void => {
      ledger.hold(entry)
      session?.closed()
    }
    let response: Response
    try {
      onPayment?.(event)
      request.signal?.throwIfAborted()
      const headers = new Headers(request.headers)
      const [name, value] = paymentHeaderOf(entry.payment)
      headers.set(name, value)
      response = await send(request.url, { ...request.init, headers, redirect: 'manual' })
    } catch (error) {
      giveUp()
      throw error
    }
    if (isRedirect(response)) {
      giveUp()
      await discard(response)
      throw new X402Error('REDIRECTED', 'the server redirected a paid request; payments do not follow redirects')
    }
    // The session still wants to read a refusal.
    if (!response.ok) ledger.hold(entry)
    const result = response.ok
      ? watchBody(response, (end) => {
          if (end === 'failed') ledger.hold(entry)
          session?.closed()
        })
      : response
    payments.set(result, entry.payment)
    return result
  }

  /** Sends a payment; a scheme that keeps count reads the answer, and may pay the same call once more. */
  async function sendInSession(
    request: RepeatableRequest,
    event: PaymentEvent,
    entry: { readonly identity: string; readonly payment: Payment },
  ): Promise<Response> {
    const response = await sendPaid(request, event, entry)
    const previous = entry.payment
    if ((await previous.session?.answered(response)) !== 'again') return response
    const offer = await readOffer(response)
    if (offer === undefined) return response
    await discard(response)
    ledger.drop({ identity: entry.identity, payment: previous })
    const payment = await pay(offer, request, { paid: event.request, previous })
    const next = await sendPaid(request, { ...payment, request: event.request, resent: false }, { ...entry, payment })
    await payment.session?.answered(next)
    return next
  }

  /** The second and last payment of a call that paid first: only where the server asks for something else. */
  async function payAgain(
    response: Response,
    request: RepeatableRequest,
    call: { readonly identity: string; readonly paid: PaidRequest; readonly key: OfferKey; readonly previous: Payment },
  ): Promise<Response> {
    const { identity, paid, key, previous } = call
    offers?.drop(key)
    const offer = await readOffer(response)
    if (offer === undefined) return response
    const { requirements } = selectRequirements(offer.required, { schemes, policy })
    if (isSameOffer(requirements, previous.requirements)) return response
    const payment = await pay(offer, request, { paid, previous })
    await discard(response)
    offers?.keep(key, { ...offer, url: request.url, receivedAt: clock() })
    // The refused one is of no more use: its nonce goes with the new one, or it was for another price.
    ledger.drop({ identity, payment: previous })
    return sendInSession(request, { ...payment, request: paid, resent: false }, { identity, payment })
  }

  async function paidFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = await readRepeatableRequest(input, { init, maxBodyBytes })
    // Whoever brings a payment along manages it; paying on top would pay twice.
    if (request.headers.has(PAYMENT_SIGNATURE_HEADER) || request.headers.has(X_PAYMENT_HEADER)) {
      return send(request.url, {
        ...request.init,
        headers: request.headers,
        redirect: request.redirect === 'error' ? 'error' : 'manual',
      })
    }
    const identity = identityOf(request)
    const held = ledger.take({ identity, now: clock() })
    const paid = describe(request)
    const key: OfferKey = {
      url: request.url,
      method: request.method,
      priceClass: typeof payFirst === 'object' ? payFirst.priceClassOf?.(paid) : undefined,
    }
    if (held !== undefined) {
      // A scheme that keeps count signs by its present count, for the same call: a server charges it once.
      const counted = held.session !== undefined
      const payment = counted ? await pay(offerOf(held), request, { paid, previous: held }) : held
      const event = { ...payment, request: paid, resent: !counted }
      const response = await sendInSession(request, event, { identity, payment })
      // A price that was paid first and never answered may be out of date.
      const mayBeStale = offers !== undefined && !counted && response.status === 402
      return mayBeStale ? payAgain(response, request, { identity, paid, key, previous: payment }) : response
    }
    const known = await payKnown(request, paid, key)
    if (known !== undefined) {
      const response = await sendInSession(
        request,
        { ...known, request: paid, resent: false },
        { identity, payment: known },
      )
      return response.status === 402 ? payAgain(response, request, { identity, paid, key, previous: known }) : response
    }
    const first = await send(request.url, {
      ...request.init,
      headers: new Headers(request.headers),
      redirect: request.redirect,
    })
    const offer = await readOffer(first)
    if (offer === undefined) return first
    await discard(first)
    if (first.redirected) {
      throw new X402Error('REDIRECTED', 'a redirect ended at a price; ask its target directly to pay there')
    }
    const payment = await pay(offer, request, { paid })
    offers?.keep(key, { ...offer, url: request.url, receivedAt: clock() })
    return sendInSession(request, { ...payment, request: paid, resent: false }, { identity, payment })
  }

  return Object.assign(paidFetch, { paymentOf: (response: Response): Payment | undefined => payments.get(response) })
}

/** What a payment was signed for, as an offer. */
function offerOf({ payload, requirements, version }: Payment): ReadOffer {
  const { resource, extensions } = payload
  return {
    required: {
      x402Version: 2,
      resource: resource ?? { url: requirements.payTo },
      accepts: [requirements],
      ...(extensions === undefined ? {} : { extensions }),
    },
    version,
  }
}

/** Whether a payment for these requirements with the same nonce excludes the earlier one. */
function isReplaceable(previous: Payment, requirements: PaymentRequirements): boolean {
  const { scheme, network, asset, extra } = previous.requirements
  if (scheme !== requirements.scheme || network !== requirements.network) return false
  if (asset.toLowerCase() !== requirements.asset.toLowerCase()) return false
  // Vouchers are cumulative: the next one takes the place of the refused one, and the nonce names the call.
  if (scheme === CHANNEL_SCHEME) return true
  return (
    !previous.bound &&
    (scheme === 'exact' || scheme === 'upto') &&
    extra?.['assetTransferMethod'] === requirements.extra?.['assetTransferMethod'] &&
    offerHashOf(requirements) === undefined
  )
}

function paymentHeaderOf(payment: Payment): readonly [name: string, value: string] {
  return payment.version === 1
    ? [X_PAYMENT_HEADER, encodePaymentHeader(encodePayloadVersionOne(payment.payload))]
    : [PAYMENT_SIGNATURE_HEADER, encodePaymentHeader(payment.payload)]
}

async function discard(response: Response): Promise<void> {
  try {
    await response.body?.cancel()
  } catch {
    // The body is of no use; a broken connection must not hide the answer.
  }
}
