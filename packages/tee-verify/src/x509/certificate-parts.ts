import { equalBytes } from '../bytes/equal-bytes.js'
import { type Hex, hexOf } from '../bytes/hex.js'
import { type DerElement, derTag, openDer, parseDer } from '../der/der-reader.js'
import { oidOf, smallNumberOf, timeOf, unsignedOf, wholeBitStringOf } from '../der/der-values.js'
import { QuoteError } from '../quote-error.js'
import { parseEcdsaSignature } from './ecdsa-signature.js'
import { type Extension, parseExtensions } from './extensions.js'

/** What all certificates of one issuer have in common: one curve, one algorithm, a closed list of extensions. */
export interface CertificateProfile {
  /** Such as `P-256`, for errors. */
  readonly curve: string
  /** Bytes of one coordinate. */
  readonly coordinateLength: number
  /** DER of the AlgorithmIdentifier of the key. */
  readonly keyAlgorithm: Uint8Array
  /** Such as `ecdsa-with-SHA256`, for errors. */
  readonly signatureName: string
  /** DER of the AlgorithmIdentifier of the signature. */
  readonly signatureAlgorithm: Uint8Array
  readonly maximumLength: number
  /** OIDs of the extensions that are understood. */
  readonly extensions: readonly string[]
}

/** An X.509 v3 certificate as far as every profile reads it; what its extensions mean is up to the profile. */
export interface CertificateParts {
  /** The whole certificate, DER. */
  readonly der: Uint8Array
  /** The signed part, DER. */
  readonly signed: Uint8Array
  /** r ‖ s. */
  readonly signature: Uint8Array
  readonly serialNumber: Hex
  /** DER of the issuer's name. */
  readonly issuer: Uint8Array
  /** DER of the subject's name. */
  readonly subject: Uint8Array
  readonly commonName: string
  /** Unix seconds, inclusive. */
  readonly notBefore: bigint
  /** Unix seconds, inclusive. */
  readonly notAfter: bigint
  /** x ‖ y. */
  readonly publicKey: Uint8Array
}

const commonNameOid = '2.5.4.3'

/** OIDs of the extensions that every profile knows. */
export const extensionOid = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  crlDistributionPoints: '2.5.29.31',
  authorityKeyId: '2.5.29.35',
} as const

/**
 * Reads one DER certificate, strictly: minimal definite lengths, no trailing bytes, both signature algorithms equal, no
 * unknown critical extension, none twice.
 * @throws QuoteError `BAD_DER`, `BAD_CERTIFICATE`, `TOO_LARGE`
 */
export function readCertificate(
  der: Uint8Array,
  profile: CertificateProfile,
): { readonly parts: CertificateParts; readonly extensions: ReadonlyMap<string, Extension> } {
  if (der.length > profile.maximumLength) throw new QuoteError('TOO_LARGE', `certificate of ${der.length} bytes`)
  const certificate = openDer(parseDer(der))
  const signed = certificate.next(derTag.sequence)
  expectAlgorithm(certificate.next(), profile)
  const signature = parseEcdsaSignature(wholeBitStringOf(certificate.next(derTag.bitString)), profile.coordinateLength)
  certificate.end()

  const body = openDer(signed)
  const version = openDer(body.next(derTag.context0), derTag.context0)
  if (smallNumberOf(version.next(), 255) !== 2) throw new QuoteError('BAD_CERTIFICATE', 'not an X.509 v3 certificate')
  version.end()
  const serialNumber = hexOf(unsignedOf(body.next(derTag.integer)))
  expectAlgorithm(body.next(), profile)
  const issuer = body.next(derTag.sequence)
  const validity = openDer(body.next())
  const notBefore = timeOf(validity.next())
  const notAfter = timeOf(validity.next())
  validity.end()
  const subject = body.next(derTag.sequence)
  const publicKey = publicKeyOf(body.next(), profile)
  const wrapper = openDer(body.next(derTag.context3), derTag.context3)
  const extensions = parseExtensions(wrapper.next(), { known: profile.extensions, code: 'BAD_CERTIFICATE' })
  wrapper.end()
  body.end()
  const parts = {
    der,
    signed: signed.raw,
    signature,
    serialNumber,
    issuer: issuer.raw,
    subject: subject.raw,
    commonName: commonNameOf(subject),
    notBefore,
    notAfter,
    publicKey,
  }
  return { parts, extensions }
}

function expectAlgorithm(element: DerElement, { signatureAlgorithm, signatureName }: CertificateProfile): void {
  if (!equalBytes(element.raw, signatureAlgorithm)) {
    throw new QuoteError('BAD_CERTIFICATE', `the signature algorithm is not ${signatureName}`)
  }
}

function publicKeyOf(element: DerElement, { keyAlgorithm, curve, coordinateLength }: CertificateProfile): Uint8Array {
  const info = openDer(element)
  if (!equalBytes(info.next().raw, keyAlgorithm)) {
    throw new QuoteError('BAD_CERTIFICATE', `the key is not on ${curve}`)
  }
  const point = wholeBitStringOf(info.next(derTag.bitString))
  info.end()
  if (point.length !== 1 + 2 * coordinateLength || point[0] !== 4) {
    throw new QuoteError('BAD_CERTIFICATE', 'the key is not an affine point')
  }
  return point.subarray(1)
}

function commonNameOf(name: DerElement): string {
  const names: string[] = []
  const sequence = openDer(name)
  while (!sequence.isAtEnd()) {
    const set = openDer(sequence.next(), derTag.set)
    while (!set.isAtEnd()) {
      const attribute = openDer(set.next())
      const type = oidOf(attribute.next(derTag.oid))
      const value = attribute.next()
      attribute.end()
      if (type !== commonNameOid) continue
      if (value.tag !== derTag.utf8String && value.tag !== derTag.printableString) {
        throw new QuoteError('BAD_CERTIFICATE', 'the common name is no UTF8String')
      }
      names.push(new TextDecoder().decode(value.content))
    }
  }
  const [commonName] = names
  if (commonName === undefined || names.length > 1) {
    throw new QuoteError('BAD_CERTIFICATE', `expected one common name, got ${names.length}`)
  }
  return commonName
}
