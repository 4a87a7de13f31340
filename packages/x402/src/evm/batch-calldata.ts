import { concatBytes } from '@noble/hashes/utils.js'
import type { Address } from '../address.js'
import { bytesOf, type Hex, hexOf } from '../hex.js'
import { keccakText } from '../keccak.js'
import { addressWord, bytes32Word, uintWord } from './abi.js'

/** One call of a batch. */
export interface BatchItem {
  readonly key: Hex
  readonly to: Address
  readonly data: Hex
  readonly gasLimit: bigint
}

function padded(bytes: Uint8Array): Uint8Array {
  return concatBytes(bytes, new Uint8Array((32 - (bytes.length % 32)) % 32))
}

/** Calldata of a function whose one argument is an array of tuples, each static words and one trailing `bytes`. */
function encodeTuples(signature: string, tuples: readonly { words: readonly Uint8Array[]; tail: Uint8Array }[]): Hex {
  const bodies = tuples.map(({ words, tail }) =>
    concatBytes(...words, uintWord(BigInt((words.length + 1) * 32)), uintWord(BigInt(tail.length)), padded(tail)),
  )
  let offset = tuples.length * 32
  const offsets = bodies.map((body) => {
    const word = uintWord(BigInt(offset))
    offset += body.length
    return word
  })
  const selector = keccakText(signature).subarray(0, 4)
  return hexOf(concatBytes(selector, uintWord(32n), uintWord(BigInt(tuples.length)), ...offsets, ...bodies))
}

/** Calldata of Multicall3's `aggregate3`; every call may fail without failing the others. */
export function aggregateCalldata(items: readonly { readonly to: Address; readonly data: Hex }[]): Hex {
  return encodeTuples(
    'aggregate3((address,bool,bytes)[])',
    items.map(({ to, data }) => ({ words: [addressWord(to), uintWord(1n)], tail: bytesOf(data) })),
  )
}

/** Calldata of `BatchFacilitator.execute`. */
export function executeCalldata(items: readonly BatchItem[]): Hex {
  return encodeTuples(
    'execute((bytes32,address,uint256,bytes)[])',
    items.map(({ key, to, data, gasLimit }) => ({
      words: [bytes32Word(key), addressWord(to), uintWord(gasLimit)],
      tail: bytesOf(data),
    })),
  )
}

function wordAt(bytes: Uint8Array, offset: number): bigint | undefined {
  return offset + 32 > bytes.length ? undefined : BigInt(hexOf(bytes.subarray(offset, offset + 32)))
}

/** Reads `bool[]`; `undefined` when the answer is not `count` flags. */
export function decodeFlags(data: Hex, count: number): readonly boolean[] | undefined {
  const bytes = bytesOf(data)
  if (wordAt(bytes, 0) !== 32n || wordAt(bytes, 32) !== BigInt(count) || bytes.length < 64 + count * 32)
    return undefined
  return Array.from({ length: count }, (_, index) => wordAt(bytes, 64 + index * 32) === 1n)
}

/** Reads `aggregate3`'s answer; `undefined` when it does not hold `count` results. */
export function decodeAggregate(
  data: Hex,
  count: number,
): readonly { readonly success: boolean; readonly data: Hex }[] | undefined {
  const bytes = bytesOf(data)
  if (wordAt(bytes, 0) !== 32n || wordAt(bytes, 32) !== BigInt(count)) return undefined
  const place = (offset: bigint | undefined): number | undefined =>
    offset === undefined || offset > BigInt(bytes.length) ? undefined : Number(offset)
  const results: { success: boolean; data: Hex }[] = []
  for (let index = 0; index < count; index += 1) {
    const tuple = place(wordAt(bytes, 64 + index * 32))
    if (tuple === undefined) return undefined
    const flag = wordAt(bytes, 64 + tuple)
    const tail = place(wordAt(bytes, 96 + tuple))
    const length = tail === undefined ? undefined : place(wordAt(bytes, 64 + tuple + tail))
    if (flag === undefined || tail === undefined || length === undefined) return undefined
    const start = 96 + tuple + tail
    if (start + length > bytes.length) return undefined
    results.push({ success: flag === 1n, data: hexOf(bytes.subarray(start, start + length)) })
  }
  return results
}
