// The one place where the core of this package reaches for the world. Every value is an option of the functions that use it.

/** The part of `fetch` that is used. The global one fits, and so does any wrapper of it (one that pays, one that seals bodies). */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** The platform's `fetch`, looked up at call time and called without a receiver. */
export const systemFetch: Fetch = (url, init) => globalThis.fetch(url, init)

/** What time-keeping takes from the world. */
export interface Timers {
  /** Milliseconds since some fixed moment. */
  readonly now: () => number
  /** Milliseconds since the Unix epoch, for servers that name a date. */
  readonly date: () => number
  /** Starts a timer that something waits for, and returns what stops it. */
  readonly start: (callback: () => void, delayMs: number) => () => void
  /** Starts a timer that only watches: it does not keep a process alive. */
  readonly watch: (callback: () => void, delayMs: number) => () => void
  /** A number from 0 to 1, for the jitter of retries. */
  readonly random: () => number
}

/** The platform's clock and timers. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  date: () => Date.now(),
  start: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
  watch: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs)
    // Browsers have numbers for timers, and no process to keep alive.
    if (typeof timer === 'object') timer.unref()
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}

/** Retries of a call unless told otherwise. */
export const DEFAULT_RETRIES = 2

/** Longest wait for the head of an answer; most servers send it with the whole of an unstreamed answer. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 600_000

/** Longest silence inside an answer; heartbeats count as life. */
export const DEFAULT_IDLE_TIMEOUT_MS = 300_000

/** Largest answer, in bytes. */
export const DEFAULT_MAX_RESPONSE_BYTES: number = 64 * 1024 * 1024

/** What `OG_LOG` says, where there is an environment. */
export function systemLogSetting(): string | undefined {
  const host: { readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> } } = globalThis
  return host.process?.env?.['OG_LOG']
}

/** Writes a line where people look for it. */
export function systemLog(line: string): void {
  // biome-ignore lint/suspicious/noConsole: this is where OG_LOG goes; off unless it is set.
  console.error(line)
}
