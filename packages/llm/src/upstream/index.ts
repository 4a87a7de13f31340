export { type AnthropicUpstreamOptions, anthropicUpstream } from './anthropic/anthropic-upstream.js'
export {
  type AnswerIdentity,
  type Assembler,
  type ChunkEncoder,
  type ChunkEncoderOptions,
  createChatAssembler,
  createChatChunkEncoder,
  createCompletionAssembler,
  createCompletionChunkEncoder,
} from './chat-encoder.js'
export type { StartTimer } from './deadline.js'
export { type Embedding, type EmbeddingsBodyParts, embeddingsBodyOf } from './embeddings.js'
export { encodeSse, sseDone, sseHeartbeat } from './encode-sse.js'
export { encodeUsage } from './encode-usage.js'
export { estimatePromptTokens, estimateTokens } from './estimate-tokens.js'
export { type GeminiUpstreamOptions, geminiUpstream } from './gemini/gemini-upstream.js'
export type { HttpUpstreamOptions } from './http/http-upstream.js'
export type { MaxTokensField } from './open-ai/forwarded-body.js'
export {
  type OpenAiCompatibleUpstreamOptions,
  openAiCompatibleUpstream,
} from './open-ai/open-ai-compatible-upstream.js'
export { type OpenAiUpstreamOptions, openAiUpstream, xAiUpstream } from './open-ai/open-ai-upstream.js'
export {
  type EmbeddingEncoding,
  type ParsedEmbeddingsRequest,
  parseEmbeddingsRequest,
} from './parse-embeddings-request.js'
export {
  type ParsedChatRequest,
  type ParsedCompletionRequest,
  parseChatRequest,
  parseCompletionRequest,
} from './parse-request.js'
export type { Sampling } from './parse-sampling.js'
export { UpstreamRequestError, type UpstreamRequestErrorCode } from './request-error.js'
export { requestLimits } from './request-limits.js'
export {
  createResponsesEncoder,
  type ResponsesEncoder,
  type ResponsesEncoderOptions,
  type ResponsesEnd,
} from './responses/responses-encoder.js'
export { type ResponsesRequest, responsesToChatRequest } from './responses/responses-request.js'
export { type ScriptedUpstreamOptions, scriptedModel, scriptedUpstream } from './scripted/scripted-upstream.js'
export { createSseWriter, type SseWriter, type SseWriterOptions } from './sse-writer.js'
export type {
  EmbeddingsAnswer,
  EmbeddingsRequest,
  ReasoningDetail,
  Upstream,
  UpstreamAnswer,
  UpstreamEndpoint,
  UpstreamEvent,
  UpstreamFinishReason,
  UpstreamLabel,
  UpstreamRequest,
} from './upstream.js'
export { type ErrorBody, UpstreamError, type UpstreamErrorCode } from './upstream-error.js'
