import type { Fetch } from '../defaults.js'
import { encodePaymentHeader, PAYMENT_SIGNATURE_HEADER } from '../protocol/header.js'
import { encodePayloadVersionOne, X_PAYMENT_HEADER } from '../protocol/version-one.js'
import { watchBody } from '../watch-body.js'
import { X402Error } from '../x402-error.js'
import type { Pay } from './create-payer.js'
import type { Payment } from './create-payment.js'
import { discardResponse } from './discard-response.js'
import type { PaymentLedger } from './payment-ledger.js'
import { readOffer } from './read-offer.js'
import type { RepeatableRequest } from './repeatable-request.js'
import type { PaymentEvent } from './wrap-fetch-options.js'

/** A payment with the logical call that it is for. */
interface LedgerEntry {
  readonly identity: string
  readonly payment: Payment
}

/** Sends a payment; a scheme that keeps count reads the answer, and may pay the same call once more. */
export type SendPaid = (request: RepeatableRequest, event: PaymentEvent, entry: LedgerEntry) => Promise<Response>

function isRedirect(response: Response): boolean {
  return response.type === 'opaqueredirect' || [301, 302, 303, 307, 308].includes(response.status)
}

function paymentHeaderOf(payment: Payment): readonly [name: string, value: string] {
  return payment.version === 1
    ? [X_PAYMENT_HEADER, encodePaymentHeader(encodePayloadVersionOne(payment.payload))]
    : [PAYMENT_SIGNATURE_HEADER, encodePaymentHeader(payment.payload)]
}

/** Builds what sends the payments of one `wrapFetch`. What does not end well is held for the next attempt. */
export function createPaidSender(options: {
  readonly send: Fetch
  readonly pay: Pay
  readonly ledger: PaymentLedger
  readonly onPayment: ((payment: PaymentEvent) => void) | undefined
  /** Told which payment a response was bought with. */
  readonly onResponse: (response: Response, payment: Payment) => void
}): SendPaid {
  const { send, pay, ledger, onPayment, onResponse } = options

  async function sendPaid(request: RepeatableRequest, event: PaymentEvent, entry: LedgerEntry): Promise<Response> {
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
      await discardResponse(response)
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
    onResponse(result, entry.payment)
    return result
  }

  return async (request, event, entry) => {
    const response = await sendPaid(request, event, entry)
    const previous = entry.payment
    if ((await previous.session?.answered(response)) !== 'again') return response
    const offer = await readOffer(response)
    if (offer === undefined) return response
    await discardResponse(response)
    const payment = await pay(offer, request, { paid: event.request, previous })
    // Not before: while nothing takes its place, a repetition of the call is this payment's.
    ledger.drop({ identity: entry.identity, payment: previous })
    const next = await sendPaid(request, { ...payment, request: event.request, resent: false }, { ...entry, payment })
    await payment.session?.answered(next)
    return next
  }
}
