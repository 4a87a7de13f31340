import type { PaymentRequirements } from './payment-requirements.js'

/** Where a server's quote stands in `extra`. */
export const QUOTE_MEMBER = 'ogQuote'

/** Requirements as they were before they were quoted. */
export function withoutQuote(requirements: PaymentRequirements): PaymentRequirements {
  const { [QUOTE_MEMBER]: _quote, ...extra } = requirements.extra ?? {}
  return { ...requirements, extra }
}
