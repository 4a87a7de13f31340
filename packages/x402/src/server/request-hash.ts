import { utf8ToBytes } from '@noble/hashes/utils.js'
import { type Hex, hexOf } from '../hex.js'
import type { Keccak } from '../keccak.js'

/** Names a request, so that a payment never moves to another one. */
export type HashRequest = (request: { readonly method: string; readonly url: string }, body: Uint8Array) => Hex

const MAX_NAMES = 256
const MAX_NAME = 512

/** Builds a hash of method, URL and body: keccak256(keccak256(method ‖ ' ' ‖ url) ‖ keccak256(body)). */
export function createRequestHash(keccak: Keccak): HashRequest {
  const hashOfNothing = keccak(new Uint8Array(0))
  // Requests without a body differ in little.
  const bodiless = new Map<string, Hex>()

  function hash(name: string, body: Uint8Array): Hex {
    const both = new Uint8Array(64)
    both.set(keccak(utf8ToBytes(name)))
    both.set(body.length === 0 ? hashOfNothing : keccak(body), 32)
    return hexOf(keccak(both))
  }

  return ({ method, url }, body) => {
    const name = `${method} ${url}`
    if (body.length > 0 || name.length > MAX_NAME) return hash(name, body)
    const known = bodiless.get(name)
    if (known !== undefined) return known
    const fresh = hash(name, body)
    if (bodiless.size >= MAX_NAMES) bodiless.clear()
    bodiless.set(name, fresh)
    return fresh
  }
}
