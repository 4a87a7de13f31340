import { p256 } from '@noble/curves/nist.js'

/**
 * Says whether `signature` (r ‖ s, 64 bytes) over SHA-256 of `message` is by `publicKey` (x ‖ y, 64 bytes). High s is valid:
 * Intel's signers do not normalise it. Any malformed input is `false`, never an exception.
 */
export type VerifyP256 = (input: {
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}) => boolean

/** The default `VerifyP256`: portable, synchronous, about 2 ms. */
export const verifyP256: VerifyP256 = ({ publicKey, message, signature }) => {
  const point = new Uint8Array(65)
  point[0] = 4
  if (publicKey.length !== 64 || signature.length !== 64) return false
  point.set(publicKey, 1)
  try {
    return p256.verify(signature, message, point, { lowS: false, prehash: true })
  } catch {
    return false
  }
}
