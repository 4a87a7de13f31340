import { equalBytes } from '../bytes/equal-bytes.js'
import { type Hex, hexOf } from '../bytes/hex.js'
import { type DerElement, derTag, openDer, parseDer } from '../der/der-reader.js'
import { smallNumberOf, timeOf, unsignedOf, wholeBitStringOf } from '../der/der-values.js'
import { QuoteError } from '../quote-error.js'
import { ecdsaWithSha256, parseEcdsaSignature } from './ecdsa-signature.js'
import { authorityKeyIdOf, isSameElement, parseExtensions } from './extensions.js'

/** A complete, direct X.509 v2 revocation list. */
export interface RevocationList {
  readonly signed: Uint8Array
  /** r ‖ s, 64 bytes. */
  readonly signature: Uint8Array
  /** DER of the issuer's name. */
  readonly issuer: Uint8Array
  readonly authorityKeyId: Hex
  /** Unix seconds, inclusive. */
  readonly thisUpdate: bigint
  /** Unix seconds, inclusive. */
  readonly nextUpdate: bigint
  readonly revokedSerialNumbers: ReadonlySet<Hex>
}

const maximumCrlLength = 1_048_576

const oid = {
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  certificateIssuer: '2.5.29.29',
  authorityKeyId: '2.5.29.35',
} as const

/**
 * Reads one DER revocation list, strictly: v2, `nextUpdate`, number and authority key present; delta and indirect lists refused.
 * @throws QuoteError `BAD_DER`, `BAD_CRL`, `TOO_LARGE`
 */
export function parseCrl(der: Uint8Array): RevocationList {
  if (der.length > maximumCrlLength) throw new QuoteError('TOO_LARGE', `revocation list of ${der.length} bytes`)
  const list = openDer(parseDer(der))
  const signed = list.next(derTag.sequence)
  expectEcdsaWithSha256(list.next())
  const signature = parseEcdsaSignature(wholeBitStringOf(list.next(derTag.bitString)))
  list.end()

  const body = openDer(signed)
  const version = body.optional(derTag.integer)
  if (version === undefined || smallNumberOf(version, 255) !== 1) throw new QuoteError('BAD_CRL', 'not a v2 list')
  expectEcdsaWithSha256(body.next())
  const issuer = body.next(derTag.sequence).raw
  const thisUpdate = timeOf(body.next())
  const nextUpdateElement = body.optional(derTag.utcTime) ?? body.optional(derTag.generalizedTime)
  if (nextUpdateElement === undefined) throw new QuoteError('BAD_CRL', 'nextUpdate is missing')
  const nextUpdate = timeOf(nextUpdateElement)
  const entries = body.optional(derTag.sequence)
  const revokedSerialNumbers = entries === undefined ? new Set<Hex>() : revokedIn(entries)
  const wrapper = body.optional(derTag.context0)
  body.end()
  if (wrapper === undefined) throw new QuoteError('BAD_CRL', 'the list has no extensions')
  const opened = openDer(wrapper, derTag.context0)
  const extensions = parseExtensions(opened.next(), { known: [oid.crlNumber, oid.authorityKeyId], code: 'BAD_CRL' })
  opened.end()
  for (const forbidden of [oid.deltaCrlIndicator, oid.issuingDistributionPoint]) {
    if (extensions.has(forbidden)) throw new QuoteError('BAD_CRL', 'delta and indirect lists are not accepted')
  }
  const number = extensions.get(oid.crlNumber)
  const authorityKey = extensions.get(oid.authorityKeyId)
  if (number === undefined || authorityKey === undefined) {
    throw new QuoteError('BAD_CRL', 'the list number or the authority key identifier is missing')
  }
  unsignedOf(parseDer(number.value, derTag.integer))
  const authorityKeyId = hexOf(authorityKeyIdOf(authorityKey.value))
  return { signed: signed.raw, signature, issuer, authorityKeyId, thisUpdate, nextUpdate, revokedSerialNumbers }
}

function expectEcdsaWithSha256(element: DerElement): void {
  if (!isSameElement(element, ecdsaWithSha256)) {
    throw new QuoteError('BAD_CRL', 'the signature algorithm is not ecdsa-with-SHA256')
  }
}

function revokedIn(entries: DerElement): ReadonlySet<Hex> {
  const serialNumbers = new Set<Hex>()
  const sequence = openDer(entries)
  /** Nearly all entries have the same extension: it is read once. */
  let known: Uint8Array = new Uint8Array()
  while (!sequence.isAtEnd()) {
    const entry = openDer(sequence.next())
    serialNumbers.add(hexOf(unsignedOf(entry.next(derTag.integer))))
    timeOf(entry.next())
    const extensions = entry.optional(derTag.sequence)
    entry.end()
    if (extensions === undefined || equalBytes(extensions.raw, known)) continue
    const parsed = parseExtensions(extensions, { known: [oid.reasonCode], code: 'BAD_CRL' })
    if (parsed.has(oid.certificateIssuer)) throw new QuoteError('BAD_CRL', 'indirect lists are not accepted')
    known = extensions.raw
  }
  return serialNumbers
}
