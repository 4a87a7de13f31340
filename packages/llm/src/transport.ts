import type { JsonObject } from './json.js'
import { LlmError } from './llm-error.js'
import { callFailed } from './response-error.js'

/** The part of `fetch` that is used. The global one fits, and so does any wrapper of it (one that pays, one that seals bodies). */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** One call, before it is HTTP. */
export interface WireRequest {
  readonly path: '/chat/completions' | '/completions'
  readonly body: JsonObject
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Carries a call to a server. */
export interface Transport {
  send(request: WireRequest, options: { readonly signal?: AbortSignal | undefined }): Promise<Response>
}

/** Options of {@link httpTransport}. */
export interface HttpTransportOptions {
  /** Where the API stands, version included: `https://host/v1`. */
  readonly baseUrl: string
  readonly fetch: Fetch
  /** Sent with each call, for example `authorization`. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Creates the transport over HTTP. Redirects are refused: a prompt goes to the server it was meant for.
 * Errors that the injected `fetch` throws on purpose (a refused payment, a broken seal) pass through as they are.
 * @throws LlmError `BAD_REQUEST` when `baseUrl` is not an http(s) URL; from `send`: `CONNECTION`, `ABORTED`, `TIMEOUT`.
 */
export function httpTransport(options: HttpTransportOptions): Transport {
  const { fetch } = options
  const baseUrl = options.baseUrl.replace(/\/+$/, '')
  if (!/^https?:\/\/[^/]/.test(baseUrl)) throw new LlmError('BAD_REQUEST', 'baseUrl must be an http or https URL')
  return {
    async send(request, { signal }) {
      try {
        return await fetch(baseUrl + request.path, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...options.headers, ...request.headers },
          body: JSON.stringify(request.body),
          redirect: 'error',
          signal: signal ?? null,
        })
      } catch (error) {
        throw callFailed(error, signal)
      }
    },
  }
}
