import type { JsonObject } from '../../json.js'
import type { Embedding } from '../embeddings.js'
import type { EmbeddingsRequest, UpstreamEvent, UpstreamRequest } from '../upstream.js'
import type { UpstreamErrorCode } from '../upstream-error.js'

/** Turns what a provider sends into events. */
export interface AnswerReader {
  /** Takes one JSON object of a stream; its events are added to `into`. @throws UpstreamError */
  push(data: JsonObject, into: UpstreamEvent[]): void
  /** Takes the whole body of a server that did not stream. @throws UpstreamError */
  pushBody(body: JsonObject, into: UpstreamEvent[]): void
  /** The answer is over. @throws UpstreamError `UPSTREAM_TRUNCATED` when it was not complete. */
  end(into: UpstreamEvent[]): void
  /** The model that answers; empty until the provider has said so. */
  model(): string
  /** True when the provider has said that nothing more comes. */
  isOver(): boolean
  /** How to tell events that are nothing but text; absent where they are not looked for. */
  readonly plainText?: PlainText
}

/** Events that say nothing but a piece of text: the next one of the same form needs no parsing. */
export interface PlainText {
  /** The member that holds the text. */
  readonly key: 'content' | 'text'
  /** Whether an object that was pushed says nothing else. */
  readonly isAllOf: (data: JsonObject) => boolean
}

/** One call in a provider's own shape. */
export interface WireCall {
  /** Below the base URL, with its slash. */
  readonly path: string
  readonly body: JsonObject
  readonly reader: AnswerReader
  /** Whether named events are part of the answer. Otherwise they are a server's extension and skipped. */
  readonly usesEventNames: boolean
}

/** One call for embeddings in a provider's own shape. */
interface WireEmbeddingsCall {
  readonly path: string
  readonly body: JsonObject
  /** @throws UpstreamError `UPSTREAM_INVALID` */
  readonly read: (body: JsonObject) => {
    readonly embeddings: readonly Embedding[]
    readonly promptTokens: number | undefined
    readonly model: string
  }
}

/** How a provider's API is spoken. */
export interface Wire {
  /** @throws UpstreamError `UPSTREAM_UNSUPPORTED` for what cannot be said in this API */
  readonly callOf: (request: UpstreamRequest) => WireCall
  readonly embeddingsCallOf?: ((request: EmbeddingsRequest) => WireEmbeddingsCall) | undefined
  /** What an error body means, where it says more than its status; `status` is absent inside a stream. */
  readonly errorCodeOf: (body: JsonObject, status: number | undefined) => UpstreamErrorCode | undefined
}
