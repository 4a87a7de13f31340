import type { Address } from '../address.js'
import type { Hex } from '../hex.js'

/** What is signed, in the shape of `eth_signTypedData_v4`. */
export interface TypedData {
  readonly domain: Record<string, unknown>
  readonly types: Record<string, readonly { readonly name: string; readonly type: string }[]>
  readonly primaryType: string
  readonly message: Record<string, unknown>
}

/** Whoever can sign EIP-712 data for an address. A viem account is one. */
export interface TypedDataSigner {
  readonly address: Address
  signTypedData(typedData: {
    domain: Record<string, unknown>
    types: Record<string, unknown>
    primaryType: string
    message: Record<string, unknown>
  }): Promise<Hex>
}

/**
 * Whoever signs a digest itself, with a key at hand: `createFastSigner` of `./node` makes one. It shows nobody what it
 * signs, so it is for keys of programs.
 */
export interface DigestSigner {
  readonly address: Address
  /** A signature of 65 bytes. */
  signDigest(digest: Hex): Promise<Hex>
}

/** Whoever can sign payments for an address. */
export type PaymentSigner = TypedDataSigner | DigestSigner

/** Has a signer sign: the digest where it takes one, else what it is the digest of. */
export function signWith(
  signer: PaymentSigner,
  what: { readonly digest: () => Hex; readonly typedData: () => TypedData },
): Promise<Hex> {
  return 'signDigest' in signer ? signer.signDigest(what.digest()) : signer.signTypedData({ ...what.typedData() })
}
