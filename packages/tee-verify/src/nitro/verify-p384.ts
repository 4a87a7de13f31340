import { p384 } from '@noble/curves/nist.js'

/**
 * Says whether `signature` (r ‖ s, 96 bytes) over SHA-384 of `message` is by `publicKey` (x ‖ y, 96 bytes). High s is valid: AWS
 * does not normalise it. Any malformed input is `false`, never an exception.
 */
export type VerifyP384 = (input: {
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}) => boolean

/** The default `VerifyP384`: portable, synchronous. */
export const verifyP384: VerifyP384 = ({ publicKey, message, signature }) => {
  if (publicKey.length !== 96 || signature.length !== 96) return false
  const point = new Uint8Array(97)
  point[0] = 4
  point.set(publicKey, 1)
  try {
    return p384.verify(signature, message, point, { lowS: false, prehash: true })
  } catch {
    return false
  }
}
