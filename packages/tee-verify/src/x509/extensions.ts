import { equalBytes } from '../bytes/equal-bytes.js'
import { type DerElement, derTag, openDer, parseDer } from '../der/der-reader.js'
import { booleanOf, oidOf, smallNumberOf } from '../der/der-values.js'
import { QuoteError, type QuoteErrorCode } from '../quote-error.js'

/** One X.509 extension: its value is the DER inside the OCTET STRING. */
export interface Extension {
  readonly isCritical: boolean
  readonly value: Uint8Array
}

const maximumExtensions = 16

/**
 * Reads an `Extensions` sequence: no OID twice, no critical extension that is not among `known`.
 * @throws QuoteError `BAD_DER` or the given code
 */
export function parseExtensions(
  element: DerElement,
  options: { readonly known: readonly string[]; readonly code: QuoteErrorCode },
): ReadonlyMap<string, Extension> {
  const sequence = openDer(element)
  const extensions = new Map<string, Extension>()
  while (!sequence.isAtEnd()) {
    const extension = openDer(sequence.next())
    const oid = oidOf(extension.next(derTag.oid))
    const critical = extension.optional(derTag.boolean)
    // DER leaves a DEFAULT FALSE out.
    if (critical !== undefined && !booleanOf(critical)) throw new QuoteError('BAD_DER', 'an explicit default in DER')
    const isCritical = critical !== undefined
    const value = extension.next(derTag.octetString).content
    extension.end()
    if (extensions.has(oid)) throw new QuoteError(options.code, `extension ${oid} occurs twice`)
    if (isCritical && !options.known.includes(oid)) {
      throw new QuoteError(options.code, `critical extension ${oid} is not understood`)
    }
    if (extensions.size === maximumExtensions) throw new QuoteError('TOO_LARGE', 'too many extensions')
    extensions.set(oid, { isCritical, value })
  }
  return extensions
}

/** The key identifier of an AuthorityKeyIdentifier extension. */
export function authorityKeyIdOf(value: Uint8Array): Uint8Array {
  return openDer(parseDer(value)).next(derTag.contextPrimitive0).content
}

/** The key identifier of a SubjectKeyIdentifier extension. */
export function subjectKeyIdOf(value: Uint8Array): Uint8Array {
  return parseDer(value, derTag.octetString).content
}

/** BasicConstraints (RFC 5280 §4.2.1.9); `pathLength` is null where none is given. */
export function basicConstraintsOf(value: Uint8Array): { readonly isCa: boolean; readonly pathLength: number | null } {
  const sequence = openDer(parseDer(value))
  const flag = sequence.optional(derTag.boolean)
  if (flag !== undefined && !booleanOf(flag)) throw new QuoteError('BAD_DER', 'an explicit default in DER')
  const length = sequence.optional(derTag.integer)
  sequence.end()
  return { isCa: flag !== undefined, pathLength: length === undefined ? null : smallNumberOf(length, 255) }
}

/** KeyUsage (RFC 5280 §4.2.1.3) as its first eight bits, digitalSignature the highest. */
export function keyUsageOf(value: Uint8Array): number {
  const { content } = parseDer(value, derTag.bitString)
  const [unused, bits] = content
  if (content.length !== 2 || unused === undefined || bits === undefined || unused > 7) {
    throw new QuoteError('BAD_DER', 'KeyUsage is not one byte of bits')
  }
  // A named bit list ends with its last set bit (X.690 §11.2.2).
  if ((bits & ((1 << unused) - 1)) !== 0 || (bits & (1 << unused)) === 0) {
    throw new QuoteError('BAD_DER', 'KeyUsage is not minimal')
  }
  return bits
}

/** Bits of `keyUsageOf`. */
export const keyUsageBit = { digitalSignature: 0x80, keyCertSign: 0x04, crlSign: 0x02 } as const

/** Says whether an `AlgorithmIdentifier` is exactly the expected one. */
export function isSameElement(element: DerElement, expected: Uint8Array): boolean {
  return equalBytes(element.raw, expected)
}
