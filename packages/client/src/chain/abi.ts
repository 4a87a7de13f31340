import { type Address, bytesOf, checksumAddress, type Hex, hexOf, keccak256 } from '@og/settlement'
import { ClientError } from '../client-error.js'
import type { JsonValue } from '../read-json.js'
import type { JsonRpc } from './json-rpc.js'

/** A static argument: a number, or hexadecimal of at most 32 bytes (addresses and `bytes32`). */
type Word = bigint | Hex

/** Calldata of a function whose arguments are all static. */
export function encodeCall(signature: string, words: readonly Word[]): Hex {
  return `0x${topicOf(signature).slice(2, 10)}${words.map(wordOf).join('')}`
}

/** Topic 0 of an event; the first four bytes of a function's one are its selector. */
export function topicOf(signature: string): Hex {
  return keccak256(new TextEncoder().encode(signature))
}

/** An address as a topic. */
export function addressTopic(address: Address): Hex {
  return `0x${wordOf(address)}`
}

function wordOf(value: Word): string {
  // Addresses and numbers stand right in their word; 32 bytes fill it.
  const digits = typeof value === 'bigint' ? value.toString(16) : value.slice(2).toLowerCase()
  return digits.padStart(64, '0')
}

/** What a contract's function returned, word by word. Every reader throws ClientError `CHAIN_UNAVAILABLE` beyond the end. */
export interface CallAnswer {
  readonly data: Hex
  uint(index: number): bigint
  bytes32(index: number): Hex
  address(index: number): Address
  /** The text whose offset, counted in bytes from word `base`, stands in word `index`. */
  text(index: number, base: number): string
}

/** Calls a function of a contract. @throws ClientError `CHAIN_UNAVAILABLE`, `CHAIN_REFUSED` */
export async function callContract(
  rpc: JsonRpc,
  call: { readonly to: Address; readonly signature: string; readonly words: readonly Word[] },
): Promise<CallAnswer> {
  return readAnswer(
    await rpc.request('eth_call', [{ to: call.to, data: encodeCall(call.signature, call.words) }, 'latest']),
  )
}

function readAnswer(value: JsonValue): CallAnswer {
  let bytes: Uint8Array
  try {
    bytes = bytesOf(typeof value === 'string' ? `0x${value.slice(2)}` : '0x')
  } catch (cause) {
    throw new ClientError('CHAIN_UNAVAILABLE', 'the chain answered with something that is not hexadecimal', { cause })
  }
  const slice = (start: number, length: number): Uint8Array => {
    if (!Number.isSafeInteger(start) || start < 0 || start + length > bytes.length) {
      throw new ClientError('CHAIN_UNAVAILABLE', "the contract's answer is too short: is the address right?")
    }
    return bytes.subarray(start, start + length)
  }
  const uintAt = (offset: number): bigint => BigInt(hexOf(slice(offset, 32)))
  return {
    data: hexOf(bytes),
    uint: (index) => uintAt(index * 32),
    bytes32: (index) => hexOf(slice(index * 32, 32)),
    address: (index) => checksumAddress(hexOf(slice(index * 32 + 12, 20))),
    text: (index, base) => {
      const start = base * 32 + Number(uintAt(index * 32))
      return new TextDecoder().decode(slice(start + 32, Number(uintAt(start))))
    },
  }
}
