import { type Address, parseAddress, type ReadAddress } from '../../address.js'
import { addressWord, bytes32Word, uintWord } from '../../evm/abi.js'
import { type Hex, isHex, lowerHex } from '../../hex.js'
import type { JsonObject } from '../../protocol/json.js'
import { readInteger } from '../../protocol/json-reader.js'
import { X402Error } from '../../x402-error.js'

/** What a channel is made of; nothing in it ever changes, and its EIP-712 hash is the channel's id. */
export interface ChannelConfig {
  readonly payer: Address
  /** The key that signs vouchers, or the zero address when the payer itself does (ERC-1271 included). */
  readonly payerAuthorizer: Address
  readonly receiver: Address
  /** Who authorizes claims and refunds for the receiver. */
  readonly receiverAuthorizer: Address
  readonly token: Address
  /** Seconds between a withdrawal's start and its payout. */
  readonly withdrawDelay: number
  /** 32 bytes that tell channels of the same parties apart. */
  readonly salt: Hex
}

/**
 * Reads a `channelConfig`.
 * @throws X402Error `INVALID_ADDRESS`, `MALFORMED_MESSAGE`
 */
export function parseChannelConfig(object: JsonObject, readAddress: ReadAddress = parseAddress): ChannelConfig {
  const salt = object['salt']
  if (!isHex(salt, 32)) throw new X402Error('MALFORMED_MESSAGE', 'salt: expected 32 bytes of hex')
  return {
    payer: readAddress(object['payer']),
    payerAuthorizer: readAddress(object['payerAuthorizer']),
    receiver: readAddress(object['receiver']),
    receiverAuthorizer: readAddress(object['receiverAuthorizer']),
    token: readAddress(object['token']),
    withdrawDelay: readInteger(object, 'withdrawDelay', { min: 0, max: 2 ** 40 - 1 }),
    salt: lowerHex(salt),
  }
}

/** Writes a channel configuration for the wire. */
export function encodeChannelConfig(config: ChannelConfig): JsonObject {
  return { ...config }
}

/** The seven words of a `ChannelConfig`, as ABI and EIP-712 encode it alike. */
export function channelConfigWords(config: ChannelConfig): readonly Uint8Array[] {
  return [
    addressWord(config.payer),
    addressWord(config.payerAuthorizer),
    addressWord(config.receiver),
    addressWord(config.receiverAuthorizer),
    addressWord(config.token),
    uintWord(BigInt(config.withdrawDelay)),
    bytes32Word(config.salt),
  ]
}
