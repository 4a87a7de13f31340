import { vectorsOf } from './embeddings.js'
import type { Hex } from './hex.js'
import type { JsonObject, JsonValue } from './json/json-value.js'
import { hashJson, type KeccakOptions } from './keccak.js'
import { SettlementError } from './settlement-error.js'

/** The endpoints that have a normative transcript. */
export type Endpoint = 'chat.completions' | 'completions' | 'embeddings'

/** A function that the model asked to be called. */
export interface TranscriptToolCall {
  readonly id: string
  readonly name: string
  /** The arguments as the model wrote them, JSON text that may be broken. */
  readonly arguments: string
}

interface TranscriptParts {
  /** The model that answered. */
  readonly model: string
  readonly refusal: string
  readonly reasoning: string
  readonly toolCalls: readonly TranscriptToolCall[]
  readonly finishReason: string
}

/** The transcript of a chat answer; what is absent, null or empty in the answer is the empty text here. */
export interface ChatTranscript extends TranscriptParts {
  readonly endpoint: 'chat.completions'
  readonly content: string
}

/** The transcript of a text completion. */
export interface CompletionTranscript extends TranscriptParts {
  readonly endpoint: 'completions'
  readonly text: string
}

/** The transcript of an answer of vectors. */
export interface EmbeddingsTranscript {
  readonly endpoint: 'embeddings'
  /** The model that answered. */
  readonly model: string
  /** A vector for each text, in their order: base64 of little-endian 32-bit floats. */
  readonly embeddings: readonly string[]
}

/** Everything that a model answered, the same for a streamed and an unstreamed answer, and for every encoding of vectors. */
export type Transcript = ChatTranscript | CompletionTranscript | EmbeddingsTranscript

declare const responseHash: unique symbol

/** The hash of an answer, made by {@link hashTranscript} only. */
export type ResponseHash = Hex & { readonly [responseHash]: true }

/** Most tool calls in one answer. */
export const MAX_TOOL_CALLS = 1024

/**
 * Takes the transcript out of an unstreamed OpenAI response body. Refuses what the transcript would not cover:
 * more than one choice, audio, legacy function calls, tool calls that are no functions, vectors out of order.
 *
 * @throws SettlementError `INVALID_RESPONSE`.
 */
export function transcriptOf(endpoint: Endpoint, responseBody: unknown): Transcript {
  const body = objectOf(responseBody, 'response')
  if (endpoint === 'embeddings') {
    return { endpoint, model: textOf(body['model'], 'model'), embeddings: vectorsOf(body['data']) }
  }
  const choices = body['choices']
  if (!Array.isArray(choices) || choices.length !== 1) return fail('response has not exactly one choice')
  const choice = objectOf(choices[0], 'choice')
  const model = textOf(body['model'], 'model')
  const finishReason = textOf(choice['finish_reason'], 'finish_reason')
  if (endpoint === 'completions') {
    const text = optionalText(choice['text'], 'text')
    return { endpoint, model, text, refusal: '', reasoning: '', toolCalls: [], finishReason }
  }
  const message = objectOf(choice['message'], 'message')
  for (const key of ['function_call', 'audio']) {
    if (message[key] !== undefined && message[key] !== null) return fail(`message carries ${key}`)
  }
  return {
    endpoint,
    model,
    content: optionalText(message['content'], 'content'),
    refusal: optionalText(message['refusal'], 'refusal'),
    reasoning: reasoningOf(message),
    toolCalls: toolCallsOf(message['tool_calls']),
    finishReason,
  }
}

/**
 * Hashes an answer: Keccak-256 of its transcript's canonical JSON.
 *
 * @throws SettlementError as `canonicalize` does.
 */
export function hashTranscript(transcript: Transcript, options: KeccakOptions = {}): ResponseHash {
  // The brand of ResponseHash is minted here and nowhere else.
  return hashJson(encodeTranscript(transcript), options) as ResponseHash
}

/** Writes a transcript as the JSON object whose canonical form is hashed. */
export function encodeTranscript(transcript: Transcript): JsonObject {
  if (transcript.endpoint === 'embeddings') {
    return { endpoint: transcript.endpoint, model: transcript.model, embeddings: transcript.embeddings }
  }
  const parts = {
    endpoint: transcript.endpoint,
    model: transcript.model,
    refusal: transcript.refusal,
    reasoning: transcript.reasoning,
    toolCalls: transcript.toolCalls.map(
      (call): JsonValue => ({ id: call.id, name: call.name, arguments: call.arguments }),
    ),
    finishReason: transcript.finishReason,
  }
  return transcript.endpoint === 'completions'
    ? { text: transcript.text, ...parts }
    : { content: transcript.content, ...parts }
}

/** Servers spell it `reasoning` or `reasoning_content`; two different ones would leave one uncovered. */
function reasoningOf(message: Readonly<Record<string, unknown>>): string {
  const reasoning = optionalText(message['reasoning'], 'reasoning')
  const content = optionalText(message['reasoning_content'], 'reasoning_content')
  if (reasoning !== '' && content !== '' && reasoning !== content) {
    return fail('reasoning and reasoning_content differ')
  }
  return reasoning === '' ? content : reasoning
}

function toolCallsOf(json: unknown): readonly TranscriptToolCall[] {
  if (json === undefined || json === null) return []
  if (!Array.isArray(json) || json.length > MAX_TOOL_CALLS) return fail('tool_calls is no array, or too long')
  return json.map((item: unknown) => {
    const call = objectOf(item, 'tool call')
    if (call['type'] !== undefined && call['type'] !== 'function') return fail('tool call is no function call')
    const called = objectOf(call['function'], 'tool call function')
    return {
      id: textOf(call['id'], 'tool call id'),
      name: textOf(called['name'], 'tool call name'),
      arguments: optionalText(called['arguments'], 'tool call arguments'),
    }
  })
}

function objectOf(json: unknown, what: string): Readonly<Record<string, unknown>> {
  return isObject(json) ? json : fail(`${what} is no object`)
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function textOf(json: unknown, what: string): string {
  if (typeof json !== 'string' || json === '') return fail(`${what} is no text`)
  return json
}

function optionalText(json: unknown, what: string): string {
  if (json === undefined || json === null) return ''
  return typeof json === 'string' ? json : fail(`${what} is neither text nor null`)
}

function fail(message: string): never {
  throw new SettlementError('INVALID_RESPONSE', message)
}
