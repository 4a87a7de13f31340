import { type Hex, hexOf } from '../hex.js'
import { type Keccak, portableKeccak } from '../keccak.js'

/** How digests are made: by which keccak-256, and under which domain separator where the caller has kept it. */
export interface DigestOptions {
  readonly keccak?: Keccak | undefined
  readonly domainSeparator?: Uint8Array | undefined
}

/** keccak256(0x1901 ‖ domainSeparator ‖ hashStruct): what EIP-712 has signed. */
export function digestOf(domainSeparator: Uint8Array, structHash: Uint8Array, keccak: Keccak = portableKeccak): Hex {
  const bytes = new Uint8Array(66)
  bytes[0] = 0x19
  bytes[1] = 0x01
  bytes.set(domainSeparator, 2)
  bytes.set(structHash, 34)
  return hexOf(keccak(bytes))
}
