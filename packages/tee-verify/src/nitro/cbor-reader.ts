import { QuoteError } from '../quote-error.js'

/** The CBOR values that attestation documents are made of. Integers are unsigned or negative, never floats. */
export type CborValue = bigint | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap

/** A CBOR map whose keys are text or integers; no key occurs twice. */
export type CborMap = ReadonlyMap<string | bigint, CborValue>

const maximumDepth = 6
const maximumValues = 512
const breakByte = 0xff

/**
 * Reads exactly one CBOR item from the whole of `bytes` (RFC 8949 §4.2: shortest forms). Tags, floats and indefinite lengths are
 * refused, with one exception that Nitro's own encoder needs: a map of indefinite length.
 * @throws QuoteError `BAD_CBOR`
 */
export function parseCbor(bytes: Uint8Array): CborValue {
  let offset = 0
  let values = 0

  function fail(reason: string): never {
    throw new QuoteError('BAD_CBOR', `${reason} at offset ${offset}`)
  }
  function take(length: number): Uint8Array {
    if (length > bytes.length - offset) fail('the item is cut off')
    offset += length
    return bytes.subarray(offset - length, offset)
  }
  function argumentOf(information: number): bigint {
    if (information < 24) return BigInt(information)
    if (information > 27) fail('a length is indefinite or reserved')
    let value = 0n
    for (const byte of take(1 << (information - 24))) value = (value << 8n) | BigInt(byte)
    const least = information === 24 ? 24n : 1n << BigInt(8 << (information - 25))
    return value < least ? fail('a number is not in its shortest form') : value
  }
  function countOf(information: number): number {
    const count = argumentOf(information)
    return count > BigInt(bytes.length) ? fail('the item is cut off') : Number(count)
  }
  function textOf(utf8: Uint8Array): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(utf8)
    } catch {
      return fail('text is not UTF-8')
    }
  }
  function parseMap(information: number, depth: number): CborMap {
    const map = new Map<string | bigint, CborValue>()
    const isIndefinite = information === 31
    const count = isIndefinite ? Number.POSITIVE_INFINITY : countOf(information)
    for (let index = 0; index < count; index += 1) {
      if (isIndefinite && bytes[offset] === breakByte) {
        offset += 1
        break
      }
      const key = parseValue(depth)
      if (typeof key !== 'string' && typeof key !== 'bigint') fail('a key is neither text nor integer')
      if (map.has(key)) fail('a key occurs twice')
      map.set(key, parseValue(depth))
    }
    return map
  }
  function parseValue(depth: number): CborValue {
    values += 1
    if (depth > maximumDepth || values > maximumValues) fail('the item is too deep or too long')
    const [initial = 0] = take(1)
    const major = initial >> 5
    const information = initial & 0x1f
    if (major === 0) return argumentOf(information)
    if (major === 1) return -1n - argumentOf(information)
    if (major === 2) return take(countOf(information))
    if (major === 3) return textOf(take(countOf(information)))
    if (major === 4) return Array.from({ length: countOf(information) }, () => parseValue(depth + 1))
    if (major === 5) return parseMap(information, depth + 1)
    if (initial === 0xf4 || initial === 0xf5) return initial === 0xf5
    return initial === 0xf6 ? null : fail(major === 6 ? 'tags are not used here' : 'an unsupported simple value')
  }

  const value = parseValue(0)
  if (offset !== bytes.length) fail('bytes follow the item')
  return value
}
