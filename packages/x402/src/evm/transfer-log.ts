import { type Address, isSameAddress } from '../address.js'
import { type Hex, hexOf } from '../hex.js'
import { addressWord, decodeUint, eventTopic } from './abi.js'
import type { ChainLog } from './chain.js'

/** A token movement that a settlement must have made. */
export interface ExpectedTransfer {
  readonly asset: Address
  readonly from: Address
  readonly to: Address
  readonly value: bigint
}

/** Topic 0 of ERC-20 `Transfer`. */
export const TRANSFER_TOPIC: Hex = /* @__PURE__ */ eventTopic('Transfer(address,address,uint256)')

const AUTHORIZATION_USED_TOPIC: Hex = /* @__PURE__ */ eventTopic('AuthorizationUsed(address,bytes32)')

/** An address as an indexed topic. */
export function addressTopic(address: Address): Hex {
  return hexOf(addressWord(address))
}

/** The event by which a token tells that an EIP-3009 authorization was used. */
export function authorizationUsed(
  asset: Address,
  use: { readonly from: Address; readonly nonce: Hex },
): { readonly address: Address; readonly topics: readonly Hex[] } {
  return {
    address: asset,
    topics: [AUTHORIZATION_USED_TOPIC, addressTopic(use.from), use.nonce],
  }
}

/** Tells whether logs hold the one transfer that was signed: same token, payer, payee and value. */
export function hasTransfer(logs: readonly ChainLog[], expected: ExpectedTransfer): boolean {
  const [from, to] = [addressTopic(expected.from), addressTopic(expected.to)]
  return logs.some(
    (log) =>
      isSameAddress(log.address, expected.asset) &&
      log.topics.length === 3 &&
      log.topics[0]?.toLowerCase() === TRANSFER_TOPIC &&
      log.topics[1]?.toLowerCase() === from &&
      log.topics[2]?.toLowerCase() === to &&
      decodeUint(log.data) === expected.value,
  )
}
