import { GatewayError } from './gateway-error.js'
import type { Grant, InferenceDependencies } from './inference-context.js'

/**
 * Asks the chain, through the facilitator, whether a payment could be settled now. A signature says too little of an account with code
 * (EIP-7702), whose code tokens and Permit2 ask instead, and of a payer who has left an answer unpaid. What could not be settled is not
 * served; its reservation is given back.
 * @throws GatewayError `payment_required` with the facilitator's reason, `chain_unavailable` when nobody could say
 */
export async function requireSettleable(
  { facilitator, ledger }: Pick<InferenceDependencies, 'facilitator' | 'ledger'>,
  { payment, attempt }: Pick<Grant, 'payment' | 'attempt'>,
): Promise<void> {
  const { extensions: _, ...payload } = payment.payload
  const verdict = await facilitator.verify(payload, payload.accepted).catch(() => undefined)
  if (verdict?.isValid === true) return
  const { paymentHash } = payment.authorization
  await ledger.release({ paymentHash, attempt, reason: 'it could not be settled' })
  const { invalidReason = 'unexpected_verify_error' } = verdict ?? {}
  if (invalidReason === 'unexpected_verify_error') {
    throw new GatewayError(
      'chain_unavailable',
      'The payment has to be asked of the chain, which gave no answer: try again.',
      {
        retryAfterSeconds: 2,
      },
    )
  }
  throw new GatewayError('payment_required', 'The payment could not be settled: the chain refuses it.', {
    wireCode: invalidReason,
  })
}
