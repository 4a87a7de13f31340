export type { Fetch } from '../defaults.js'
export type { ClientScheme, CreatedPayment, CreatePaymentOptions } from './client-scheme.js'
export { type CreatePaymentInput, createPayment, type Payment } from './create-payment.js'
export type { CachedOffer } from './offer-cache.js'
export { refusalReasonOf, settlementOf } from './refusal-reason.js'
export {
  type SelectedRequirements,
  type SelectRequirementsOptions,
  selectRequirements,
} from './select-requirements.js'
export { checkSpendPolicy, type SpendPolicy } from './spend-policy.js'
export { wrapFetch } from './wrap-fetch.js'
export type {
  PaidFetch,
  PaidRequest,
  PayFirstOptions,
  PaymentEvent,
  WrapFetchOptions,
} from './wrap-fetch-options.js'
