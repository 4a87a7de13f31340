import type { Timers } from './defaults.js'
import type { LlmError } from './llm-error.js'

/** Limits of time, in milliseconds; 0 stands for none. */
export interface Timeouts {
  /** The whole call, retries and the reading of a stream included; none unless given. */
  readonly totalMs?: number
  /** Until the head of the answer, per attempt; 600,000 unless given. Most servers send it with the whole of an unstreamed answer. */
  readonly connectMs?: number
  /** Until the first piece of a streamed answer, per attempt; heartbeats are not pieces. None unless given. */
  readonly firstTokenMs?: number
  /** Silence while more of an answer is waited for; heartbeats count as life. 300,000 unless given. */
  readonly idleMs?: number
}

/** An attempt that is about to be sent. */
export interface RequestInfo {
  readonly method: 'POST' | 'GET'
  readonly path: string
  /** Counts from 1. */
  readonly attempt: number
  /** The exact text of the body; the same with every attempt of a call. */
  readonly text: string | undefined
}

/** The head of an answer. */
export interface ResponseInfo {
  readonly path: string
  readonly attempt: number
  readonly status: number
  readonly headers: Headers
  readonly requestId: string | undefined
  /** From sending to head. */
  readonly elapsedMs: number
}

/** A failed attempt that will be repeated. */
export interface RetryInfo {
  readonly path: string
  /** The attempt that failed, from 1. */
  readonly attempt: number
  readonly error: LlmError
  readonly delayMs: number
}

/** How a call ended. */
export interface EndInfo {
  readonly path: string
  readonly attempts: number
  readonly elapsedMs: number
  /** `undefined` when the call succeeded. */
  readonly error: unknown
}

/** Watches calls. Hooks are told, not asked: what they throw is ignored. */
export interface CallHooks {
  readonly onRequest?: (info: RequestInfo) => void
  readonly onResponse?: (info: ResponseInfo) => void
  readonly onRetry?: (info: RetryInfo) => void
  readonly onEnd?: (info: EndInfo) => void
}

/** How the calls of a transport behave; a transport without one sends once and waits for ever. */
export interface CallPolicy {
  readonly retries: number
  readonly timeouts: Timeouts
  readonly hooks: readonly CallHooks[]
  readonly timers: Timers
}
