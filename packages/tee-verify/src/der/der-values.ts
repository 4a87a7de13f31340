import { QuoteError } from '../quote-error.js'
import { type DerElement, derTag } from './der-reader.js'

/** The content of an INTEGER, canonical (X.690 §8.3.2) and not negative. */
export function unsignedOf(element: DerElement): Uint8Array {
  return unsignedIn(element, derTag.integer)
}

function unsignedIn(element: DerElement, tag: number): Uint8Array {
  const { content } = element
  const first = content[0]
  const second = content[1]
  if (element.tag !== tag || first === undefined) throw new QuoteError('BAD_DER', 'expected a DER INTEGER')
  if (first >= 0x80) throw new QuoteError('BAD_DER', 'a DER INTEGER is negative')
  if (first === 0 && second !== undefined && second < 0x80) {
    throw new QuoteError('BAD_DER', 'a DER INTEGER is not minimal')
  }
  return content
}

/** A small INTEGER (or ENUMERATED, read alike) between 0 and `maximum`. */
export function smallNumberOf(element: DerElement, maximum: number): number {
  const content = unsignedIn(element, element.tag === derTag.enumerated ? derTag.enumerated : derTag.integer)
  const value = content.length > 4 ? Number.POSITIVE_INFINITY : content.reduce((sum, byte) => sum * 256 + byte, 0)
  if (value > maximum) throw new QuoteError('BAD_DER', `a DER INTEGER is above ${maximum}`)
  return value
}

/** A BOOLEAN in DER: 00 or FF. */
export function booleanOf(element: DerElement): boolean {
  const [value] = element.content
  if (element.tag !== derTag.boolean || element.content.length !== 1 || (value !== 0 && value !== 0xff)) {
    throw new QuoteError('BAD_DER', 'expected a DER BOOLEAN')
  }
  return value === 0xff
}

/** An OBJECT IDENTIFIER in dotted form. */
export function oidOf(element: DerElement): string {
  const bytes = element.content
  const last = bytes.at(-1)
  if (element.tag !== derTag.oid || last === undefined || last >= 0x80 || bytes.length > 32) {
    throw new QuoteError('BAD_DER', 'expected a DER OBJECT IDENTIFIER')
  }
  const arcs: number[] = []
  let value = 0
  for (const byte of bytes) {
    if (value === 0 && byte === 0x80) throw new QuoteError('BAD_DER', 'an OBJECT IDENTIFIER is not minimal')
    value = value * 128 + (byte & 0x7f)
    if (value > 0xffffffff) throw new QuoteError('BAD_DER', 'an OBJECT IDENTIFIER has an oversized arc')
    if (byte < 0x80) {
      if (arcs.length === 0) {
        const root = Math.min(2, Math.floor(value / 40))
        arcs.push(root, value - root * 40)
      } else arcs.push(value)
      value = 0
    }
  }
  return arcs.join('.')
}

/** The bytes of a BIT STRING without unused bits. */
export function wholeBitStringOf(element: DerElement): Uint8Array {
  if (element.tag !== derTag.bitString || element.content[0] !== 0) {
    throw new QuoteError('BAD_DER', 'expected a DER BIT STRING of whole bytes')
  }
  return element.content.subarray(1)
}

/** A UTCTime or GeneralizedTime in the profile of RFC 5280 §4.1.2.5, as unix seconds. */
export function timeOf(element: DerElement): bigint {
  const { tag, content } = element
  const yearDigits = tag === derTag.utcTime ? 2 : 4
  const isTime = tag === derTag.utcTime || tag === derTag.generalizedTime
  if (!isTime || content.length !== yearDigits + 11 || content[yearDigits + 10] !== 0x5a) throw notATime()
  const shortYear = numberIn(content, 0, 2)
  const year = yearDigits === 2 ? shortYear + (shortYear < 50 ? 2000 : 1900) : shortYear * 100 + numberIn(content, 2, 2)
  // Years up to 2049 are UTCTime.
  if (yearDigits === 4 && year < 2050) throw notATime()
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = [0, 2, 4, 6, 8].map((at) =>
    numberIn(content, yearDigits + at, 2),
  )
  return unixSecondsOf([year, month, day, hour, minute, second])
}

/**
 * Unix seconds of a date and a time of day in UTC.
 * @throws QuoteError `BAD_DER` for 30 February, 24:00 and whatever else does not exist.
 */
function unixSecondsOf([year, month, day, hour, minute, second]: readonly [...NumberTriple, ...NumberTriple]): bigint {
  const milliseconds = Date.UTC(year, month - 1, day, hour, minute, second)
  const date = new Date(milliseconds)
  // Date moves what does not exist to another day; then its parts are not those that were given.
  const exists =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60
  if (!exists) throw new QuoteError('BAD_DER', 'no such date')
  return BigInt(milliseconds / 1000)
}

type NumberTriple = readonly [number, number, number]

function numberIn(bytes: Uint8Array, start: number, length: number): number {
  let value = 0
  for (let index = start; index < start + length; index += 1) {
    const digit = (bytes[index] ?? 0) - 0x30
    if (digit < 0 || digit > 9) throw notATime()
    value = value * 10 + digit
  }
  return value
}

function notATime(): QuoteError {
  return new QuoteError('BAD_DER', 'expected a time of RFC 5280')
}
