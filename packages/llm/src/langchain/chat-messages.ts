import {
  AIMessage,
  AIMessageChunk,
  type AIMessageFields,
  type BaseMessage,
  type InvalidToolCall,
  ToolMessage,
  type UsageMetadata,
} from '@langchain/core/messages'
import type { ToolCall as LangChainToolCall } from '@langchain/core/messages/tool'
import type { ChatResult } from '../chat-result.js'
import {
  isJsonArray,
  isJsonObject,
  type JsonDraft,
  type JsonObject,
  type JsonValue,
  readJson,
  stringAt,
} from '../json.js'
import type { ChatMessage } from '../message.js'
import { tokenUsageOf } from '../usage.js'

/** Turns LangChain's messages into chat messages. @throws TypeError for a content block that the chat API cannot carry */
export function chatMessagesOf(messages: readonly BaseMessage[]): readonly ChatMessage[] {
  return messages.map((message) => {
    const draft = AIMessage.isInstance(message) ? assistantMessageOf(message) : otherMessageOf(message)
    if (message.name !== undefined && message.name !== '') draft['name'] = message.name
    // The members above are those of the wire type; it is a union that no builder can follow.
    return draft as ChatMessage
  })
}

function assistantMessageOf(message: AIMessage): JsonDraft {
  const { reasoning_content, reasoning_details, refusal } = message.additional_kwargs
  const calls = [
    ...(message.tool_calls ?? []).map(({ id, name, args }) => callOf(id, name, JSON.stringify(args))),
    ...(message.invalid_tool_calls ?? []).map(({ id, name, args }) => callOf(id, name, args ?? '')),
  ]
  const text = textOf(message.content)
  const draft: JsonDraft = { role: 'assistant', content: text === '' && calls.length > 0 ? null : text }
  if (typeof refusal === 'string') draft['refusal'] = refusal
  if (typeof reasoning_content === 'string') draft['reasoning_content'] = reasoning_content
  if (isJsonArray(reasoning_details)) draft['reasoning_details'] = reasoning_details
  if (calls.length > 0) draft['tool_calls'] = calls
  return draft
}

function callOf(id: string | undefined, name: string | undefined, text: string): JsonObject {
  return { id: id ?? '', type: 'function', function: { name: name ?? '', arguments: text } }
}

function otherMessageOf(message: BaseMessage): JsonDraft {
  if (ToolMessage.isInstance(message)) {
    return { role: 'tool', tool_call_id: message.tool_call_id, content: textOf(message.content) }
  }
  const type = message.getType()
  const { role } = message as { readonly role?: unknown }
  if (type === 'system') return { role: 'system', content: textOf(message.content) }
  return { role: type === 'generic' && typeof role === 'string' ? role : 'user', content: contentOf(message.content) }
}

/** The text of a content; tools may return blocks. */
function textOf(content: BaseMessage['content']): string {
  if (typeof content === 'string') return content
  return content
    .map((block) => {
      const value: unknown = block
      return isJsonObject(value) && value['type'] === 'text' ? (stringAt(value, 'text') ?? '') : ''
    })
    .join('')
}

function contentOf(content: BaseMessage['content']): JsonValue {
  if (typeof content === 'string') return content
  return content.map((block) => {
    const value: unknown = block
    if (!isJsonObject(value)) throw new TypeError('a content block must be an object')
    return partOf(value)
  })
}

/** A content block in any of LangChain's spellings, or OpenAI's own. */
function partOf(block: JsonObject): JsonObject {
  const mediaType = stringAt(block, 'mimeType') ?? stringAt(block, 'mime_type') ?? ''
  const data = stringAt(block, 'data')
  switch (block['type']) {
    case 'text':
      return { type: 'text', text: stringAt(block, 'text') ?? '' }
    case 'image_url': {
      const { image_url } = block
      return { type: 'image_url', image_url: typeof image_url === 'string' ? { url: image_url } : (image_url ?? {}) }
    }
    case 'image': {
      const url = stringAt(block, 'url') ?? (data === undefined ? undefined : `data:${mediaType};base64,${data}`)
      if (url !== undefined) return { type: 'image_url', image_url: { url } }
      break
    }
    case 'input_audio':
      return block
    case 'audio': {
      const format = /^audio\/(?:x-)?(wav|mp3|mpeg)$/.exec(mediaType)?.[1]
      if (data !== undefined && format) {
        return { type: 'input_audio', input_audio: { data, format: format === 'mpeg' ? 'mp3' : format } }
      }
      break
    }
    case 'file': {
      if (isJsonObject(block['file'])) return block
      if (data === undefined) break
      const metadata = isJsonObject(block['metadata']) ? block['metadata'] : {}
      const filename = stringAt(metadata, 'filename')
      const named = filename === undefined ? {} : { filename }
      return { type: 'file', file: { file_data: `data:${mediaType};base64,${data}`, ...named } }
    }
  }
  throw new TypeError(`a content block of type ${String(block['type'])} cannot be sent`)
}

/** The members that a whole answer and the last chunk of a streamed one have in common. */
function answerFieldsOf(result: ChatResult): AIMessageFields {
  const counts = tokenUsageOf(result.usage)
  const fields: AIMessageFields = {
    id: result.id,
    response_metadata: {
      model_provider: 'opengradient',
      model_name: result.model,
      finish_reason: result.finishReason,
      // Cost and receipt are in here.
      usage: result.usage ?? {},
    },
  }
  if (!counts) return fields
  const usage_metadata: UsageMetadata = {
    input_tokens: counts.promptTokens,
    output_tokens: counts.completionTokens,
    total_tokens: counts.promptTokens + counts.completionTokens,
    input_token_details: { cache_read: counts.cachedPromptTokens },
    output_token_details: { reasoning: counts.reasoningTokens },
  }
  // LangChain types this member as `never` for messages without a structure of their own.
  return { ...fields, usage_metadata: usage_metadata as never }
}

/** What rides on an answer and goes back with it. */
function additionalKwargsOf(result: ChatResult): Record<string, unknown> {
  const details: unknown = result.message.reasoning_details
  return {
    ...(result.reasoning === '' ? {} : { reasoning_content: result.reasoning }),
    ...(isJsonArray(details) ? { reasoning_details: details } : {}),
    ...(result.refusal === null ? {} : { refusal: result.refusal }),
  }
}

/** Turns an answer into LangChain's message. Arguments that are not JSON become an invalid call, never an empty one. */
export function aiMessageOf(result: ChatResult): AIMessage {
  const toolCalls: LangChainToolCall[] = []
  const invalidToolCalls: InvalidToolCall[] = []
  for (const { id, function: fn } of result.toolCalls) {
    const args = readJson(fn.arguments)
    if (isJsonObject(args)) toolCalls.push({ type: 'tool_call', id, name: fn.name, args: { ...args } })
    else {
      const error = 'The arguments are not a JSON object.'
      invalidToolCalls.push({ type: 'invalid_tool_call', id, name: fn.name, args: fn.arguments, error })
    }
  }
  return new AIMessage({
    ...answerFieldsOf(result),
    content: result.text,
    tool_calls: toolCalls,
    invalid_tool_calls: invalidToolCalls,
    additional_kwargs: additionalKwargsOf(result),
  })
}

/** The last chunk of a streamed answer. */
export function lastChunkOf(result: ChatResult): AIMessageChunk {
  const { reasoning_content: _, refusal: __, ...kwargs } = additionalKwargsOf(result)
  return new AIMessageChunk({ ...answerFieldsOf(result), content: '', additional_kwargs: kwargs })
}
