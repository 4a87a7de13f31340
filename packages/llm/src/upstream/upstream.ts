import type { JsonObject } from '../json.js'
import type { ToolCallDelta } from '../stream/tool-call-merger.js'
import type { TokenUsage } from '../usage.js'
import type { Embedding } from './embeddings.js'

/** Which API an answer belongs to. */
export type UpstreamEndpoint = 'chat.completions' | 'completions'

/**
 * How far an answer can be believed: `scripted` is no language model at all, `model-in-enclave` ran inside the attested machine,
 * `tls-witnessed` came over TLS from the named host, `vanilla` came from an unauthenticated local server.
 */
export type UpstreamLabel = 'scripted' | 'model-in-enclave' | 'tls-witnessed' | 'vanilla'

/** Why generation ended. */
export type UpstreamFinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter'

/**
 * An element of a message's `reasoning_details`: `{ type: 'reasoning.text', text, signature, format, index }` or
 * `{ type: 'reasoning.encrypted', data, format, index, id? }`, where `id` is the tool call that it belongs to, or the provider's own name for it.
 * Clients send them back unread.
 */
export type ReasoningDetail = JsonObject

/**
 * A piece of an answer, the same for every provider. Tool calls count from 0 and the first piece of each has `id` and `name`;
 * `finish` comes exactly once, after all deltas; `usage` at most once, after it.
 */
export type UpstreamEvent =
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'refusal-delta'; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly text: string }
  /** A finished piece of reasoning as its provider wants it back: with its signature, or encrypted. */
  | { readonly type: 'reasoning-detail'; readonly detail: ReasoningDetail }
  | ToolCallDelta
  | { readonly type: 'finish'; readonly reason: UpstreamFinishReason }
  | { readonly type: 'usage'; readonly usage: TokenUsage }

/** A call of a provider. */
export interface UpstreamRequest {
  readonly endpoint: UpstreamEndpoint
  /** The provider's name of the model. */
  readonly model: string
  /** A request body that the validator has accepted. */
  readonly body: JsonObject
}

/** What a provider answers. */
export interface UpstreamAnswer {
  /** The exact bytes of the body that was sent to the provider. */
  readonly requestBytes: Uint8Array
  /** The model that the provider says has answered. */
  readonly modelAnswered: string
  /** The answer; single use. Leaving the loop cancels it at the provider. @throws UpstreamError */
  readonly events: AsyncIterable<UpstreamEvent>
  /** The same answer, always as many events at once as have come: instead of `events` where a promise per token is too dear. */
  readonly batches?: AsyncIterable<readonly UpstreamEvent[]>
}

/** Texts to embed. */
export interface EmbeddingsRequest {
  /** The provider's name of the model. */
  readonly model: string
  readonly input: readonly string[]
  readonly dimensions?: number | undefined
}

/** Vectors, in the order of the texts. */
export interface EmbeddingsAnswer {
  /** The exact bytes of the body that was sent to the provider. */
  readonly requestBytes: Uint8Array
  /** The model that the provider says has answered. */
  readonly modelAnswered: string
  readonly embeddings: readonly Embedding[]
  /** The provider's count; `undefined` when it gives none. */
  readonly promptTokens: number | undefined
}

/** A provider of language models. */
export interface Upstream {
  readonly id: string
  /** The host that is spoken to, or `scripted`. */
  readonly host: string
  readonly label: UpstreamLabel
  /** @throws UpstreamError before the first piece of the answer, when the provider refuses or cannot be reached. */
  send(request: UpstreamRequest, options: { readonly signal: AbortSignal }): Promise<UpstreamAnswer>
  /** Absent where the provider has no embeddings. @throws UpstreamError */
  embed?(request: EmbeddingsRequest, options: { readonly signal: AbortSignal }): Promise<EmbeddingsAnswer>
}
