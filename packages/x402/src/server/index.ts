export {
  type AnswerKey,
  type AnswerStore,
  createMemoryAnswerStore,
  type KnownAnswer,
  type MemoryAnswerStoreOptions,
  type StoredAnswer,
} from './answer-store.js'
export { EXPOSED_HEADERS, isPreflight, type PreflightOptions, preflightResponse } from './cors.js'
export {
  type CreatePaymentRequiredOptions,
  createPaymentRequired,
  type PaymentRequiredResponseOptions,
  paymentRequiredResponse,
} from './create-payment-required.js'
export { createPaywall, type Paywall } from './create-paywall.js'
export { isFaithfulEcho, type MatchedPayment, matchPayment } from './match-payment.js'
export { createMemoryReservationStore, type MemoryReservationStoreOptions } from './memory-reservation-store.js'
export type {
  CommonPaywallOptions,
  PaidCall,
  PaidContext,
  PaywallOptions,
  Price,
  SettlementEvent,
} from './paywall-options.js'
export type { QuoteOptions } from './price-quotes.js'
export { type ReadPayment, readPayment } from './read-payment.js'
export type { PaymentIdentifierOptions } from './recorded-call.js'
export {
  type AttemptKey,
  nonceKeyText,
  type Reservation,
  type ReservationStore,
  type ReserveResult,
} from './reservation-store.js'
export type { SignInOptions } from './sign-in.js'
