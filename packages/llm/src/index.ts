export type { AnswerStream } from './answer-stream.js'
export { type LogLevel, type LogLine, type LogOptions, logHooks } from './call-log.js'
export type { CallOptions } from './call-options.js'
export type {
  CallHooks,
  CallPolicy,
  EndInfo,
  RequestInfo,
  ResponseInfo,
  RetryInfo,
  Timeouts,
} from './call-policy.js'
export { chat } from './chat.js'
export { chatParsed, streamChatParsed } from './chat-parsed.js'
export type { ChatResult } from './chat-result.js'
export { type CompletionResult, completion, completion as complete } from './completion.js'
export { audioPart, filePart, imagePart, type MediaSource, textPart } from './content-parts.js'
export { addCost, costOf, receiptOf } from './cost.js'
export type { Timers } from './defaults.js'
export { type EmbedRequest, type EmbedResult, embed } from './embed.js'
export type { JsonObject, JsonValue } from './json.js'
export { getModel, listModels, type ModelInfo } from './list-models.js'
export {
  AbortError,
  type ApiError,
  isAbortError,
  isLlmError,
  isPaymentRequiredError,
  isRateLimitError,
  isStatusError,
  isStreamTruncatedError,
  isTimeoutError,
  LlmError,
  type LlmErrorCode,
  type LlmErrorDetails,
  type PartialOutput,
  StatusError,
  StreamTruncatedError,
  TimeoutError,
  type TimeoutPhase,
} from './llm-error.js'
export type {
  AssistantMessage,
  ChatMessage,
  ChatRequest,
  CompletionRequest,
  ContentPart,
  FinishReason,
  ReasoningEffort,
  SystemMessage,
  ToolCall,
  ToolChoice,
  ToolMessage,
  UserMessage,
  WireTool,
} from './message.js'
export { runTools, streamTools, type ToolStream } from './run-tools.js'
export type { StandardSchema } from './standard-schema.js'
export type { ChatDelta } from './stream/chat-chunk-reader.js'
export type { ToolCallDelta } from './stream/tool-call-merger.js'
export { type ChatEvent, type ChatStream, collectChat, streamChat } from './stream-chat.js'
export {
  type CompletionEvent,
  type CompletionStream,
  collectCompletion,
  streamCompletion,
  streamCompletion as streamComplete,
} from './stream-completion.js'
export {
  isLengthError,
  isOutputError,
  isRefusalError,
  OutputError,
  type OutputOptions,
  type ParsedChatResult,
} from './structured-output.js'
export {
  type ArgumentsVerdict,
  defineTool,
  type JsonTool,
  type SchemaTool,
  type Tool,
  type ToolContext,
} from './tool.js'
export type {
  ParsedToolRun,
  RunToolsOptions,
  ToolApproval,
  ToolProblem,
  ToolRepair,
  ToolResult,
  ToolRun,
  ToolRunEvent,
  ToolRunRequest,
  ToolRunStop,
  ToolStep,
} from './tool-run.js'
export { type Fetch, type HttpTransportOptions, httpTransport, type Transport, type WireRequest } from './transport.js'
export { addUsage, noUsage, type TokenUsage, tokenUsageOf } from './usage.js'
