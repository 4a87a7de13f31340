import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8BytesOf } from './bytes.js'
import { ChannelError } from './channel-error.js'
import { deriveKeyPair, generateKeyPair } from './hpke-suite.js'
import { KEY_ID_BYTES, KEY_ID_LABEL, PUBLIC_KEY_BYTES } from './protocol.js'

/** The public half that a client seals to; 32 bytes, X25519. */
export interface ChannelKey {
  readonly publicKey: Uint8Array
}

/** A key that a node opens requests with. It belongs in memory only: a new process draws a new one. */
export interface SealingKeyPair extends ChannelKey {
  /** The first 8 bytes of `SHA-256("og-sealed/1 key" ‖ 0x00 ‖ publicKey)`; stands in clear in front of each request. */
  readonly keyId: Uint8Array
  readonly cryptoKeys: CryptoKeyPair
}

export interface CreateSealingKeyOptions {
  /** At least 32 secret bytes: derives the pair (RFC 9180 §7.1.3) in place of drawing one. For tests and vectors. */
  readonly seed?: Uint8Array
}

/** Derives the key id of a public key. */
export function keyIdOf(publicKey: Uint8Array): Uint8Array {
  return sha256(concatBytes(utf8BytesOf(KEY_ID_LABEL), new Uint8Array(1), publicKey)).slice(0, KEY_ID_BYTES)
}

/**
 * Creates an X25519 key pair; a drawn private key is not extractable.
 * @throws {ChannelError} `UNSUPPORTED` where WebCrypto has no X25519; `INVALID_KEY` for a seed under 32 bytes.
 */
export async function createSealingKey(options: CreateSealingKeyOptions = {}): Promise<SealingKeyPair> {
  const cryptoKeys = await (options.seed === undefined ? generateKeyPair() : pairFromSeed(options.seed))
  const publicKey = new Uint8Array(await globalThis.crypto.subtle.exportKey('raw', cryptoKeys.publicKey))
  return { publicKey, keyId: keyIdOf(publicKey), cryptoKeys }
}

async function pairFromSeed(seed: Uint8Array): Promise<CryptoKeyPair> {
  if (seed.length < PUBLIC_KEY_BYTES)
    throw new ChannelError('INVALID_KEY', `a seed has at least 32 bytes: ${seed.length}`)
  return await deriveKeyPair(seed)
}
