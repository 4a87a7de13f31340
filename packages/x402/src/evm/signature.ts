import { type Address, parseAddress } from '../address.js'
import { bytesOf, type Hex, hexOf, isHex } from '../hex.js'
import { type Keccak, portableKeccak } from '../keccak.js'
import { X402Error } from '../x402-error.js'
import { nobleRecover, type RecoverPublicKey } from './recover-public-key.js'

/** A plain account's signature in its one canonical spelling: 65 bytes r ‖ s ‖ v, low s, v 27 or 28. */
export type EcdsaSignature = Hex

// The order n of secp256k1 and its half, big-endian (SEC 2, section 2.4.1).
const ORDER = /* @__PURE__ */ bytesOf('0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141')
const HALF_ORDER = /* @__PURE__ */ bytesOf('0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0')

/** Compares 32-byte numbers; the sign of the answer is that of a - b. */
function compare(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < 32; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

/** Bytes of a signature in its canonical spelling. @throws X402Error `INVALID_SIGNATURE` */
function readSignature(signature: string): Uint8Array {
  if (!isHex(signature, 65)) throw new X402Error('INVALID_SIGNATURE', 'expected 65 bytes')
  const bytes = bytesOf(signature)
  const v = bytes[64]
  if (v !== 0 && v !== 1 && v !== 27 && v !== 28) throw new X402Error('INVALID_SIGNATURE', 'v is not 0, 1, 27 or 28')
  const [r, s] = [bytes.subarray(0, 32), bytes.subarray(32, 64)]
  if (isZero(r) || isZero(s) || compare(r, ORDER) >= 0 || compare(s, ORDER) >= 0) {
    throw new X402Error('INVALID_SIGNATURE', 'r or s is out of range')
  }
  if (compare(s, HALF_ORDER) > 0) throw new X402Error('INVALID_SIGNATURE', 's is in the upper half of the order')
  bytes[64] = v < 27 ? v + 27 : v
  return bytes
}

/**
 * Reads a 65-byte ECDSA signature. v may be 0, 1, 27 or 28 and comes out as 27 or 28. High s, zero r or s, EIP-2098
 * compact form and every other length are refused, because real tokens refuse them on chain.
 * @throws X402Error `INVALID_SIGNATURE`
 */
export function parseEcdsaSignature(signature: string): EcdsaSignature {
  return hexOf(readSignature(signature))
}

/** The two operations that checking a signature takes, where a server has faster ones than JavaScript. */
export interface SignatureTools {
  /** Recovers public keys; JavaScript when absent. Servers take the one of `createFastRecover` in `./node`. */
  readonly recover?: RecoverPublicKey | undefined
  /** Hashes; JavaScript when absent. Servers take the one of `createFastKeccak` in `./node`. */
  readonly keccak?: Keccak | undefined
}

/** Where an address and a public key meet: the last 20 bytes of the key's hash, as lower-case hex. */
function accountOf(digest: Hex, signature: string, tools: SignatureTools): Hex {
  const { recover = nobleRecover, keccak = portableKeccak } = tools
  const bytes = readSignature(signature)
  let key: Uint8Array
  try {
    key = recover(bytesOf(digest), { compact: bytes.subarray(0, 64), recovery: bytes[64] === 28 ? 1 : 0 })
  } catch (cause) {
    throw new X402Error('INVALID_SIGNATURE', 'no public key recovers from it', { cause })
  }
  // Whatever was injected, only a whole public key may become an address.
  if (key.length !== 65 || key[0] !== 4) throw new X402Error('INVALID_SIGNATURE', 'no public key recovers from it')
  return hexOf(keccak(key.subarray(1)).subarray(12))
}

/**
 * Recovers who signed a digest. `recover` may be a faster implementation, such as `createFastRecover` of `./node` makes.
 * @throws X402Error `INVALID_SIGNATURE`
 */
export function recoverSigner(digest: Hex, signature: string, recover?: RecoverPublicKey): Address {
  return parseAddress(accountOf(digest, signature, { recover }))
}

/** Tells whether an account signed a digest. @throws X402Error `INVALID_SIGNATURE` when the signature is not canonical */
export function isSignedBy(
  signed: { readonly digest: Hex; readonly signature: string; readonly account: Address },
  tools: SignatureTools,
): boolean {
  return accountOf(signed.digest, signed.signature, tools) === signed.account.toLowerCase()
}
