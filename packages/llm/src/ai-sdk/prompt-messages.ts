import { isJsonArray, isJsonObject, type JsonDraft, type JsonObject, type JsonValue } from '../json.js'
import { encodeBase64 } from './base64.js'
import { providerName } from './sdk-metadata.js'
import type { SdkMessage, SdkPromptPart, SdkWarning } from './specification.js'

/** Turns the prompt of a call into chat messages. Parts that cannot be sent become warnings. */
export function chatMessagesOf(prompt: readonly SdkMessage[], warnings: SdkWarning[]): readonly JsonObject[] {
  return prompt.flatMap(({ role, content }): readonly JsonObject[] => {
    if (typeof content === 'string') return [{ role, content }]
    switch (role) {
      case 'assistant':
        return [assistantMessageOf(content, warnings)]
      case 'tool':
        return content.filter((part) => part.type === 'tool-result').map(toolMessageOf)
      default:
        return [{ role, content: userContentOf(content, warnings) }]
    }
  })
}

function userContentOf(parts: readonly SdkPromptPart[], warnings: SdkWarning[]): JsonValue {
  const [only] = parts
  if (parts.length === 1 && only?.type === 'text') return only.text ?? ''
  return parts.flatMap((part): readonly JsonObject[] => {
    if (part.type === 'text') return [{ type: 'text', text: part.text ?? '' }]
    const file = part.type === 'file' ? filePartOf(part) : undefined
    if (file) return [file]
    warnings.push({ type: 'unsupported', feature: `prompt part ${part.type} (${part.mediaType ?? 'no media type'})` })
    return []
  })
}

/** A file in the chat API; its data is tagged in version 4 of the specification and bare in version 3. */
function filePartOf(part: SdkPromptPart): JsonObject | undefined {
  const mediaType = part.mediaType ?? ''
  const source = sourceOf(part.data)
  if (!source) return undefined
  if (source.type === 'text') return { type: 'text', text: source.text }
  if (mediaType.startsWith('image/')) {
    const type = mediaType === 'image/*' ? 'image/jpeg' : mediaType
    return {
      type: 'image_url',
      image_url: { url: source.type === 'url' ? source.url : `data:${type};base64,${source.base64}` },
    }
  }
  if (source.type === 'url') return undefined
  const format = /^audio\/(?:x-)?(wav|mp3|mpeg)$/.exec(mediaType)?.[1]
  if (format)
    return { type: 'input_audio', input_audio: { data: source.base64, format: format === 'mpeg' ? 'mp3' : format } }
  const named = part.filename === undefined ? {} : { filename: part.filename }
  return { type: 'file', file: { file_data: `data:${mediaType};base64,${source.base64}`, ...named } }
}

type Source =
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'base64'; readonly base64: string }
  | { readonly type: 'text'; readonly text: string }

function sourceOf(data: unknown): Source | undefined {
  if (data instanceof URL) return { type: 'url', url: data.href }
  if (data instanceof Uint8Array) return { type: 'base64', base64: encodeBase64(data) }
  if (typeof data === 'string')
    return /^https?:\/\//.test(data) ? { type: 'url', url: data } : { type: 'base64', base64: data }
  if (!isJsonObject(data)) return undefined
  const { type, text } = data
  if (type === 'text') return typeof text === 'string' ? { type, text } : undefined
  // A tag around one of the forms above; references to files stored elsewhere cannot be followed.
  return type === 'url' || type === 'data' ? sourceOf(data[type]) : undefined
}

function assistantMessageOf(parts: readonly SdkPromptPart[], warnings: SdkWarning[]): JsonObject {
  let text = ''
  let reasoning = ''
  const calls: JsonObject[] = []
  const details: JsonValue[] = []
  for (const part of parts) {
    details.push(...reasoningDetailsOf(part))
    if (part.type === 'text') text += part.text ?? ''
    else if (part.type === 'reasoning') reasoning += part.text ?? ''
    else if (part.type === 'tool-call') calls.push(callOf(part))
    else warnings.push({ type: 'unsupported', feature: `assistant part ${part.type}` })
  }
  const message: JsonDraft = { role: 'assistant', content: text === '' && calls.length > 0 ? null : text }
  if (reasoning !== '') message['reasoning_content'] = reasoning
  if (details.length > 0) message['reasoning_details'] = details
  if (calls.length > 0) message['tool_calls'] = calls
  return message
}

/** What the provider of the model wants back unread; it went out with the same part. */
function reasoningDetailsOf(part: SdkPromptPart): readonly JsonValue[] {
  const own = part.providerOptions?.[providerName]
  const details = isJsonObject(own) ? own['reasoningDetails'] : undefined
  return isJsonArray(details) ? details : []
}

function callOf(part: SdkPromptPart): JsonObject {
  const { input } = part
  return {
    id: part.toolCallId ?? '',
    type: 'function',
    function: { name: part.toolName ?? '', arguments: typeof input === 'string' ? input : JSON.stringify(input ?? {}) },
  }
}

function toolMessageOf(part: SdkPromptPart): JsonObject {
  return { role: 'tool', tool_call_id: part.toolCallId ?? '', content: outputText(part.output) }
}

/** The output of a tool as text: JSON where it is not text already. */
function outputText(output: unknown): string {
  if (!isJsonObject(output)) return ''
  const { type, value, reason } = output
  if (type === 'execution-denied') return typeof reason === 'string' ? reason : 'The call was not approved.'
  if (typeof value === 'string') return value
  if (type !== 'content' || !isJsonArray(value)) return JSON.stringify(value ?? null)
  return value
    .map((item) => (isJsonObject(item) && typeof item['text'] === 'string' ? item['text'] : JSON.stringify(item)))
    .join('\n')
}
