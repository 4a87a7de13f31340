import { QuoteError } from '../quote-error.js'
import { type DerElement, derTag } from './der-reader.js'

/** The content of an INTEGER, canonical (X.690 §8.3.2) and not negative. */
export function unsignedOf(element: DerElement): Uint8Array {
  const [first, second] = element.content
  if (element.tag !== derTag.integer || first === undefined) throw new QuoteError('BAD_DER', 'expected a DER INTEGER')
  if (first >= 0x80) throw new QuoteError('BAD_DER', 'a DER INTEGER is negative')
  if (first === 0 && second !== undefined && second < 0x80) {
    throw new QuoteError('BAD_DER', 'a DER INTEGER is not minimal')
  }
  return element.content
}

/** A small INTEGER (or ENUMERATED, read alike) between 0 and `maximum`. */
export function smallNumberOf(element: DerElement, maximum: number): number {
  const content = unsignedOf(element.tag === derTag.enumerated ? { ...element, tag: derTag.integer } : element)
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
  const text = String.fromCharCode(...element.content.subarray(0, 20))
  if (element.tag === derTag.utcTime && /^\d{12}Z$/.test(text)) {
    return unixSecondsOf(`${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}`)
  }
  if (element.tag === derTag.generalizedTime && /^\d{14}Z$/.test(text) && Number(text.slice(0, 4)) >= 2050) {
    return unixSecondsOf(text)
  }
  throw new QuoteError('BAD_DER', 'expected a time of RFC 5280')
}

function unixSecondsOf(text: string): bigint {
  const iso = text.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6.000Z')
  const date = new Date(iso)
  // A day such as 30 February would be moved by Date; only a round trip proves the date exists.
  if (Number.isNaN(date.getTime()) || date.toISOString() !== iso) throw new QuoteError('BAD_DER', 'no such date')
  return BigInt(date.getTime() / 1000)
}
