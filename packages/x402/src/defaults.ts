/** The one place where this package reaches for the world. Every function that uses these takes them as options too. */

/** The shape of `fetch` that callers inject and get back. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** Seconds since the Unix epoch, from the system clock. */
export function systemClock(): bigint {
  return BigInt(Math.floor(Date.now() / 1000))
}

/** Cryptographic randomness of the platform. */
export function systemRandomBytes(length: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(length))
}

/** The platform's `fetch`, looked up at call time and called without a receiver. */
export function systemFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  return globalThis.fetch(input, init)
}
