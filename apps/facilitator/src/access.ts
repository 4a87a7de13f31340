import { createHash, timingSafeEqual } from 'node:crypto'

/** A caller's key, known by its digest only. */
export interface ApiKey {
  readonly name: string
  /** Lower-case hexadecimal. */
  readonly sha256: string
  /** The payees that its caller may ask for, in any case of letters; all when absent. */
  readonly payTo?: readonly string[] | undefined
}

const MAX_KEY_LENGTH = 512

function presentedKey(headers: Headers): string | undefined {
  const bearer = /^Bearer ([\x21-\x7e]+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  return bearer ?? headers.get('x-api-key') ?? undefined
}

/** The key that a request carries (`Authorization: Bearer`, `X-API-Key`), if it is one of these; `undefined` for none. */
export function keyOf(headers: Headers, keys: readonly ApiKey[]): ApiKey | undefined {
  const presented = presentedKey(headers)
  if (presented === undefined || presented.length > MAX_KEY_LENGTH) return undefined
  const digest = createHash('sha256').update(presented).digest()
  let found: ApiKey | undefined
  // All of them, so that the time says nothing about which one it was.
  for (const key of keys) if (timingSafeEqual(digest, Buffer.from(key.sha256, 'hex'))) found = key
  return found
}
