import { type Address, parseAddress } from '../address.js'
import { bytesOf, type Hex, hexOf, isHex } from '../hex.js'
import { type Keccak, portableKeccak } from '../keccak.js'
import { X402Error } from '../x402-error.js'
import { nobleRecover, type RecoverPublicKey, type RecoverPublicKeyAsync } from './recover-public-key.js'

/** A plain account's signature in its one canonical spelling: 65 bytes r ‖ s ‖ v, low s, v 27 or 28. */
export type EcdsaSignature = Hex

// The order n of secp256k1 and its half, big-endian (SEC 2, section 2.4.1).
const ORDER = /* @__PURE__ */ bytesOf('0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141')
const HALF_ORDER = /* @__PURE__ */ bytesOf('0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0')
const ZERO = /* @__PURE__ */ new Uint8Array(32)

/** Compares the 32-byte number at `start` of `bytes` with another; the sign of the answer is that of their difference. */
function compare(bytes: Uint8Array, start: number, to: Uint8Array): number {
  for (let index = 0; index < 32; index += 1) {
    const difference = (bytes[start + index] ?? 0) - (to[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** A signature that is canonical. */
interface CanonicalSignature {
  /** r ‖ s. */
  readonly compact: Uint8Array
  readonly recovery: 0 | 1
}

/** Reads a signature in any of its accepted spellings. @throws X402Error `INVALID_SIGNATURE` */
function readSignature(signature: string): CanonicalSignature {
  if (!isHex(signature, 65)) throw new X402Error('INVALID_SIGNATURE', 'expected 65 bytes')
  const v = Number.parseInt(signature.slice(130), 16)
  if (v !== 0 && v !== 1 && v !== 27 && v !== 28) throw new X402Error('INVALID_SIGNATURE', 'v is not 0, 1, 27 or 28')
  const compact = bytesOf(signature.slice(0, 130))
  for (const start of [0, 32]) {
    if (compare(compact, start, ZERO) === 0 || compare(compact, start, ORDER) >= 0) {
      throw new X402Error('INVALID_SIGNATURE', 'r or s is out of range')
    }
  }
  if (compare(compact, 32, HALF_ORDER) > 0) {
    throw new X402Error('INVALID_SIGNATURE', 's is in the upper half of the order')
  }
  return { compact, recovery: v === 1 || v === 28 ? 1 : 0 }
}

/**
 * Reads a 65-byte ECDSA signature. v may be 0, 1, 27 or 28 and comes out as 27 or 28. High s, zero r or s, EIP-2098
 * compact form and every other length are refused, because real tokens refuse them on chain.
 * @throws X402Error `INVALID_SIGNATURE`
 */
export function parseEcdsaSignature(signature: string): EcdsaSignature {
  const { compact, recovery } = readSignature(signature)
  return `${hexOf(compact)}${recovery === 1 ? '1c' : '1b'}`
}

/** The two operations that checking a signature takes, where a server has faster ones than JavaScript. */
export interface SignatureTools {
  /** Recovers public keys; JavaScript when absent. Servers take the one of `createFastRecover` in `./node`. */
  readonly recover?: RecoverPublicKey | undefined
  /** Hashes; JavaScript when absent. Servers take the one of `createFastKeccak` in `./node`. */
  readonly keccak?: Keccak | undefined
}

/** The same for a server, which may have other threads for its signatures. */
export interface ServerSignatureTools extends SignatureTools {
  /** Recovers public keys on other threads; `recover` does it when absent. See `createRecoverPool` in `./node`. */
  readonly recoverAsync?: RecoverPublicKeyAsync | undefined
}

function noKey(cause?: unknown): X402Error {
  return new X402Error('INVALID_SIGNATURE', 'no public key recovers from it', { cause })
}

/** Where an address and a public key meet: the last 20 bytes of the key's hash, as lower-case hex. */
function accountOf(key: Uint8Array, keccak: Keccak = portableKeccak): Hex {
  // Whatever was injected, only a whole public key may become an address.
  if (key.length !== 65 || key[0] !== 4) throw noKey()
  return hexOf(keccak(key.subarray(1)).subarray(12))
}

function signerOf(digest: Uint8Array, signature: string, { recover = nobleRecover, keccak }: SignatureTools): Hex {
  const canonical = readSignature(signature)
  let key: Uint8Array
  try {
    key = recover(digest, canonical)
  } catch (cause) {
    throw noKey(cause)
  }
  return accountOf(key, keccak)
}

/**
 * Recovers who signed a digest. `recover` may be a faster implementation, such as `createFastRecover` of `./node` makes.
 * @throws X402Error `INVALID_SIGNATURE`
 */
export function recoverSigner(digest: Hex, signature: string, recover?: RecoverPublicKey): Address {
  return parseAddress(signerOf(bytesOf(digest), signature, { recover }))
}

/** A digest, and who is said to have signed it. */
export interface SignedDigest {
  readonly digest: Uint8Array
  readonly signature: string
  readonly account: Address
}

/** Tells whether an account signed a digest. @throws X402Error `INVALID_SIGNATURE` when the signature is not canonical */
export function isSignedBy({ digest, signature, account }: SignedDigest, tools: SignatureTools): boolean {
  return signerOf(digest, signature, tools) === account.toLowerCase()
}

/** {@link isSignedBy} on another thread. @throws X402Error `INVALID_SIGNATURE` when the signature is not canonical */
export async function isSignedByAsync(
  { digest, signature, account }: SignedDigest,
  { recoverAsync, keccak }: { readonly recoverAsync: RecoverPublicKeyAsync; readonly keccak?: Keccak | undefined },
): Promise<boolean> {
  const canonical = readSignature(signature)
  const key = await recoverAsync(digest, canonical).catch((cause: unknown) => Promise.reject(noKey(cause)))
  return accountOf(key, keccak) === account.toLowerCase()
}
