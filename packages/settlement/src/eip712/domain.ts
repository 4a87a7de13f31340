import type { Address } from '../address.js'
import { type Hex, hexOf } from '../hex.js'
import { type KeccakOptions, portableKeccak } from '../keccak.js'
import { defineStruct, type Struct } from './struct.js'

/** Where a signature counts: the record chain and its `InferenceLog` contract. */
export interface ReceiptDomain {
  readonly chainId: bigint
  readonly verifyingContract: Address
}

interface NamedDomain extends ReceiptDomain {
  readonly name: string
  readonly version: string
}

const domainStruct: Struct<NamedDomain> = /* @__PURE__ */ defineStruct('EIP712Domain', [
  ['name', 'string'],
  ['version', 'string'],
  ['chainId', 'uint256'],
  ['verifyingContract', 'address'],
])

/** A struct that is signed under a domain of its own name, version 1. */
export interface SignedStruct<Message> {
  readonly struct: Struct<Message>
  readonly domainName: string
}

/** Computes the EIP-712 digest: `keccak256(0x1901 ‖ domainSeparator ‖ hashStruct(message))`. */
export function digestOf<Message>(
  message: Message,
  { struct, domainName, domain }: SignedStruct<Message> & { readonly domain: ReceiptDomain },
  { keccak = portableKeccak }: KeccakOptions = {},
): Hex {
  const separator = domainStruct.hash(
    { name: domainName, version: '1', chainId: domain.chainId, verifyingContract: domain.verifyingContract },
    keccak,
  )
  const bytes = new Uint8Array(66)
  bytes[0] = 0x19
  bytes[1] = 0x01
  bytes.set(separator, 2)
  bytes.set(struct.hash(message, keccak), 34)
  return hexOf(keccak(bytes))
}

/** Names the domain name used by receipts and checkpoints. */
export const inferenceDomainName = 'OpenGradient Inference'
