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
