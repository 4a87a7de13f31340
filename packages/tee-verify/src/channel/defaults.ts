/** What a call on the wire looks like to this entry; `globalThis.fetch` fits. */
export type FetchLike = (input: string, init: RequestInit) => Promise<Response>

/** Draws `length` cryptographically secure random bytes. */
export type RandomBytes = (length: number) => Uint8Array

// The only place of this entry that reaches for the world: every value is an option of the functions that use it.
export const DEFAULT_REPLAY_WINDOW_SECONDS = 300
export const DEFAULT_REPLAY_ENTRIES = 250_000
export const DEFAULT_MAX_REQUEST_BYTES = 16_777_216
export const DEFAULT_PAD_TO_BYTES = 256

export const systemFetch: FetchLike = (input, init) => globalThis.fetch(input, init)

export const systemNow = (): bigint => BigInt(Math.floor(Date.now() / 1000))

export const systemRandomBytes: RandomBytes = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length))
