import type { ChatMessage, ChatRequest, CompletionRequest } from '@og/llm'
import type { JsonValue } from '@og/settlement'
import { ClientError } from './client-error.js'
import { DEFAULT_MAX_TOKENS, DEFAULT_TEMPERATURE } from './defaults.js'

/** What both kinds of inference take; names follow the OpenGradient API. */
export interface SamplingOptions {
  readonly model: string
  /** Most tokens to generate; 100 unless told otherwise. */
  readonly maxTokens?: number
  /** 0 to 2; 0 unless told otherwise. */
  readonly temperature?: number
  /** Up to four texts that end the generation. */
  readonly stopSequence?: string | readonly string[]
}

/** Writes the body of `POST /v1/completions`. The request hash covers it as it stands. @throws ClientError `INVALID_REQUEST` */
export function completionRequestOf(options: SamplingOptions & { readonly prompt: string }): CompletionRequest {
  if (typeof options.prompt !== 'string' || options.prompt === '') {
    throw new ClientError('INVALID_REQUEST', 'prompt must be a non-empty string')
  }
  return { ...samplingOf(options), prompt: options.prompt }
}

/** Writes the body of `POST /v1/chat/completions` but for its tools. @throws ClientError `INVALID_REQUEST` */
export function chatRequestOf(options: SamplingOptions & { readonly messages: readonly ChatMessage[] }): ChatRequest {
  if (!Array.isArray(options.messages) || options.messages.length === 0) {
    throw new ClientError('INVALID_REQUEST', 'messages must be a non-empty array')
  }
  return { ...samplingOf(options), messages: options.messages }
}

function samplingOf(options: SamplingOptions): { readonly model: string } & Record<string, JsonValue> {
  if (typeof options.model !== 'string' || options.model === '') {
    throw new ClientError('INVALID_REQUEST', 'model must be a non-empty string')
  }
  const maxTokens = options.maxTokens ?? DEFAULT_MAX_TOKENS
  if (!Number.isSafeInteger(maxTokens) || maxTokens < 1) {
    throw new ClientError('INVALID_REQUEST', 'maxTokens must be a positive integer')
  }
  const temperature = options.temperature ?? DEFAULT_TEMPERATURE
  if (!(temperature >= 0 && temperature <= 2)) {
    throw new ClientError('INVALID_REQUEST', 'temperature must be a number from 0 to 2')
  }
  const stop = options.stopSequence
  return {
    model: options.model,
    max_tokens: maxTokens,
    temperature,
    ...(stop === undefined || stop.length === 0 ? {} : { stop }),
  }
}
