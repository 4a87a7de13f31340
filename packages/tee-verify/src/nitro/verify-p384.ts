import { p384 } from '@noble/curves/nist.js'
import { QuoteError } from '../quote-error.js'

/** One question: is `signature` (r ‖ s, 96 bytes) over SHA-384 of `message` by `publicKey` (x ‖ y, 96 bytes)? */
export interface P384Check {
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** Answers a `P384Check`. High s is valid: AWS does not normalise it. Any malformed input is `false`, never an exception. */
export type VerifyP384 = (check: P384Check) => boolean

/** The same asynchronously, as WebCrypto answers. */
export type VerifyP384Async = (check: P384Check) => Promise<boolean>

const algorithm = { name: 'ECDSA', namedCurve: 'P-384' } as const

/** The default `VerifyP384`: portable, synchronous, about 5 ms a signature. */
export const verifyP384: VerifyP384 = ({ publicKey, message, signature }) => {
  if (publicKey.length !== 96 || signature.length !== 96) return false
  try {
    return p384.verify(signature, message, pointOf(publicKey), { lowS: false, prehash: true })
  } catch {
    return false
  }
}

/**
 * Creates a `VerifyP384Async` on WebCrypto, for browsers (in a secure context) and Node; it rejects with QuoteError `BAD_INPUT`
 * where the runtime has none.
 * @param subtle The implementation to use; the runtime's own when left out.
 */
export function createWebP384(subtle?: SubtleCrypto): VerifyP384Async {
  return async ({ publicKey, message, signature }) => {
    const crypto = subtle ?? globalThis.crypto?.subtle
    if (crypto === undefined) throw new QuoteError('BAD_INPUT', 'no WebCrypto here: a page needs a secure context')
    if (publicKey.length !== 96 || signature.length !== 96) return false
    try {
      // A point off the curve fails the import.
      const key = await crypto.importKey('raw', pointOf(publicKey), algorithm, false, ['verify'])
      const parameters = { ...algorithm, hash: 'SHA-384' }
      return await crypto.verify(parameters, key, new Uint8Array(signature), new Uint8Array(message))
    } catch {
      return false
    }
  }
}

/** The uncompressed point of x ‖ y. */
function pointOf(publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  const point = new Uint8Array(1 + publicKey.length)
  point[0] = 4
  point.set(publicKey, 1)
  return point
}
