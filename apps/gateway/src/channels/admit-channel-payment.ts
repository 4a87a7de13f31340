import { GatewayError } from '../gateway-error.js'
import type { InferenceDependencies } from '../inference-context.js'
import type { InferenceRequest } from '../inference-request.js'
import type { ChannelPayment, CheckedPayment } from '../payment.js'
import type { ChannelGrant } from './channel-till.js'

/** What a payment from a channel is admitted to. */
export type ChannelAdmission =
  | { readonly kind: 'granted'; readonly payment: CheckedPayment; readonly channel: ChannelGrant }
  /** It was charged before, under this name. */
  | { readonly kind: 'finished'; readonly paymentHash: `0x${string}` }

/** Vouchers have no end; a payment must have one, and the same at every use. */
const noEnd = 2n ** 48n - 1n

/**
 * Lets one call after the other onto a channel, over all processes that share the store; a deposit is brought on chain first.
 * @throws GatewayError `payment_required` with the reason of the scheme, and with what corrects the client where it may know
 */
export async function admitChannelPayment(
  { channels }: InferenceDependencies,
  {
    request,
    payment,
    signal,
  }: { readonly request: InferenceRequest; readonly payment: ChannelPayment; readonly signal: AbortSignal },
): Promise<ChannelAdmission> {
  if (channels === undefined) throw new GatewayError('internal_error', 'A channel was offered without a till.')
  const { payload, requirements, signedOffer } = payment
  const admission = await channels.admit({ payload, requirements, requestHash: request.requestHash, signal })
  switch (admission.kind) {
    case 'refused': {
      const { code } = admission.refusal
      throw new GatewayError('payment_required', 'The payment from the channel was refused.', {
        wireCode: code,
        ...(admission.settlement === undefined ? {} : { payment: { settlement: admission.settlement } }),
      })
    }
    case 'corrective':
      throw new GatewayError('payment_required', 'The channel stands at another count: sign for that one.', {
        wireCode: admission.refusal.code,
        payment: { channelExtra: admission.extra ?? {} },
      })
    case 'refunded':
      throw new GatewayError('invalid_request', 'A refund is asked for by GET: this call was not run.', {
        payment: { settlement: admission.settlement },
      })
    case 'finished':
      return { kind: 'finished', paymentHash: admission.paymentHash }
    case 'granted': {
      const authorization = { ...admission.payment, validBefore: noEnd }
      const { authorized } = authorization
      return {
        kind: 'granted',
        payment: { kind: 'signed', payload, authorization, signedOffer, authorized },
        channel: channels.grantOf(admission),
      }
    }
  }
}
