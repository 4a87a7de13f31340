import { concatBytes } from '@noble/hashes/utils.js'
import type { Address } from '../../address.js'
import { addressWord, bytes32Word, uintWord } from '../../evm/abi.js'
import { bytesOf, type Hex, hexOf } from '../../hex.js'
import { keccakText } from '../../keccak.js'
import { type ChannelConfig, channelConfigWords } from './channel-config.js'
import { ERC3009_DEPOSIT_COLLECTOR_ADDRESS, PERMIT2_DEPOSIT_COLLECTOR_ADDRESS } from './channel-contracts.js'
import type { SignedDeposit, VoucherClaim } from './channel-payload.js'

/** An argument list: words in place, byte strings (already encoded) behind an offset. */
type Part = { readonly words: readonly Uint8Array[] } | { readonly dynamic: Uint8Array }

const CONFIG = '(address,address,address,address,address,uint40,bytes32)'
const CLAIMS = `((${CONFIG},uint128),bytes,uint128)[]`

function encodeParts(parts: readonly Part[]): Uint8Array {
  const headLength = parts.reduce((sum, part) => sum + ('words' in part ? part.words.length : 1) * 32, 0)
  const head: Uint8Array[] = []
  const tail: Uint8Array[] = []
  let offset = headLength
  for (const part of parts) {
    if ('words' in part) {
      head.push(...part.words)
      continue
    }
    head.push(uintWord(BigInt(offset)))
    tail.push(part.dynamic)
    offset += part.dynamic.length
  }
  return concatBytes(...head, ...tail)
}

function encodeBytes(bytes: Uint8Array): Uint8Array {
  const padding = new Uint8Array((32 - (bytes.length % 32)) % 32)
  return concatBytes(uintWord(BigInt(bytes.length)), bytes, padding)
}

function encodeArray(items: readonly Uint8Array[]): Uint8Array {
  return concatBytes(uintWord(BigInt(items.length)), encodeParts(items.map((dynamic) => ({ dynamic }))))
}

function call(signature: string, parts: readonly Part[]): Hex {
  return hexOf(concatBytes(keccakText(signature).subarray(0, 4), encodeParts(parts)))
}

function encodeClaims(claims: readonly VoucherClaim[]): Uint8Array {
  return encodeArray(
    claims.map((claim) =>
      encodeParts([
        { words: [...channelConfigWords(claim.config), uintWord(claim.maxClaimableAmount)] },
        { dynamic: encodeBytes(bytesOf(claim.signature)) },
        { words: [uintWord(claim.totalClaimed)] },
      ]),
    ),
  )
}

/** What the collector of a deposit is told, and which collector it is. */
function collectorOf(deposit: SignedDeposit): { readonly collector: Address; readonly data: Uint8Array } {
  const { authorization: a } = deposit
  const signature = encodeBytes(bytesOf(deposit.signature))
  if (a.method === 'eip3009') {
    return {
      collector: ERC3009_DEPOSIT_COLLECTOR_ADDRESS,
      data: encodeParts([
        { words: [uintWord(a.validAfter), uintWord(a.validBefore), bytes32Word(a.salt)] },
        { dynamic: signature },
      ]),
    }
  }
  return {
    collector: PERMIT2_DEPOSIT_COLLECTOR_ADDRESS,
    data: encodeParts([
      { words: [uintWord(a.nonce), uintWord(a.validBefore)] },
      { dynamic: signature },
      { dynamic: encodeBytes(new Uint8Array(0)) },
    ]),
  }
}

/** Calldata of `deposit`. */
export function depositCalldata(config: ChannelConfig, deposit: SignedDeposit): Hex {
  const { collector, data } = collectorOf(deposit)
  return call(`deposit(${CONFIG},uint128,address,bytes)`, [
    { words: [...channelConfigWords(config), uintWord(deposit.amount), addressWord(collector)] },
    { dynamic: encodeBytes(data) },
  ])
}

/** Calldata of `claimWithSignature`. */
export function claimCalldata(claims: readonly VoucherClaim[], authorizerSignature: Hex): Hex {
  return call(`claimWithSignature(${CLAIMS},bytes)`, [
    { dynamic: encodeClaims(claims) },
    { dynamic: encodeBytes(bytesOf(authorizerSignature)) },
  ])
}

/** Calldata of `settle`. */
export function settleCalldata(sweep: { readonly receiver: Address; readonly token: Address }): Hex {
  return call('settle(address,address)', [{ words: [addressWord(sweep.receiver), addressWord(sweep.token)] }])
}

/** Calldata of `refundWithSignature`. */
export function refundCalldata(
  config: ChannelConfig,
  refund: { readonly amount: bigint; readonly nonce: bigint; readonly signature: Hex },
): Hex {
  return call(`refundWithSignature(${CONFIG},uint128,uint256,bytes)`, [
    { words: [...channelConfigWords(config), uintWord(refund.amount), uintWord(refund.nonce)] },
    { dynamic: encodeBytes(bytesOf(refund.signature)) },
  ])
}

/** Calldata of `initiateWithdraw`, for the payer or its authorizer to send. */
export function initiateWithdrawCalldata(config: ChannelConfig, amount: bigint): Hex {
  return call(`initiateWithdraw(${CONFIG},uint128)`, [{ words: [...channelConfigWords(config), uintWord(amount)] }])
}

/** Calldata of `finalizeWithdraw`, for the payer or its authorizer to send. */
export function finalizeWithdrawCalldata(config: ChannelConfig): Hex {
  return call(`finalizeWithdraw(${CONFIG})`, [{ words: channelConfigWords(config) }])
}

/** Calldata of `multicall`: several calls in one transaction, all or none. */
export function multicallData(calls: readonly Hex[]): Hex {
  return call('multicall(bytes[])', [{ dynamic: encodeArray(calls.map((data) => encodeBytes(bytesOf(data)))) }])
}

const MAX_ITEMS = 10_000

/** Reads an ABI-encoded `bytes[]`; `undefined` when it is not one. */
export function decodeBytesArray(data: Hex): readonly Hex[] | undefined {
  const bytes = bytesOf(data)
  const numberAt = (position: number): number => {
    if (position < 0 || position + 32 > bytes.length) return -1
    const value = BigInt(hexOf(bytes.subarray(position, position + 32)))
    return value > 0xffffffffn ? -1 : Number(value)
  }
  const start = numberAt(0)
  const count = numberAt(start)
  if (start < 0 || count < 0 || count > MAX_ITEMS) return undefined
  const items: Hex[] = []
  for (let index = 0; index < count; index += 1) {
    const offset = numberAt(start + 32 + index * 32)
    const position = start + 32 + offset
    const length = offset < 0 ? -1 : numberAt(position)
    if (length < 0 || position + 32 + length > bytes.length) return undefined
    items.push(hexOf(bytes.subarray(position + 32, position + 32 + length)))
  }
  return items
}
