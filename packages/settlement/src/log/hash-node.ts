import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesOf, type Hex, hexOf } from '../hex.js'

/** Hashes a leaf's value (RFC 6962 §2.1 over Keccak-256): `keccak256(0x00 ‖ leaf)`. */
export function hashLeaf(leaf: Hex): Hex {
  return hexOf(hashLeafBytes(bytesOf(leaf, 32)))
}

/** Hashes two subtrees into one (RFC 6962 §2.1 over Keccak-256): `keccak256(0x01 ‖ left ‖ right)`. */
export function hashNode(children: { readonly left: Hex; readonly right: Hex }): Hex {
  return hexOf(hashNodeBytes({ left: bytesOf(children.left, 32), right: bytesOf(children.right, 32) }))
}

export function hashLeafBytes(leaf: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(33)
  bytes.set(leaf, 1)
  return keccak_256(bytes)
}

export function hashNodeBytes({ left, right }: { readonly left: Uint8Array; readonly right: Uint8Array }): Uint8Array {
  const bytes = new Uint8Array(65)
  bytes[0] = 0x01
  bytes.set(left, 1)
  bytes.set(right, 33)
  return keccak_256(bytes)
}

/** The root of the log without leaves: Keccak-256 of nothing (RFC 6962 §2.1). */
export function emptyRoot(): Uint8Array {
  return keccak_256(new Uint8Array(0))
}
