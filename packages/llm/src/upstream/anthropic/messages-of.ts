import { type JsonDraft, type JsonObject, objectAt, objectsAt, stringAt } from '../../json.js'
import { callArguments, type MessagePart, messagePartsOf, messageText } from '../message-parts.js'
import { reasoningDetailsOf } from '../reasoning-details.js'
import { UpstreamError } from '../upstream-error.js'

/** A conversation in the shape of the Messages API: instructions apart, turns that take turns. */
export interface ClaudeConversation {
  readonly system: readonly JsonObject[]
  readonly messages: readonly JsonObject[]
}

/**
 * Turns chat messages into those of the Messages API. Instructions are put together at the top, wherever they stood; results of tools and what
 * the user says after them are one turn, because all results of a turn must come at once.
 * @throws UpstreamError `UPSTREAM_UNSUPPORTED`
 */
export function claudeMessagesOf(chat: readonly JsonObject[]): ClaudeConversation {
  const system: JsonObject[] = []
  const turns: { readonly role: 'user' | 'assistant'; readonly content: JsonObject[] }[] = []
  const turnOf = (role: 'user' | 'assistant'): JsonObject[] => {
    const last = turns.at(-1)
    if (last?.role === role) return last.content
    const content: JsonObject[] = []
    turns.push({ role, content })
    return content
  }
  for (const message of chat) {
    switch (message['role']) {
      case 'system':
      case 'developer': {
        const text = messageText(message['content'])
        if (text !== '') system.push({ type: 'text', text })
        break
      }
      case 'assistant':
        turnOf('assistant').push(...assistantBlocksOf(message))
        break
      case 'tool':
        turnOf('user').push(toolResultOf(message))
        break
      default:
        turnOf('user').push(...messagePartsOf(message['content']).map(blockOf))
    }
  }
  const messages = turns.filter(({ content }) => content.length > 0).map(({ role, content }) => ({ role, content }))
  return { system, messages: withoutTrailingSpace(messages) }
}

function assistantBlocksOf(message: JsonObject): readonly JsonObject[] {
  const thinking = reasoningDetailsOf(message, 'anthropic-claude-v1').flatMap((detail): readonly JsonObject[] => {
    const data = stringAt(detail, 'data')
    if (data !== undefined) return [{ type: 'redacted_thinking', data }]
    const signature = stringAt(detail, 'signature')
    // Thoughts without a signature are refused.
    return signature === undefined ? [] : [{ type: 'thinking', thinking: stringAt(detail, 'text') ?? '', signature }]
  })
  const parts = messagePartsOf(message['content'] ?? message['refusal']).map(blockOf)
  const calls = objectsAt(message, 'tool_calls').map((call) => {
    const fn = objectAt(call, 'function') ?? {}
    return {
      type: 'tool_use',
      id: toolIdOf(stringAt(call, 'id') ?? ''),
      name: stringAt(fn, 'name') ?? '',
      input: callArguments(stringAt(fn, 'arguments') ?? ''),
    }
  })
  return [...thinking, ...parts, ...calls]
}

function toolResultOf(message: JsonObject): JsonObject {
  const content = messagePartsOf(message['content']).map(blockOf)
  const result: JsonDraft = { type: 'tool_result', tool_use_id: toolIdOf(stringAt(message, 'tool_call_id') ?? '') }
  if (content.length > 0) result['content'] = content
  return result
}

function blockOf(part: MessagePart): JsonObject {
  if (part.type === 'text') return { type: 'text', text: part.text }
  if (part.type === 'url') return { type: 'image', source: { type: 'url', url: part.url } }
  const { mediaType, base64 } = part
  if (mediaType.startsWith('image/'))
    return { type: 'image', source: { type: 'base64', media_type: mediaType, data: base64 } }
  const title = part.filename === undefined ? {} : { title: part.filename }
  switch (mediaType) {
    case 'application/pdf':
      return { type: 'document', source: { type: 'base64', media_type: mediaType, data: base64 }, ...title }
    case 'text/plain':
      return { type: 'document', source: { type: 'text', media_type: mediaType, data: decodeText(base64) }, ...title }
    default:
      throw new UpstreamError('UPSTREAM_UNSUPPORTED')
  }
}

function decodeText(base64: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(base64), (unit) => unit.charCodeAt(0)))
  } catch {
    throw new UpstreamError('UPSTREAM_UNSUPPORTED')
  }
}

/** Ids of other providers may have characters that this one refuses. */
function toolIdOf(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, '_')
}

/** A turn that the model is to go on with must not end in white space. */
function withoutTrailingSpace(messages: readonly JsonObject[]): readonly JsonObject[] {
  const last = messages.at(-1)
  const blocks = last ? objectsAt(last, 'content') : []
  const block = blocks.at(-1)
  if (last?.['role'] !== 'assistant' || block?.['type'] !== 'text') return messages
  const text = String(block['text']).trimEnd()
  const content = text === '' ? blocks.slice(0, -1) : [...blocks.slice(0, -1), { ...block, text }]
  return content.length === 0 ? messages.slice(0, -1) : [...messages.slice(0, -1), { ...last, content }]
}
