import type { JsonObject, JsonValue } from './json.js'

/** One part of a message's content, in the OpenAI wire shape (`text`, `image_url`, `input_audio`, `file`, …). */
export type ContentPart = { readonly type: string; readonly [key: string]: JsonValue }

/** A call of a function tool that the model asks for. `arguments` is JSON text and may be invalid: the model wrote it. */
export type ToolCall = {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
  /** What the provider wants back with the call: Gemini's `google.thought_signature`. */
  readonly extra_content?: JsonObject
}

export type SystemMessage = {
  readonly role: 'system' | 'developer'
  readonly content: string | readonly ContentPart[]
  readonly name?: string
}

export type UserMessage = {
  readonly role: 'user'
  readonly content: string | readonly ContentPart[]
  readonly name?: string
}

export type AssistantMessage = {
  readonly role: 'assistant'
  readonly content: string | readonly ContentPart[] | null
  readonly refusal?: string | null
  readonly reasoning_content?: string
  /** Reasoning as its provider wants it back, signed or encrypted; to be sent unread. */
  readonly reasoning_details?: readonly JsonObject[]
  /** The same in the spelling of LiteLLM. */
  readonly thinking_blocks?: readonly JsonObject[]
  readonly extra_content?: JsonObject
  readonly tool_calls?: readonly ToolCall[]
  readonly name?: string
}

export type ToolMessage = {
  readonly role: 'tool'
  readonly tool_call_id: string
  readonly content: string | readonly ContentPart[]
}

/** A chat message in the OpenAI wire shape. */
export type ChatMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage

/** Why the model stopped; `other` stands for a value that is not in the OpenAI API. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'other'

/** A function tool in the OpenAI wire shape. */
export type WireTool = {
  readonly type: 'function'
  readonly function: {
    readonly name: string
    readonly description?: string
    readonly parameters?: JsonObject
    readonly strict?: boolean
  }
}

/** Which tool the model may or must call. */
export type ToolChoice =
  | 'none'
  | 'auto'
  | 'required'
  | { readonly type: 'function'; readonly function: { readonly name: string } }

/** How much a model thinks before it answers; which values it takes is the model's affair. */
export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'

/**
 * Body of `POST /chat/completions`, in the OpenAI wire shape. It is sent as it stands, because request hashes cover it;
 * other fields of the API may be added freely.
 */
export type ChatRequest = {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly max_tokens?: number | null
  readonly max_completion_tokens?: number | null
  readonly temperature?: number | null
  readonly top_p?: number | null
  readonly stop?: string | readonly string[] | null
  readonly seed?: number | null
  readonly reasoning_effort?: ReasoningEffort | null
  readonly tools?: readonly WireTool[]
  readonly tool_choice?: ToolChoice
  readonly parallel_tool_calls?: boolean
  readonly response_format?: JsonObject
  readonly [key: string]: JsonValue
}

/** Body of `POST /completions`, in the OpenAI wire shape. */
export type CompletionRequest = {
  readonly model: string
  readonly prompt: string
  readonly max_tokens?: number | null
  readonly temperature?: number | null
  readonly stop?: string | readonly string[] | null
  readonly [key: string]: JsonValue
}
