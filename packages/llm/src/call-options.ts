import type { CallHooks, Timeouts } from './call-policy.js'
import type { JsonObject } from './json.js'

/** Options of every call. */
export interface CallOptions {
  /** Aborts the call; use `AbortSignal.timeout(ms)` for a deadline. */
  readonly signal?: AbortSignal
  /** Extra headers of this call. */
  readonly headers?: Readonly<Record<string, string>>
  /** Largest accepted answer, in bytes; 64 MiB unless given. */
  readonly maxResponseBytes?: number
  /** How often a call that may succeed later is repeated, with the same bytes; the transport's unless given. */
  readonly retries?: number
  /** Limits of time; the transport's where not given. */
  readonly timeouts?: Timeouts
  /** Watch this call, beside the transport's own hooks. */
  readonly hooks?: CallHooks
  /**
   * Sees each chunk of a stream as the server sent it, before it is read; a chunk that differs from an earlier one in its text alone is not
   * shown again. What it throws ends the stream and is the `cause` of its error.
   */
  readonly checkChunk?: (chunk: JsonObject) => void
}
