export type { ClientScheme, CreatedPayment, CreatePaymentOptions } from '../client/client-scheme.js'
export {
  type Authorization,
  encodeAuthorization,
  type PermitAuthorization,
  parseAuthorization,
  type SignedAuthorization,
  type TransferAuthorization,
} from './authorization.js'
export {
  type BatchRoute,
  type BatchStore,
  type BatchWriterOptions,
  createBatchWriter,
  type StoredBatch,
} from './batch-writer.js'
export type {
  CallResult,
  ChainCall,
  ChainLog,
  ChainOutcome,
  ChainReader,
  ChainWriter,
  FoundLog,
  LogFilter,
  MinedTransaction,
} from './chain.js'
export {
  EXACT_PERMIT2_PROXY_ADDRESS,
  MULTICALL3_ADDRESS,
  PERMIT2_ADDRESS,
  UPTO_PERMIT2_PROXY_ADDRESS,
} from './contracts.js'
export { type EvmClientOptions, exactClient, uptoClient } from './evm-client.js'
export { exactFacilitator, uptoFacilitator } from './evm-facilitator.js'
export type { EvmFacilitatorOptions } from './evm-facilitator-options.js'
export type { EvmScheme } from './evm-target.js'
export { GAS_SPONSORING_EXTENSION, gasSponsoringExtension } from './gas-sponsoring.js'
export { batchFacilitatorAbi, batchFacilitatorBytecode } from './generated/batch-facilitator.js'
export type { NonceKey } from './inspect-authorization.js'
export { nobleRecover, type RecoverPublicKey, type RecoverPublicKeyAsync } from './recover-public-key.js'
export {
  BOUND_VALID_AFTER,
  boundNonce,
  checkRequestBinding,
  offerHashOf,
  REQUEST_BINDING_EXTENSION,
  type RequestBinding,
  type RequestBindingOptions,
  requestBindingExtension,
} from './request-binding.js'
export { parseEcdsaSignature, recoverSigner, type ServerSignatureTools, type SignatureTools } from './signature.js'
export type { DigestSigner, PaymentSigner, TypedData, TypedDataSigner } from './signer.js'
export type { GasSponsoringOptions } from './sponsor-log.js'
export {
  hashPermitAuthorization,
  hashTokenDomain,
  hashTransferAuthorization,
  type TokenDomain,
} from './typed-data.js'
export {
  type AuthorizationVerifier,
  createAuthorizationVerifier,
  type VerifiedAuthorization,
  type VerifyAuthorizationOptions,
  verifyAuthorization,
} from './verify-authorization.js'
export {
  type ViemChain,
  type ViemChainOptions,
  type ViemPublicClient,
  type ViemWalletClient,
  viemChain,
} from './viem-chain.js'
