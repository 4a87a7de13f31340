import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { type Address, parseAddress } from '../address.js'
import { bytesOf, type Hex, hexOf, isHex } from '../hex.js'
import { X402Error } from '../x402-error.js'

/** A plain account's signature in its one canonical spelling: 65 bytes r ‖ s ‖ v, low s, v 27 or 28. */
export type EcdsaSignature = Hex

/**
 * Reads a 65-byte ECDSA signature. v may be 0, 1, 27 or 28 and comes out as 27 or 28. High s, zero r or s, EIP-2098
 * compact form and every other length are refused, because real tokens refuse them on chain.
 * @throws X402Error `INVALID_SIGNATURE`
 */
export function parseEcdsaSignature(signature: string): EcdsaSignature {
  if (!isHex(signature, 65)) throw new X402Error('INVALID_SIGNATURE', 'expected 65 bytes')
  const bytes = bytesOf(signature)
  const v = bytes[64]
  if (v !== 0 && v !== 1 && v !== 27 && v !== 28) throw new X402Error('INVALID_SIGNATURE', 'v is not 0, 1, 27 or 28')
  const compact = bytes.subarray(0, 64)
  let highS: boolean
  try {
    highS = secp256k1.Signature.fromBytes(compact, 'compact').hasHighS()
  } catch (cause) {
    throw new X402Error('INVALID_SIGNATURE', 'r or s is out of range', { cause })
  }
  if (highS) throw new X402Error('INVALID_SIGNATURE', 's is in the upper half of the order')
  const canonical = bytes.slice()
  canonical[64] = v < 27 ? v + 27 : v
  return hexOf(canonical)
}

/**
 * Recovers who signed a digest.
 * @throws X402Error `INVALID_SIGNATURE`
 */
export function recoverSigner(digest: Hex, signature: string): Address {
  const bytes = bytesOf(parseEcdsaSignature(signature))
  const recovered = new Uint8Array(65)
  recovered[0] = (bytes[64] ?? 27) - 27
  recovered.set(bytes.subarray(0, 64), 1)
  try {
    const point = secp256k1.Signature.fromBytes(recovered, 'recovered').recoverPublicKey(bytesOf(digest))
    return parseAddress(hexOf(keccak_256(point.toBytes(false).subarray(1)).subarray(12)))
  } catch (cause) {
    throw new X402Error('INVALID_SIGNATURE', 'no public key recovers from it', { cause })
  }
}
