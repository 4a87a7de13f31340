import type { PaymentRequired } from '../protocol/payment-required.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { X402Error } from '../x402-error.js'
import type { ClientScheme } from './client-scheme.js'
import { checkSpendPolicy, type SpendPolicy } from './spend-policy.js'

/** Options of {@link selectRequirements}. */
export interface SelectRequirementsOptions {
  readonly schemes: readonly ClientScheme[]
  readonly policy: SpendPolicy
}

/** A way to pay, with the scheme that can. */
export interface SelectedRequirements {
  readonly requirements: PaymentRequirements
  readonly scheme: ClientScheme
}

const FLOWS = ['authorization', 'upfront', 'escrow']

function flowOf(requirements: PaymentRequirements): number {
  const flow = requirements.extra?.['paymentFlow'] ?? 'authorization'
  return typeof flow === 'string' ? FLOWS.indexOf(flow) : -1
}

/**
 * Picks the first way to pay, in the server's order, that a scheme supports and the policy allows. Unknown payment
 * flows are left out; `authorization` goes before the others.
 * @throws X402Error `NO_ACCEPTABLE_REQUIREMENTS`, or the policy's code when only the policy stood in the way
 */
export function selectRequirements(
  required: PaymentRequired,
  options: SelectRequirementsOptions,
): SelectedRequirements {
  const candidates = required.accepts
    .filter((requirements) => flowOf(requirements) >= 0)
    .sort((a, b) => Number(flowOf(a) > 0) - Number(flowOf(b) > 0))
  let refused: X402Error | undefined
  for (const requirements of candidates) {
    const scheme = options.schemes.find((candidate) => candidate.isSupported(requirements))
    if (scheme === undefined) continue
    try {
      checkSpendPolicy(requirements, options.policy)
      return { requirements, scheme }
    } catch (error) {
      if (!(error instanceof X402Error)) throw error
      refused ??= error
    }
  }
  throw refused ?? new X402Error('NO_ACCEPTABLE_REQUIREMENTS', 'no scheme of this client can pay what the server asks')
}
