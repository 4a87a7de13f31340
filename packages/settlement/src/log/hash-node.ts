import { bytesOf, type Hex, hexOf } from '../hex.js'
import { type Keccak, type KeccakOptions, portableKeccak } from '../keccak.js'

/** Hashes a leaf's value (RFC 6962 §2.1 over Keccak-256): `keccak256(0x00 ‖ leaf)`. */
export function hashLeaf(leaf: Hex, options: KeccakOptions = {}): Hex {
  return hexOf(createTreeHasher(options).leaf(bytesOf(leaf, 32)))
}

/** Hashes two subtrees into one (RFC 6962 §2.1 over Keccak-256): `keccak256(0x01 ‖ left ‖ right)`. */
export function hashNode(children: { readonly left: Hex; readonly right: Hex }, options: KeccakOptions = {}): Hex {
  return hexOf(createTreeHasher(options).node({ left: bytesOf(children.left, 32), right: bytesOf(children.right, 32) }))
}

/** The hashes that a tree is made of. */
export interface TreeHasher {
  readonly leaf: (leaf: Uint8Array) => Uint8Array
  readonly node: (children: { readonly left: Uint8Array; readonly right: Uint8Array }) => Uint8Array
  /** The root of the log without leaves: Keccak-256 of nothing (RFC 6962 §2.1). */
  readonly empty: () => Uint8Array
}

/** Creates a hasher that writes its inputs into buffers of its own, so that hashing allocates nothing but digests. */
export function createTreeHasher({ keccak = portableKeccak }: { readonly keccak?: Keccak }): TreeHasher {
  const leafInput = new Uint8Array(33)
  const nodeInput = new Uint8Array(65)
  nodeInput[0] = 0x01
  return {
    leaf: (leaf) => {
      leafInput.set(leaf, 1)
      return keccak(leafInput)
    },
    node: ({ left, right }) => {
      nodeInput.set(left, 1)
      nodeInput.set(right, 33)
      return keccak(nodeInput)
    },
    empty: () => keccak(new Uint8Array(0)),
  }
}
