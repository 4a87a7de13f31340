import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import { encodeBase64 } from '../bytes/base64.js'
import { equalBytes } from '../bytes/equal-bytes.js'
import { createBoundedMap } from '../cache/bounded-map.js'
import type { CryptoBackend } from './crypto-backend.js'

const rememberedKeys = 64

/**
 * Creates a backend on `node:crypto`, about 0.09 ms a signature. It keeps up to 64 imported public keys, by their exact bytes:
 * an import costs as much as a signature.
 */
export function createNodeCrypto(): CryptoBackend {
  const keys = createBoundedMap<string, KeyObject>(rememberedKeys)
  let last: { readonly publicKey: Uint8Array; readonly key: KeyObject } | undefined
  function keyOf(publicKey: Uint8Array): KeyObject {
    if (last !== undefined && equalBytes(last.publicKey, publicKey)) return last.key
    const name = String.fromCharCode(...publicKey)
    const key = keys.get(name) ?? importKey(publicKey)
    keys.set(name, key)
    last = { publicKey: publicKey.slice(), key }
    return key
  }
  return {
    name: 'node',
    sha256: (bytes) => hash('sha256', bytes, 'buffer'),
    verifyP256({ publicKey, message, signature }) {
      if (publicKey.length !== 64 || signature.length !== 64) return false
      try {
        return verify('sha256', message, { key: keyOf(publicKey), dsaEncoding: 'ieee-p1363' }, signature)
      } catch {
        return false
      }
    },
  }
}

/** The backend on `node:crypto` that the functions of `@og/tee-verify/node` share. */
export const nodeCrypto: CryptoBackend = createNodeCrypto()

function importKey(publicKey: Uint8Array): KeyObject {
  const x = base64UrlOf(publicKey.subarray(0, 32))
  const y = base64UrlOf(publicKey.subarray(32))
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
}

function base64UrlOf(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
