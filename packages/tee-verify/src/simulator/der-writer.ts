import { concatBytes } from '../bytes/concat-bytes.js'
import { derTag } from '../der/der-reader.js'

/** Writes one DER element: tag, minimal definite length, content. */
export function encodeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts)
  const length: number[] = []
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest & 0xff)
  const prefix = content.length < 128 ? [content.length] : [0x80 | length.length, ...length]
  return concatBytes(Uint8Array.of(tag, ...prefix), content)
}

/** A SEQUENCE of encoded elements. */
export function encodeSequence(...parts: readonly Uint8Array[]): Uint8Array {
  return encodeDer(derTag.sequence, ...parts)
}

/** A non-negative INTEGER from big-endian bytes. */
export function encodeInteger(bytes: Uint8Array): Uint8Array {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1
  const value = bytes.subarray(start)
  return encodeDer(derTag.integer, (value[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(), value)
}

/** A small non-negative INTEGER. */
export function encodeSmallInteger(value: number): Uint8Array {
  return encodeInteger(Uint8Array.of(value >>> 8, value & 0xff))
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function encodeOid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes: number[] = []
  for (const arc of [first * 40 + second, ...rest]) {
    const digits = [arc & 0x7f]
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift(0x80 | (left & 0x7f))
    bytes.push(...digits)
  }
  return encodeDer(derTag.oid, Uint8Array.from(bytes))
}

/** A BOOLEAN. */
export function encodeBoolean(value: boolean): Uint8Array {
  return encodeDer(derTag.boolean, Uint8Array.of(value ? 0xff : 0))
}

/** A BIT STRING of whole bytes, or with unused bits at the end. */
export function encodeBitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return encodeDer(derTag.bitString, Uint8Array.of(unusedBits), bytes)
}

/** An OCTET STRING. */
export function encodeOctetString(bytes: Uint8Array): Uint8Array {
  return encodeDer(derTag.octetString, bytes)
}

/** Unix seconds as UTCTime; the years 1950 to 2049. */
export function encodeTime(seconds: bigint): Uint8Array {
  const text = new Date(Number(seconds) * 1000).toISOString().replace(/^..|[-:T]|\.000/g, '')
  return encodeDer(derTag.utcTime, new TextEncoder().encode(text))
}

/** A distinguished name of a common name and an organisation. */
export function encodeName(commonName: string): Uint8Array {
  const attribute = (oid: string, value: string): Uint8Array =>
    encodeDer(derTag.set, encodeSequence(encodeOid(oid), encodeDer(derTag.utf8String, new TextEncoder().encode(value))))
  return encodeSequence(attribute('2.5.4.3', commonName), attribute('2.5.4.10', 'OpenGradient simulator'))
}

/** One X.509 extension. */
export function encodeExtension(oid: string, value: Uint8Array, isCritical = false): Uint8Array {
  const critical = isCritical ? [encodeBoolean(true)] : []
  return encodeSequence(encodeOid(oid), ...critical, encodeOctetString(value))
}
