import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bytesOf, hexOf } from '@og/settlement'

/** ECDSA over secp256k1 as the client uses it: digests in, canonical signatures (low s) out. */
export interface Secp256k1 {
  readonly implementation: 'native' | 'javascript'
  /** Signs 32 bytes deterministically (RFC 6979). */
  sign(digest: Uint8Array, privateKey: Uint8Array): EcdsaSignature
  /** The public key that made a signature: 65 bytes, uncompressed. Throws when there is none. */
  recover(digest: Uint8Array, signature: EcdsaSignature): Uint8Array
}

/** A signature in its two parts: `r ‖ s`, and which of the two possible keys made it. */
export interface EcdsaSignature {
  readonly compact: Uint8Array
  readonly recovery: 0 | 1
}

/** The implementation in plain JavaScript, which runs everywhere. */
export const javascriptSecp256k1: Secp256k1 = {
  implementation: 'javascript',
  sign(digest, privateKey) {
    const bytes = secp256k1.sign(digest, privateKey, { prehash: false, lowS: true, format: 'recovered' })
    return { compact: bytes.subarray(1), recovery: bytes[0] === 1 ? 1 : 0 }
  },
  recover(digest, { compact, recovery }) {
    const bytes = new Uint8Array(65)
    bytes[0] = recovery
    bytes.set(compact, 1)
    return secp256k1.Signature.fromBytes(bytes, 'recovered').recoverPublicKey(digest).toBytes(false)
  },
}

// The parts of the addon that are used; the package's own types describe its JavaScript face.
interface Addon {
  ecdsaSign(digest: Uint8Array, privateKey: Uint8Array): { readonly signature: Uint8Array; readonly recid: number }
  ecdsaRecover(compact: Uint8Array, recovery: number, digest: Uint8Array, isCompressed: boolean): Uint8Array
}

/** libsecp256k1 where this is Node and its addon loads; otherwise `undefined`. Browsers have no `getBuiltinModule`. */
function loadNative(): Secp256k1 | undefined {
  try {
    const require = globalThis.process.getBuiltinModule('node:module').createRequire(import.meta.url)
    // Not the package's entry: that one falls back to elliptic, which is slow and discouraged.
    const addon: Addon = require('secp256k1/bindings.js')
    const native: Secp256k1 = {
      implementation: 'native',
      sign(digest, privateKey) {
        const { signature, recid } = addon.ecdsaSign(digest, privateKey)
        return { compact: signature, recovery: recid === 1 ? 1 : 0 }
      },
      recover: (digest, { compact, recovery }) => addon.ecdsaRecover(compact, recovery, digest, false),
    }
    return isSound(native) ? native : undefined
  } catch {
    // Not Node, not installed, or not for this platform.
    return undefined
  }
}

/** An addon that is broken or for another platform must not sign or judge: it has to agree with the JavaScript first. */
function isSound(native: Secp256k1): boolean {
  const digest = bytesOf(`0x${'5a'.repeat(32)}`)
  const privateKey = bytesOf(`0x${'c3'.repeat(32)}`)
  const expected = javascriptSecp256k1.sign(digest, privateKey)
  const signed = native.sign(digest, privateKey)
  const otherKey: EcdsaSignature = { ...expected, recovery: expected.recovery === 0 ? 1 : 0 }
  return (
    signed.recovery === expected.recovery &&
    hexOf(signed.compact) === hexOf(expected.compact) &&
    [expected, otherKey].every(
      (signature) => hexOf(native.recover(digest, signature)) === hexOf(javascriptSecp256k1.recover(digest, signature)),
    )
  )
}

let fastest: Secp256k1 | undefined

/** The fastest implementation that works here: native in Node, JavaScript elsewhere. Looked for once. */
export function defaultSecp256k1(): Secp256k1 {
  fastest ??= loadNative() ?? javascriptSecp256k1
  return fastest
}
