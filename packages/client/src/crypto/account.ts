import { type Address, addressOf, bytesOf, type Hex, hexOf, keccak256 } from '@og/settlement'
import { rlpOf } from './rlp.js'
import type { Secp256k1 } from './secp256k1.js'

/** A transaction of type 2 (EIP-1559), in viem's spelling. */
export interface Transaction {
  readonly type: 'eip1559'
  readonly chainId: number
  readonly nonce: number
  readonly gas: bigint
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  readonly to: Address
  readonly value: bigint
  readonly data: Hex
}

/**
 * Whoever pays. It signs payments, as typed data (EIP-712; a viem `LocalAccount` does) or, where a key is at hand, as their digests; for
 * approvals and withdrawals it signs transactions.
 */
export type Account = (
  | {
      readonly address: Address
      signTypedData(data: {
        domain: Record<string, unknown>
        types: Record<string, unknown>
        primaryType: string
        message: Record<string, unknown>
      }): Promise<Hex>
    }
  | {
      readonly address: Address
      /** 65 bytes, low s. */
      signDigest(digest: Hex): Promise<Hex>
    }
) & {
  signTransaction?(transaction: Transaction): Promise<Hex>
}

/** The account of a private key. The key stays in this closure. @throws SettlementError `INVALID_KEY` */
export function accountOf(privateKey: Hex, secp256k1: Secp256k1): Extract<Account, { signDigest: unknown }> {
  const key = bytesOf(privateKey, 32)
  return {
    address: addressOf(privateKey),
    async signDigest(digest) {
      const { compact, recovery } = secp256k1.sign(bytesOf(digest, 32), key)
      return `${hexOf(compact)}${recovery === 0 ? '1b' : '1c'}`
    },
    async signTransaction(transaction) {
      const { chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gas, to, value, data } = transaction
      const fields = [BigInt(chainId), BigInt(nonce), maxPriorityFeePerGas, maxFeePerGas, gas, to, value, data, []]
      const digest = bytesOf(keccak256(typeTwo(rlpOf(fields))))
      const { compact, recovery } = secp256k1.sign(digest, key)
      const r = BigInt(hexOf(compact.subarray(0, 32)))
      const s = BigInt(hexOf(compact.subarray(32)))
      return hexOf(typeTwo(rlpOf([...fields, BigInt(recovery), r, s])))
    },
  }
}

function typeTwo(rlp: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(rlp.length + 1)
  bytes[0] = 2
  bytes.set(rlp, 1)
  return bytes
}
