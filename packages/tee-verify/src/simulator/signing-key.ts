import { p256 } from '@noble/curves/nist.js'
import { sha256, sha384 } from '@noble/hashes/sha2.js'
import { concatBytes } from '../bytes/concat-bytes.js'
import { encodeInteger, encodeSequence } from './der-writer.js'

/** A P-256 key of the simulated platform. Anyone can derive it: it proves nothing. */
export interface SigningKey {
  /** x ‖ y, 64 bytes. */
  readonly publicKey: Uint8Array
  /** 20 bytes that name the key in certificates. */
  readonly keyId: Uint8Array
  /** ECDSA over SHA-256 with the nonce of RFC 6979: r ‖ s, 64 bytes. */
  sign(message: Uint8Array): Uint8Array
  /** The same signature in DER. */
  signDer(message: Uint8Array): Uint8Array
}

/** Derives the key with this label from a seed. */
export function createSigningKey(seed: Uint8Array, label: string): SigningKey {
  const secretKey = p256.utils.randomSecretKey(
    sha384(concatBytes(seed, Uint8Array.of(0), new TextEncoder().encode(label))),
  )
  const publicKey = p256.getPublicKey(secretKey, false).slice(1)
  const sign = (message: Uint8Array): Uint8Array => p256.sign(message, secretKey, { prehash: true, lowS: false })
  return {
    publicKey,
    keyId: sha256(publicKey).slice(0, 20),
    sign,
    signDer(message) {
      const signature = sign(message)
      return encodeSequence(encodeInteger(signature.subarray(0, 32)), encodeInteger(signature.subarray(32)))
    },
  }
}
