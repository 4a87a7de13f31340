import { type Fetch, systemClock, systemFetch, systemRandomBytes } from '../defaults.js'
import { type Hex, isHex, lowerHex } from '../hex.js'
import {
  decodePaymentRequired,
  encodePaymentHeader,
  PAYMENT_REQUIRED_HEADER,
  PAYMENT_SIGNATURE_HEADER,
} from '../protocol/header.js'
import type { PaymentRequired } from '../protocol/payment-required.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { watchBody } from '../watch-body.js'
import { X402Error } from '../x402-error.js'
import type { ClientScheme } from './client-scheme.js'
import { createPayment, type Payment } from './create-payment.js'
import { createPaymentLedger } from './payment-ledger.js'
import { identityOf, type RepeatableRequest, readRepeatableRequest } from './repeatable-request.js'
import { selectRequirements } from './select-requirements.js'
import { createBudget, type SpendPolicy } from './spend-policy.js'

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
/** A held payment is not sent again this close to its expiry; servers ask for 6 seconds. */
const RESEND_MARGIN_SECONDS = 6n

function isRedirect(response: Response): boolean {
  return response.type === 'opaqueredirect' || [301, 302, 303, 307, 308].includes(response.status)
}

/**
 * Wraps `fetch` so that a 402 of x402 v2 is paid within a policy and the request sent again, once.
 *
 * One call never signs twice. When the paid attempt fails (network, abort, any status but 2xx, a body that breaks off),
 * the next call with the same method, URL and body sends the same authorization again, until it expires. Calls that run
 * at the same time pay separately. A payment is never sent along a redirect.
 * @throws X402Error the policy's codes, `NO_ACCEPTABLE_REQUIREMENTS`, `BODY_NOT_REPEATABLE`, `REDIRECTED`, `MALFORMED_HEADER`
 */
export function wrapFetch(options: WrapFetchOptions): PaidFetch {
  const { schemes, policy, hashRequest, checkRequirements, onPayment } = options
  const send = options.fetch ?? systemFetch
  const clock = options.clock ?? systemClock
  const randomBytes = options.randomBytes ?? systemRandomBytes
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
  const budget = createBudget(policy)
  const ledger = createPaymentLedger({ marginSeconds: RESEND_MARGIN_SECONDS })
  const payments = new WeakMap<Response, Payment>()

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

  async function pay(required: PaymentRequired, request: RepeatableRequest, paid: PaidRequest): Promise<Payment> {
    const { requirements, scheme } = selectRequirements(required, { schemes, policy })
    await checkRequirements?.(requirements, paid)
    request.signal?.throwIfAborted()
    const now = clock()
    // Taken before the first await of signing, so that concurrent calls cannot overdraw together.
    const giveBack = budget.take({ amount: BigInt(requirements.amount), host: request.host, now })
    try {
      return await createPayment(requirements, {
        required,
        scheme,
        now,
        randomBytes,
        ...(paid.requestHash === undefined ? {} : { requestHash: paid.requestHash }),
      })
    } catch (error) {
      giveBack()
      throw error
    }
  }

  async function sendPaid(
    request: RepeatableRequest,
    event: PaymentEvent,
    entry: { readonly identity: string; readonly payment: Payment },
  ): Promise<Response> {
    let response: Response
    try {
      onPayment?.(event)
      request.signal?.throwIfAborted()
      const headers = new Headers(request.headers)
      headers.set(PAYMENT_SIGNATURE_HEADER, encodePaymentHeader(entry.payment.payload))
      response = await send(request.url, { ...request.init, headers, redirect: 'manual' })
    } catch (error) {
      ledger.hold(entry)
      throw error
    }
    if (isRedirect(response)) {
      ledger.hold(entry)
      await discard(response)
      throw new X402Error('REDIRECTED', 'the server redirected a paid request; payments do not follow redirects')
    }
    if (!response.ok) ledger.hold(entry)
    const result = response.ok
      ? watchBody(response, (end) => {
          if (end === 'failed') ledger.hold(entry)
        })
      : response
    payments.set(result, entry.payment)
    return result
  }

  async function paidFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = await readRepeatableRequest(input, { init, maxBodyBytes })
    // Whoever brings a payment along manages it; paying on top would pay twice.
    if (request.headers.has(PAYMENT_SIGNATURE_HEADER) || request.headers.has('X-PAYMENT')) {
      return send(request.url, {
        ...request.init,
        headers: request.headers,
        redirect: request.redirect === 'error' ? 'error' : 'manual',
      })
    }
    const identity = identityOf(request)
    const held = ledger.take({ identity, now: clock() })
    if (held !== undefined) {
      return sendPaid(request, { ...held, request: describe(request), resent: true }, { identity, payment: held })
    }
    const first = await send(request.url, {
      ...request.init,
      headers: new Headers(request.headers),
      redirect: request.redirect,
    })
    const header = first.status === 402 ? first.headers.get(PAYMENT_REQUIRED_HEADER) : null
    if (header === null) return first
    await discard(first)
    if (first.redirected) {
      throw new X402Error('REDIRECTED', 'a redirect ended at a price; ask its target directly to pay there')
    }
    const paid = describe(request)
    const payment = await pay(decodePaymentRequired(header), request, paid)
    return sendPaid(request, { ...payment, request: paid, resent: false }, { identity, payment })
  }

  return Object.assign(paidFetch, { paymentOf: (response: Response): Payment | undefined => payments.get(response) })
}

async function discard(response: Response): Promise<void> {
  try {
    await response.body?.cancel()
  } catch {
    // The body is of no use; a broken connection must not hide the answer.
  }
}
