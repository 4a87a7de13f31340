export {
  type CreatePaymentRequiredOptions,
  createPaymentRequired,
  EXPOSED_HEADERS,
  type PaymentRequiredResponseOptions,
  paymentRequiredResponse,
} from './create-payment-required.js'
export { createPaywall, type PaidContext, type Paywall, type PaywallOptions, type Price } from './create-paywall.js'
export { type MatchedPayment, matchPayment } from './match-payment.js'
export { createMemoryReservationStore, type MemoryReservationStoreOptions } from './memory-reservation-store.js'
export { type ReadPayment, readPayment } from './read-payment.js'
export {
  type AttemptKey,
  nonceKeyText,
  type Reservation,
  type ReservationStore,
  type ReserveResult,
} from './reservation-store.js'
