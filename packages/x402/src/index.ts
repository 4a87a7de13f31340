export { type Address, isAddress, isSameAddress, parseAddress } from './address.js'
export type { Fetch } from './defaults.js'
export { type Hex, isHex } from './hex.js'
export { formatAmount, parseAmount, parseAtomicAmount } from './protocol/amount.js'
export {
  decodePaymentPayload,
  decodePaymentRequired,
  decodeSettleResponse,
  encodePaymentHeader,
  PAYMENT_REQUIRED_HEADER,
  PAYMENT_RESPONSE_HEADER,
  PAYMENT_SIGNATURE_HEADER,
} from './protocol/header.js'
export type { JsonObject, JsonValue } from './protocol/json.js'
export { evmChainId, evmNetwork, type Network, parseNetwork } from './protocol/network.js'
export { type PaymentPayload, parsePaymentPayload } from './protocol/payment-payload.js'
export { type PaymentRequired, parsePaymentRequired } from './protocol/payment-required.js'
export { amountOf, type PaymentRequirements, parsePaymentRequirements } from './protocol/payment-requirements.js'
export { type Reason, type Refusal, statusOfReason } from './protocol/reason.js'
export { parseResourceInfo, type ResourceInfo } from './protocol/resource-info.js'
export { parseSettleResponse, type SettleResponse } from './protocol/settle-response.js'
export { parseSupportedResponse, type SupportedKind, type SupportedResponse } from './protocol/supported-response.js'
export { parseVerifyResponse, type VerifyResponse } from './protocol/verify-response.js'
export { X402Error, type X402ErrorCode } from './x402-error.js'
