export {
  isPaymentIdentifier,
  PAYMENT_IDENTIFIER_EXTENSION,
  paymentIdentifierExtension,
  paymentIdentifierOf,
} from '../protocol/payment-identifier.js'
export { type AccessStore, createMemoryAccessStore } from './access-store.js'
export { BAZAAR_EXTENSION, type DiscoveryOptions, discoveryExtension } from './bazaar.js'
export {
  OFFER_RECEIPT_EXTENSION,
  offersExtension,
  offersOf,
  receiptExtension,
  receiptOf,
  recoverOffer,
  recoverReceipt,
  type SignedOfferTerms,
  type SignedReceiptTerms,
  signOffers,
  signReceipt,
} from './offer-receipt.js'
export {
  createSignIn,
  decodeSignIn,
  type MessageSigner,
  SIGN_IN_EXTENSION,
  SIGN_IN_HEADER,
  type SignInProof,
  type SignInRefusal,
  signInExtension,
  type VerifySignInOptions,
  verifySignIn,
} from './sign-in-with-x.js'
