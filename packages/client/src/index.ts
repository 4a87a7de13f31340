export {
  createFileStorage,
  createMemoryStorage,
  type FileStorageOptions,
  type FileSystem,
  type TextStorage as ClientStorage,
  type WebStorage,
} from '@og/x402/storage'
export type { Approval } from './approve-permit2.js'
export type { Attestation } from './attestation.js'
export type { Balance } from './balance.js'
export type { CallOptions, EvidenceTransport } from './call-options.js'
export {
  ClientError,
  type ClientErrorCode,
  type ClientErrorDetails,
  type VerificationErrorCode,
} from './client-error.js'
export type { CountPromptTokens, CreateClientOptions, SpendAsset, SpendOptions } from './client-options.js'
export { type ApproveOptions, type Client, createClient, type NodeChoice } from './create-client.js'
export type { Account, Transaction } from './crypto/account.js'
export { defaultSecp256k1, type EcdsaSignature, javascriptSecp256k1, type Secp256k1 } from './crypto/secp256k1.js'
export { DEFAULT_ASSETS, DEFAULT_BASE_URL, DEFAULT_MAX_PER_CALL, type Fetch, type World } from './defaults.js'
export type { StreamVerification } from './inference-call.js'
export type { SamplingOptions } from './inference-request.js'
export type { Charge, ChatResult, ChatTurn, CompletionResult, InferenceResult } from './inference-result.js'
export type { InferenceStream, StreamEvent } from './inference-stream.js'
export type { LlmChat, LlmChatOptions } from './llm-chat.js'
export type { LlmCompletion, LlmCompletionOptions } from './llm-completion.js'
export type { EmbedOptions, EmbedResult } from './llm-embed.js'
export type { PayingFetch } from './paying-fetch.js'
export type { ChannelChoice, ChannelDeposit, Channels, PaymentChannel } from './payment-channels.js'
export type { ReceiptStatus } from './receipt-status.js'
export type { Settlement, SettlementOptions, SettlementStage } from './settlement.js'
export { type SignedReleasesOptions, signedReleases } from './signed-releases.js'
export type { Spend, SpendEntry, SpendTotal } from './spend-book.js'
export type { FunctionTool, ToolOption } from './tool-options.js'
export type { AcceptedMeasurements, KnownReleases, TrustPolicy } from './trust.js'
export type { AnswerLabel, Verification, VerificationStep } from './verification.js'
export { VerificationError } from './verification-error.js'
export type { AnswerEvidence } from './verify-answer.js'
export { type EvidenceVerdict, type VerifyEvidenceOptions, verifyEvidence } from './verify-evidence.js'
export type { EnclaveFacts } from './verify-node.js'
export { type ReceiptVerdict, type VerifyReceiptOptions, verifyReceipt } from './verify-receipt.js'
export { createWebStorage } from './web-storage.js'
