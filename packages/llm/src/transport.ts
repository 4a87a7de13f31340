import { type LogOptions, logHooks } from './call-log.js'
import type { CallHooks, CallPolicy, Timeouts } from './call-policy.js'
import {
  DEFAULT_CONNECT_TIMEOUT_MS,
  DEFAULT_IDLE_TIMEOUT_MS,
  DEFAULT_RETRIES,
  type Fetch,
  systemFetch,
  systemTimers,
  type Timers,
} from './defaults.js'
import type { JsonObject } from './json.js'
import { LlmError } from './llm-error.js'
import { callFailed } from './response-error.js'

export type { Fetch }

/** One call, before it is HTTP. */
export interface WireRequest {
  readonly path: `/${string}`
  /** `POST` unless given. A `GET` sends no body. */
  readonly method?: 'POST' | 'GET' | undefined
  readonly body: JsonObject
  /** The exact text of `body` to send, the same with every attempt; made from `body` when it is not given. */
  readonly text?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Carries a call to a server. */
export interface Transport {
  send(request: WireRequest, options: { readonly signal?: AbortSignal | undefined }): Promise<Response>
  /** How calls behave; without it they are sent once, and wait for as long as their signal lets them. */
  readonly policy?: CallPolicy | undefined
}

/** Options of {@link httpTransport}. */
export interface HttpTransportOptions extends LogOptions {
  /** Where the API stands, version included: `https://host/v1`. */
  readonly baseUrl: string
  /** The platform's unless given. */
  readonly fetch?: Fetch
  /** Sent as a bearer token. */
  readonly apiKey?: string
  /** Sent with each call. */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * How often a call is repeated when it failed with a network error, 408, 409, 429 or 5xx and the server does not object; 2 unless given.
   * Every attempt has the same bytes, so that a fetch that pays can send the same payment again.
   */
  readonly retries?: number
  readonly timeouts?: Timeouts
  readonly hooks?: CallHooks
  /** Wrappers around `fetch`, the first outermost. */
  readonly middleware?: readonly ((next: Fetch) => Fetch)[]
  /** Clock and timers; the platform's unless given. */
  readonly timers?: Timers
}

/**
 * Creates the transport over HTTP. Redirects are refused: a prompt goes to the server it was meant for.
 * Errors that the injected `fetch` throws on purpose (a refused payment, a broken seal) pass through as they are.
 * @throws LlmError `BAD_REQUEST` when `baseUrl` is not an http(s) URL; from `send`: `CONNECTION`, `ABORTED`, `TIMEOUT`.
 */
export function httpTransport(options: HttpTransportOptions): Transport {
  const baseUrl = options.baseUrl.replace(/\/+$/, '')
  if (!/^https?:\/\/[^/]/.test(baseUrl)) throw new LlmError('BAD_REQUEST', 'baseUrl must be an http or https URL')
  const { apiKey, hooks, middleware = [] } = options
  const fetch = middleware.reduceRight<Fetch>((next, wrap) => wrap(next), options.fetch ?? systemFetch)
  const common = {
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    ...options.headers,
  }
  const log = logHooks(options)
  return {
    policy: {
      retries: options.retries ?? DEFAULT_RETRIES,
      timeouts: { connectMs: DEFAULT_CONNECT_TIMEOUT_MS, idleMs: DEFAULT_IDLE_TIMEOUT_MS, ...options.timeouts },
      hooks: [...(log ? [log] : []), ...(hooks ? [hooks] : [])],
      timers: options.timers ?? systemTimers,
    },
    async send(request, { signal }) {
      const method = request.method ?? 'POST'
      const isPost = method === 'POST'
      try {
        return await fetch(baseUrl + request.path, {
          method,
          headers: { ...(isPost ? { 'content-type': 'application/json' } : {}), ...common, ...request.headers },
          ...(isPost ? { body: request.text ?? JSON.stringify(request.body) } : {}),
          redirect: 'error',
          signal: signal ?? null,
        })
      } catch (error) {
        throw callFailed(error, signal)
      }
    },
  }
}
