export type { CallOptions } from './call.js'
export { chat } from './chat.js'
export type { ChatResult } from './chat-result.js'
export { type CompletionResult, complete } from './complete.js'
export type { JsonObject, JsonValue } from './json.js'
export {
  type ApiError,
  isLlmError,
  LlmError,
  type LlmErrorCode,
  type LlmErrorDetails,
  type PartialOutput,
} from './llm-error.js'
export type {
  AssistantMessage,
  ChatMessage,
  ChatRequest,
  CompletionRequest,
  ContentPart,
  FinishReason,
  SystemMessage,
  ToolCall,
  ToolChoice,
  ToolMessage,
  UserMessage,
  WireTool,
} from './message.js'
export {
  type RunToolsOptions,
  runTools,
  type ToolResult,
  type ToolRun,
  type ToolRunRequest,
  type ToolRunStop,
  type ToolStep,
} from './run-tools.js'
export type { ChatDelta } from './stream/chat-chunk-reader.js'
export type { ToolCallDelta } from './stream/tool-call-merger.js'
export { type ChatEvent, collectChat, streamChat } from './stream-chat.js'
export { type CompletionEvent, collectCompletion, streamComplete } from './stream-complete.js'
export {
  type ArgumentsVerdict,
  defineTool,
  type JsonTool,
  type SchemaTool,
  type StandardSchema,
  type Tool,
  type ToolContext,
} from './tool.js'
export { type Fetch, type HttpTransportOptions, httpTransport, type Transport, type WireRequest } from './transport.js'
export { addUsage, noUsage, type TokenUsage, tokenUsageOf } from './usage.js'
