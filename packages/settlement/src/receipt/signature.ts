import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { type Address, checksumAddress } from '../address.js'
import { bytesOf, type Hex, hexOf } from '../hex.js'
import { SettlementError } from '../settlement-error.js'

const HALF_ORDER = 0x7fffffff_ffffffff_ffffffff_ffffffff_5d576e73_57a4501d_dfe92f46_681b20a0n

/**
 * Signs a 32-byte digest with a secp256k1 key: 65 bytes `r ‖ s ‖ v`, low `s` (EIP-2), `v` 27 or 28, deterministic
 * (RFC 6979).
 *
 * @throws SettlementError `INVALID_HEX` for a digest, `INVALID_KEY` for a key that is none.
 */
export function signDigest(digest: Hex, privateKey: Hex): Hex {
  const message = bytesOf(digest, 32)
  const key = keyBytes(privateKey)
  const recovered = secp256k1.sign(message, key, { prehash: false, lowS: true, format: 'recovered' })
  const signature = new Uint8Array(65)
  signature.set(recovered.subarray(1), 0)
  signature[64] = 27 + (recovered[0] ?? 0)
  return hexOf(signature)
}

/**
 * Recovers the public key that made a signature over secp256k1: 65 bytes, uncompressed, leading 4. It is only asked about
 * signatures with a low `s`, and throws when no key recovers.
 */
export type RecoverPublicKey = (
  digest: Uint8Array,
  signature: { readonly compact: Uint8Array; readonly recovery: 0 | 1 },
) => Uint8Array

/** The recovery in plain JavaScript, which runs everywhere. */
const portableRecover: RecoverPublicKey = (digest, { compact, recovery }) => {
  const bytes = new Uint8Array(65)
  bytes[0] = recovery
  bytes.set(compact, 1)
  // The point itself, not its compressed form: that would cost a second square root.
  return secp256k1.Signature.fromBytes(bytes, 'recovered').recoverPublicKey(digest).toBytes(false)
}

/**
 * Gives the address whose key made a signature over a digest. Only one form of a signature is accepted: 65 bytes,
 * low `s`, `v` 27 or 28. A faster `recover` may be given.
 *
 * @throws SettlementError `INVALID_SIGNATURE`; `INVALID_HEX` for a digest that is not 32 bytes.
 */
export function recoverSigner(digest: Hex, signature: Hex, recover: RecoverPublicKey = portableRecover): Address {
  const message = bytesOf(digest, 32)
  const bytes = signatureBytes(signature)
  const v = bytes[64]
  if (v !== 27 && v !== 28) throw new SettlementError('INVALID_SIGNATURE', 'v is neither 27 nor 28')
  if (BigInt(hexOf(bytes.subarray(32, 64))) > HALF_ORDER) {
    throw new SettlementError('INVALID_SIGNATURE', 's is in the upper half of the order')
  }
  let key: Uint8Array
  try {
    key = recover(message, { compact: bytes.subarray(0, 64), recovery: v === 28 ? 1 : 0 })
  } catch (cause) {
    throw new SettlementError('INVALID_SIGNATURE', 'no key made this signature', { cause })
  }
  // Whatever was injected, only a whole public key becomes an address.
  if (key.length !== 65 || key[0] !== 4) throw new SettlementError('INVALID_SIGNATURE', 'no key made this signature')
  return addressOfPublicKey(key)
}

/**
 * Gives the address of a secp256k1 private key.
 *
 * @throws SettlementError `INVALID_KEY` for a key that is none.
 */
export function addressOf(privateKey: Hex): Address {
  return addressOfPublicKey(secp256k1.getPublicKey(keyBytes(privateKey), false))
}

function addressOfPublicKey(uncompressed: Uint8Array): Address {
  return checksumAddress(hexOf(keccak_256(uncompressed.subarray(1)).subarray(12)))
}

function keyBytes(privateKey: Hex): Uint8Array {
  let key: Uint8Array
  try {
    key = bytesOf(privateKey, 32)
  } catch {
    // The cause is left out: it must never carry key material.
    throw new SettlementError('INVALID_KEY', 'private key is not 32 bytes')
  }
  if (!secp256k1.utils.isValidSecretKey(key)) {
    throw new SettlementError('INVALID_KEY', 'private key is not in the range of the curve order')
  }
  return key
}

function signatureBytes(signature: Hex): Uint8Array {
  try {
    return bytesOf(signature, 65)
  } catch (cause) {
    throw new SettlementError('INVALID_SIGNATURE', 'signature is not 65 bytes', { cause })
  }
}
