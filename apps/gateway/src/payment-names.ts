import type { Hex } from '@og/settlement'
import { type PaymentPayload, parsePaymentPayload } from '@og/x402'
import { paymentIdentifierOf } from '@og/x402/extensions'
import { GatewayError } from './gateway-error.js'

/** The names that callers give to their calls (x402's `payment-identifier`): one name is one payment. */
export interface PaymentNames {
  /** Takes the name of a payment. @throws GatewayError when it is malformed, or stands for another payment */
  readonly claim: (payload: PaymentPayload, paymentHash: Hex) => void
}

/** Names that are remembered; the oldest is forgotten first. A forgotten one costs a client its warning, never a second charge. */
const maxNames = 100_000

/** Creates an empty memory of names. */
export function createPaymentNames(): PaymentNames {
  const known = new Map<string, Hex>()
  return {
    claim: (payload, paymentHash) => {
      const identifier = paymentIdentifierOf(payload)
      if (identifier === undefined) return
      if (identifier === 'malformed') {
        throw new GatewayError('invalid_request', 'payment-identifier must be 16 to 128 letters, digits, - and _.', {
          param: 'payment-identifier',
        })
      }
      const named = known.get(identifier.id)
      if (named !== undefined && named !== paymentHash) {
        throw new GatewayError(
          'payment_bound_to_other_request',
          'This payment-identifier stands for another payment: repeat that one, or take a new name.',
          { wireCode: 'payment_identifier_conflict' },
        )
      }
      if (named !== undefined) return
      if (known.size >= maxNames) {
        const [oldest] = known.keys()
        if (oldest !== undefined) known.delete(oldest)
      }
      known.set(identifier.id, paymentHash)
    },
  }
}

/**
 * Whether a repetition names the call as its first sending did. A signature ends up on chain, for everybody to copy; the name of a call never
 * does, so that a stored answer with a name is given to nobody who does not know it.
 */
export function isSameName(stored: string, payload: PaymentPayload): boolean {
  return nameOf(parsePaymentPayload(JSON.parse(stored))) === nameOf(payload)
}

function nameOf(payload: PaymentPayload): string | undefined {
  const identifier = paymentIdentifierOf(payload)
  return identifier === undefined || identifier === 'malformed' ? undefined : identifier.id
}
