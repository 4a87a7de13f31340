import { readBody } from '../read-body.js'

/** A request as far as a paywall reads it. Adapters bring their own kind, with more in it for prices and handlers. */
export interface PaywallRequest {
  readonly method: string
  /** Absolute. */
  readonly url: string
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal | undefined
  /** A header by its lower-case name, doubled ones joined by a comma; `null` when there is none. */
  header(name: string): string | null
  /** The whole body; `undefined` when it is longer than `maxBytes`. */
  readBody(maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** The request as a `Request`; without `body` it has the one that came, or what is left of it. */
  toRequest(body?: Uint8Array<ArrayBuffer>): Request
}

/** A `Request` that came in. */
export interface WebPaywallRequest extends PaywallRequest {
  readonly original: Request
}

/** Reads a `Request`. */
export function webPaywallRequest(original: Request): WebPaywallRequest {
  return {
    original,
    method: original.method,
    url: original.url,
    signal: original.signal,
    header: (name) => original.headers.get(name),
    readBody: (maxBytes) => readBody(original, maxBytes),
    toRequest: (body) =>
      body === undefined
        ? original
        : new Request(original.url, {
            method: original.method,
            headers: original.headers,
            signal: original.signal,
            ...(body.length === 0 ? {} : { body }),
          }),
  }
}
