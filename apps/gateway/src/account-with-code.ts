import { GatewayError } from './gateway-error.js'
import type { Grant, InferenceDependencies } from './inference-context.js'

/**
 * Asks the chain, through the facilitator, whether an account with code (EIP-7702) accepts what its key has signed: tokens and Permit2 then
 * ask the code alone. A payment that it refuses could never be settled; its reservation is given back.
 * @throws GatewayError `payment_required` with the facilitator's reason, `chain_unavailable` when nobody could say
 */
export async function requireCodeAccepts(
  { facilitator, ledger }: Pick<InferenceDependencies, 'facilitator' | 'ledger'>,
  { payment, attempt }: Pick<Grant, 'payment' | 'attempt'>,
): Promise<void> {
  const { extensions: _, ...payload } = payment.payload
  const verdict = await facilitator.verify(payload, payload.accepted).catch(() => undefined)
  if (verdict?.isValid === true) return
  const { paymentHash } = payment.authorization
  await ledger.release({ paymentHash, attempt, reason: 'the account’s code does not accept it' })
  const { invalidReason = 'unexpected_verify_error' } = verdict ?? {}
  if (invalidReason === 'unexpected_verify_error') {
    throw new GatewayError('chain_unavailable', 'The payer’s account has code, and nobody could ask it: try again.', {
      retryAfterSeconds: 2,
    })
  }
  throw new GatewayError('payment_required', 'The payer’s account has code that does not accept the payment.', {
    wireCode: invalidReason,
  })
}
