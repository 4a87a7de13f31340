export { type Address, checksumAddress, parseAddress } from './address.js'
export {
  type BundleAttestation,
  type BundleInclusion,
  type BundleSettlement,
  encodeReceiptBundle,
  MAX_CHECKPOINT_URI,
  MAX_QUOTE_BYTES,
  parseReceiptBundle,
  type ReceiptBundle,
} from './bundle/receipt-bundle.js'
export {
  type AnchorQuery,
  type AnchorVerdict,
  MAX_CLOCK_SKEW_SECONDS,
  type OutsideVerdict,
  type VerifyReceiptOptions,
  verifyReceipt,
} from './bundle/verify-receipt.js'
export { type Commitment, commit } from './commitment.js'
export type { ReceiptDomain } from './eip712/domain.js'
export { bytesOf, type Hex, hexOf } from './hex.js'
export { canonicalize, MAX_CANONICAL_DEPTH } from './json/canonical-json.js'
export type { JsonObject, JsonValue } from './json/json-value.js'
export {
  MAX_JSON_BYTES,
  MAX_JSON_DEPTH,
  MAX_JSON_NODES,
  parseStrictJson,
  type StrictJsonBounds,
} from './json/strict-json.js'
export { hashJson, type Keccak, type KeccakOptions, keccak256, portableKeccak } from './keccak.js'
export { type Checkpoint, hashCheckpoint } from './log/checkpoint.js'
export {
  type CheckpointNote,
  type CheckpointNoteVerdict,
  encodeCheckpointNote,
  MAX_NOTE_LENGTH,
  MAX_NOTE_SIGNATURES,
  type NoteSignature,
  parseCheckpointNote,
  verifyCheckpointNote,
} from './log/checkpoint-note.js'
export {
  type CompactLog,
  type CompactLogState,
  createCompactLog,
  encodeCompactLogState,
  parseCompactLogState,
} from './log/compact-log.js'
export { hashLeaf, hashNode } from './log/hash-node.js'
export { createLog, type Log } from './log/log.js'
export {
  decodeEntries,
  encodeEntries,
  encodeTile,
  MAX_TILE_LEVEL,
  parseTilePath,
  TILE_HEIGHT,
  TILE_WIDTH,
  type Tile,
  tilePath,
  tilesBetween,
} from './log/tile.js'
export {
  consistencyProofFromTiles,
  inclusionProofFromTiles,
  type LeafPosition,
  type LogSizes,
  rootFromTiles,
  type TileSource,
  tilesForConsistency,
  tilesForInclusion,
} from './log/tile-proofs.js'
export { type ConsistencyClaim, verifyConsistency } from './log/verify-consistency.js'
export { type InclusionClaim, MAX_PROOF_LENGTH, verifyInclusion } from './log/verify-inclusion.js'
export {
  type AcceptedPayment,
  encodeManifest,
  type KeyManifest,
  MAX_ENDPOINT_LENGTH,
  MAX_MANIFEST_PAYMENTS,
  nodeIdOf,
  parseManifest,
  type RecordContracts,
  type SealingRule,
  sealingSuite,
} from './manifest/key-manifest.js'
export { encodeSealingKey, hashSealingKey, parseSealingKey, type SealingKeyStatement } from './manifest/sealing-key.js'
export {
  type InferenceMode,
  inferenceModes,
  modeCodeOf,
  type Outcome,
  outcomeCodeOf,
  outcomes,
  type SettlementMode,
  settlementCodeOf,
  settlementModes,
  type UsageSource,
  usageSourceCodeOf,
  usageSources,
} from './modes.js'
export { encodeOffer, hashOffer, isSettlementOffered, MAX_MODEL_NAME, type Offer, parseOffer } from './offer/offer.js'
export { type ChargeOptions, chargeOf, type QuoteOptions, quoteOf, type Usage } from './offer/price.js'
export type { CheckReceiptInput, ExpectedReceipt, ReceiptSalts } from './receipt/check-input.js'
export { checkReceipt } from './receipt/check-receipt.js'
export type { CheckStep, CheckVerdict } from './receipt/check-step.js'
export { paymentSchemes } from './receipt/check-terms.js'
export { encodeReceipt, hashReceipt, parseReceipt, type Receipt } from './receipt/receipt.js'
export type { ReceiptCode } from './receipt/receipt-code.js'
export { addressOf, type RecoverPublicKey, recoverSigner, signDigest } from './receipt/signature.js'
export { encodeTerms, hashTerms, MAX_TERMS_TEXT, parseTerms, type Terms } from './receipt/terms.js'
export { hashRequest, mediaTokenBound, promptTokenBound, type RequestHash } from './request.js'
export { SettlementError, type SettlementErrorCode } from './settlement-error.js'
export {
  type ChatTranscript,
  type CompletionTranscript,
  type EmbeddingsTranscript,
  type Endpoint,
  encodeTranscript,
  hashTranscript,
  MAX_TOOL_CALLS,
  type ResponseHash,
  type Transcript,
  type TranscriptToolCall,
  transcriptOf,
} from './transcript.js'
