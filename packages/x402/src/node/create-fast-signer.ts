import { createRequire } from 'node:module'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { parseAddress } from '../address.js'
import type { DigestSigner } from '../evm/signer.js'
import { bytesOf, type Hex, hexOf, isHex } from '../hex.js'
import { keccakBytes } from '../keccak.js'
import { X402Error } from '../x402-error.js'

/** Signs with the native addon of `secp256k1`: low s, deterministic by RFC 6979. */
interface NativeModule {
  ecdsaSign(digest: Uint8Array, key: Uint8Array): { signature: Uint8Array; recid: number }
}

type Sign = (digest: Uint8Array, key: Uint8Array) => { readonly compact: Uint8Array; readonly recovery: number }

const signPortably: Sign = (digest, key) => {
  const bytes = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' })
  return { compact: bytes.subarray(1), recovery: bytes[0] ?? 0 }
}

function findSign(): Sign {
  try {
    // As in createFastRecover: the addon that came with the package, never its elliptic fallback.
    const native = createRequire(import.meta.url)('secp256k1/bindings.js') as NativeModule
    return (digest, key) => {
      const { signature, recid } = native.ecdsaSign(digest, key)
      return { compact: signature, recovery: recid }
    }
  } catch {
    return signPortably
  }
}

function encode({ compact, recovery }: ReturnType<Sign>): Hex {
  const bytes = new Uint8Array(65)
  bytes.set(compact)
  bytes[64] = 27 + recovery
  return hexOf(bytes)
}

/** A signer with its key at hand, which need not be waited for. */
export interface FastSigner extends DigestSigner {
  /** The same as `signDigest`, at once. */
  signDigestNow(digest: Hex): Hex
}

/**
 * A signer for a key of 32 bytes that this process holds, by the native addon of `secp256k1` where it loads: several times
 * as fast as a viem account. It gives the same signatures.
 * @throws X402Error `INVALID_OPTIONS` when the key is none
 * @example const signer = createFastSigner({ privateKey }); wrapFetch({ schemes: [exactClient({ signer })], policy })
 */
export function createFastSigner(options: { readonly privateKey: Hex }): FastSigner {
  const { privateKey } = options
  if (!isHex(privateKey, 32)) throw new X402Error('INVALID_OPTIONS', 'privateKey: expected 32 bytes of hex')
  const key = bytesOf(privateKey)
  if (!secp256k1.utils.isValidSecretKey(key)) throw new X402Error('INVALID_OPTIONS', 'privateKey: not a secret key')
  const publicKey = secp256k1.getPublicKey(key, false)
  const address = parseAddress(hexOf(keccakBytes(publicKey.subarray(1)).subarray(12)))
  // An addon for another platform or a broken build must not sign: it has to agree first.
  const probe = keccakBytes(publicKey)
  const found = findSign()
  const sign = encode(found(probe, key)) === encode(signPortably(probe, key)) ? found : signPortably
  const signDigestNow = (digest: Hex): Hex => encode(sign(bytesOf(digest), key))
  return { address, signDigest: async (digest) => signDigestNow(digest), signDigestNow }
}
