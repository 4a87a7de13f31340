import { isJsonArray, type JsonObject, objectAt, objectsAt, stringAt } from '../../json.js'
import { bytesPerToken } from '../estimate-tokens.js'
import type { UpstreamEndpoint, UpstreamFinishReason } from '../upstream.js'
import { answerText } from './answer-text.js'
import { decideTools, type ScriptedCall } from './choose-tools.js'
import { type Conversation, conversationOf } from './conversation.js'
import { fillObject } from './fill-arguments.js'
import { placesIn } from './gazetteer.js'
import { reportTools } from './report-tools.js'

/** The whole answer of the scripted model, before it is streamed. */
export interface ScriptedAnswer {
  readonly text: string
  readonly calls: readonly ScriptedCall[]
  readonly finishReason: UpstreamFinishReason
}

/** Answers a validated request. The same request always gets the same answer, and everything in the answer comes from the request. */
export function scriptedAnswer(endpoint: UpstreamEndpoint, body: JsonObject): ScriptedAnswer {
  const conversation = conversationOf(endpoint, body)
  const maxBytes = maxBytesOf(body)
  const reported = reportTools(conversation)
  if (reported === undefined && endpoint === 'chat.completions') {
    const decision = decideTools(conversation, body)
    if (decision.kind === 'question') return cut(decision.text, { body, maxBytes })
    if (decision.kind === 'calls') {
      const size = decision.calls.reduce((sum, call) => sum + byteLength(call.name + JSON.stringify(call.arguments)), 0)
      if (size > maxBytes) return { text: '', calls: [], finishReason: 'length' }
      return { text: '', calls: decision.calls, finishReason: 'tool_calls' }
    }
  }
  const text = reported ?? answerText(conversation)
  return cut(formatted(text, { body, conversation }), { body, maxBytes })
}

/** Applies `response_format`. */
function formatted(text: string, options: { readonly body: JsonObject; readonly conversation: Conversation }): string {
  const format = objectAt(options.body, 'response_format')
  const type = format && stringAt(format, 'type')
  if (type === 'json_object') return JSON.stringify({ answer: text })
  const schema =
    type === 'json_schema' && format ? objectAt(objectAt(format, 'json_schema') ?? {}, 'schema') : undefined
  if (!schema) return text
  const texts = options.conversation.userTexts
  const places = texts.flatMap((item) => placesIn(item))
  return JSON.stringify(fillObject(schema, { texts, place: places[0], places, fallbackText: text }).value)
}

/** Applies `stop` and the token limit. */
function cut(text: string, options: { readonly body: JsonObject; readonly maxBytes: number }): ScriptedAnswer {
  const stop = options.body['stop']
  const sequences = isJsonArray(stop) ? stop : [stop]
  let end = text.length
  for (const sequence of sequences) {
    if (typeof sequence !== 'string' || sequence === '') continue
    const index = text.indexOf(sequence)
    if (index !== -1) end = Math.min(end, index)
  }
  const stopped = text.slice(0, end)
  const limited = takeBytes(stopped, options.maxBytes)
  return { text: limited, calls: [], finishReason: limited.length < stopped.length ? 'length' : 'stop' }
}

function maxBytesOf(body: JsonObject): number {
  const limits = [body['max_tokens'], body['max_completion_tokens']].filter((limit) => typeof limit === 'number')
  return limits.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...limits) * bytesPerToken
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}

/** The longest beginning of at most `maxBytes` that does not cut a character. */
function takeBytes(text: string, maxBytes: number): string {
  let size = 0
  let taken = ''
  for (const character of text) {
    size += byteLength(character)
    if (size > maxBytes) return taken
    taken += character
  }
  return taken
}

/** How many messages the request has; part of the ids of tool calls, so that they differ from turn to turn. */
export function turnCount(body: JsonObject): number {
  return objectsAt(body, 'messages').length
}
