import { utf8ToBytes } from '@noble/hashes/utils.js'
import { type Hex, hexOf } from '../hex.js'
import type { Keccak } from '../keccak.js'

/** Names a request, so that a payment never moves to another one. */
export type HashRequest = (request: { readonly method: string; readonly url: string }, body: Uint8Array) => Hex

/** Builds a hash of method, URL and body: keccak256(keccak256(method ‖ ' ' ‖ url) ‖ keccak256(body)). */
export function createRequestHash(keccak: Keccak): HashRequest {
  const hashOfNothing = keccak(new Uint8Array(0))
  return ({ method, url }, body) => {
    const both = new Uint8Array(64)
    both.set(keccak(utf8ToBytes(`${method} ${url}`)))
    both.set(body.length === 0 ? hashOfNothing : keccak(body), 32)
    return hexOf(keccak(both))
  }
}
