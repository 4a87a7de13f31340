import { type Bytes, concatBytes, utf8BytesOf } from './bytes.js'

/** The AEAD key and base nonce of one answer. */
export interface ResponseKey {
  readonly key: CryptoKey
  readonly baseNonce: Bytes
}

/**
 * Derives the key of one answer as RFC 9458 §4.4 does: HKDF-SHA256 over the HPKE export, salted with the encapsulated
 * key and a nonce that the answering side draws, so that a re-sent request never meets the same key twice.
 */
export async function deriveResponseKey(options: {
  readonly exportedSecret: Uint8Array
  readonly encapsulatedKey: Uint8Array
  readonly responseNonce: Uint8Array
}): Promise<ResponseKey> {
  const { subtle } = globalThis.crypto
  const secret = await subtle.importKey('raw', new Uint8Array(options.exportedSecret), 'HKDF', false, ['deriveBits'])
  const salt = concatBytes(options.encapsulatedKey, options.responseNonce)
  const expand = async (info: string, bytes: number): Promise<Bytes> =>
    new Uint8Array(
      await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info: utf8BytesOf(info) }, secret, bytes * 8),
    )
  const [keyBytes, baseNonce] = await Promise.all([expand('key', 16), expand('nonce', 12)])
  return { key: await subtle.importKey('raw', keyBytes, 'AES-GCM', false, ['encrypt', 'decrypt']), baseNonce }
}
