import { systemClock, systemFetch, systemRandomBytes } from '../defaults.js'
import { isHex, lowerHex } from '../hex.js'
import { PAYMENT_SIGNATURE_HEADER } from '../protocol/header.js'
import { X_PAYMENT_HEADER } from '../protocol/version-one.js'
import { X402Error } from '../x402-error.js'
import { createPaidSender } from './create-paid-sender.js'
import { createPayer } from './create-payer.js'
import type { Payment } from './create-payment.js'
import { discardResponse } from './discard-response.js'
import { createOfferCache, isSameOffer, type OfferKey } from './offer-cache.js'
import { createPaymentLedger } from './payment-ledger.js'
import { type ReadOffer, readOffer } from './read-offer.js'
import { identityOf, type RepeatableRequest, readRepeatableRequest } from './repeatable-request.js'
import { selectRequirements } from './select-requirements.js'
import type { PaidFetch, PaidRequest, WrapFetchOptions } from './wrap-fetch-options.js'

const DEFAULT_MAX_BODY_BYTES = 32 * 1024 * 1024
const DEFAULT_MAX_OFFERS = 256
const DEFAULT_OFFER_SECONDS = 300
/** A held payment is not sent again this close to its expiry; servers ask for 6 seconds. */
const RESEND_MARGIN_SECONDS = 6n

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
  const ledger = createPaymentLedger({ marginSeconds: RESEND_MARGIN_SECONDS })
  const payments = new WeakMap<Response, Payment>()
  const pay = createPayer({
    schemes,
    policy,
    clock,
    randomBytes,
    ...(checkRequirements === undefined ? {} : { checkRequirements }),
  })
  const sendInSession = createPaidSender({
    send,
    pay,
    ledger,
    onPayment,
    onResponse: (response, payment) => void payments.set(response, payment),
  })
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

  /** Signs for a held payment's call by the present count. What cannot be signed leaves the call with the payment that it has. */
  async function paySame(
    held: Payment,
    request: RepeatableRequest,
    { identity, paid }: { readonly identity: string; readonly paid: PaidRequest },
  ): Promise<Payment> {
    try {
      return await pay(offerOf(held), request, { paid, previous: held })
    } catch (error) {
      ledger.hold({ identity, payment: held })
      throw error
    }
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
    await discardResponse(response)
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
      const payment = counted ? await paySame(held, request, { identity, paid }) : held
      const event = { ...payment, request: paid, resent: !counted }
      const response = await sendInSession(request, event, { identity, payment })
      // A price that was paid first and never answered may be out of date.
      const mayBeStale = offers !== undefined && response.status === 402
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
    await discardResponse(first)
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
