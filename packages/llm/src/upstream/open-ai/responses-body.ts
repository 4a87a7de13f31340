import {
  isJsonObject,
  type JsonDraft,
  type JsonObject,
  type JsonValue,
  numberAt,
  objectAt,
  objectsAt,
  stringAt,
} from '../../json.js'
import { type MessagePart, messagePartsOf, messageText } from '../message-parts.js'
import { reasoningDetailsOf } from '../reasoning-details.js'
import type { UpstreamRequest } from '../upstream.js'
import { UpstreamError } from '../upstream-error.js'

/** Turns a chat request into the body of `POST /v1/responses`. Nothing is stored there. @throws UpstreamError `UPSTREAM_UNSUPPORTED` */
export function responsesBodyOf(request: UpstreamRequest): JsonObject {
  if (request.endpoint !== 'chat.completions') throw new UpstreamError('UPSTREAM_UNSUPPORTED')
  const source = request.body
  const draft: JsonDraft = {
    model: request.model,
    input: objectsAt(source, 'messages').flatMap(itemsOf),
    stream: true,
    store: false,
  }
  for (const key of ['temperature', 'top_p', 'parallel_tool_calls']) {
    const value = source[key]
    if (value !== undefined && value !== null) draft[key] = value
  }
  const limit = numberAt(source, 'max_completion_tokens') ?? numberAt(source, 'max_tokens')
  if (limit !== undefined) draft['max_output_tokens'] = limit
  const tools = objectsAt(source, 'tools').map((tool) => ({
    type: 'function',
    strict: false,
    ...objectAt(tool, 'function'),
  }))
  if (tools.length > 0) draft['tools'] = tools
  const choice = toolChoiceOf(source['tool_choice'])
  if (choice !== undefined) draft['tool_choice'] = choice
  const effort = stringAt(source, 'reasoning_effort')
  if (effort !== undefined) {
    draft['reasoning'] = { effort }
    // Without it the thoughts of this turn are lost to the next one.
    if (effort !== 'none') draft['include'] = ['reasoning.encrypted_content']
  }
  const text = textOptionsOf(source)
  if (text) draft['text'] = text
  return draft
}

function toolChoiceOf(choice: JsonValue | undefined): JsonValue | undefined {
  if (!isJsonObject(choice)) return choice ?? undefined
  return { type: 'function', name: stringAt(objectAt(choice, 'function') ?? {}, 'name') ?? '' }
}

function textOptionsOf(source: JsonObject): JsonObject | undefined {
  const format = objectAt(source, 'response_format')
  const verbosity = stringAt(source, 'verbosity')
  if (!format && verbosity === undefined) return undefined
  return {
    ...(format ? { format: { ...objectAt(format, 'json_schema'), type: stringAt(format, 'type') ?? 'text' } } : {}),
    ...(verbosity === undefined ? {} : { verbosity }),
  }
}

function itemsOf(message: JsonObject): readonly JsonObject[] {
  switch (message['role']) {
    case 'assistant':
      return assistantItemsOf(message)
    case 'tool':
      return [
        {
          type: 'function_call_output',
          call_id: stringAt(message, 'tool_call_id') ?? '',
          output: messageText(message['content']),
        },
      ]
    case 'user':
      return [{ role: 'user', content: messagePartsOf(message['content']).map(inputPartOf) }]
    default:
      return [{ role: stringAt(message, 'role') ?? 'system', content: messageText(message['content']) }]
  }
}

function assistantItemsOf(message: JsonObject): readonly JsonObject[] {
  const thoughts = reasoningDetailsOf(message, 'openai-responses-v1').map((detail) => ({
    type: 'reasoning',
    id: stringAt(detail, 'id') ?? '',
    summary: [],
    encrypted_content: stringAt(detail, 'data') ?? '',
  }))
  const text = messageText(message['content'] ?? message['refusal'])
  const said = text === '' ? [] : [{ role: 'assistant', content: [{ type: 'output_text', text }] }]
  const calls = objectsAt(message, 'tool_calls').map((call) => {
    const fn = objectAt(call, 'function') ?? {}
    return {
      type: 'function_call',
      call_id: stringAt(call, 'id') ?? '',
      name: stringAt(fn, 'name') ?? '',
      arguments: stringAt(fn, 'arguments') ?? '',
    }
  })
  return [...thoughts, ...said, ...calls]
}

function inputPartOf(part: MessagePart): JsonObject {
  if (part.type === 'text') return { type: 'input_text', text: part.text }
  if (part.type === 'url') return { type: 'input_image', image_url: part.url }
  const url = `data:${part.mediaType};base64,${part.base64}`
  if (part.mediaType.startsWith('image/')) return { type: 'input_image', image_url: url }
  if (part.mediaType.startsWith('audio/')) throw new UpstreamError('UPSTREAM_UNSUPPORTED')
  return { type: 'input_file', filename: part.filename ?? 'file', file_data: url }
}
