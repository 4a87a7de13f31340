import { type Hex, hexOf } from '../hex.js'
import { type Keccak, portableKeccak } from '../keccak.js'

/** How digests are made: by which keccak-256, and under which domain separator where the caller has kept it. */
export interface DigestOptions {
  readonly keccak?: Keccak | undefined
  readonly domainSeparator?: Uint8Array | undefined
}

// One buffer for all digests: hashing is done before anything else runs, and no keccak keeps what it hashes.
const message = /* @__PURE__ */ new Uint8Array(66)

/** keccak256(0x1901 ‖ domainSeparator ‖ hashStruct): what EIP-712 has signed. */
export function digestBytesOf(domainSeparator: Uint8Array, structHash: Uint8Array, keccak: Keccak): Uint8Array {
  message[0] = 0x19
  message[1] = 0x01
  message.set(domainSeparator, 2)
  message.set(structHash, 34)
  return keccak(message)
}

/** {@link digestBytesOf} as hex. */
export function digestOf(domainSeparator: Uint8Array, structHash: Uint8Array, keccak: Keccak = portableKeccak): Hex {
  return hexOf(digestBytesOf(domainSeparator, structHash, keccak))
}
