import { createHash, timingSafeEqual } from 'node:crypto'

/** A caller's key, known by its digest only. */
export interface ApiKey {
  readonly name: string
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

const MAX_KEY_LENGTH = 512

function presentedKey(headers: Headers): string | undefined {
  const bearer = /^Bearer ([\x21-\x7e]+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  return bearer ?? headers.get('x-api-key') ?? undefined
}

/** Names the caller that a request's key (`Authorization: Bearer`, `X-API-Key`) belongs to; `undefined` for none. */
export function callerOf(headers: Headers, keys: readonly ApiKey[]): string | undefined {
  const presented = presentedKey(headers)
  if (presented === undefined || presented.length > MAX_KEY_LENGTH) return undefined
  const digest = createHash('sha256').update(presented).digest()
  let caller: string | undefined
  // All of them, so that the time says nothing about which one it was.
  for (const { name, sha256 } of keys) if (timingSafeEqual(digest, Buffer.from(sha256, 'hex'))) caller = name
  return caller
}
