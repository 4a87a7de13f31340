import { equalBytes } from '../bytes/equal-bytes.js'
import { type Hex, hexOf } from '../bytes/hex.js'
import { type DerElement, derTag, openDer, parseDer } from '../der/der-reader.js'
import { oidOf, smallNumberOf, timeOf, unsignedOf, wholeBitStringOf } from '../der/der-values.js'
import { QuoteError } from '../quote-error.js'
import {
  authorityKeyIdOf,
  basicConstraintsOf,
  isSameElement,
  keyUsageOf,
  parseExtensions,
  subjectKeyIdOf,
} from '../x509/extensions.js'

/** An X.509 v3 certificate in the profile of AWS Nitro: P-384 key, ecdsa-with-SHA384. */
export interface P384Certificate {
  /** The whole certificate, DER. */
  readonly der: Uint8Array
  /** The signed part, DER. */
  readonly signed: Uint8Array
  /** r ‖ s, 96 bytes. */
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
  /** x ‖ y, 96 bytes. */
  readonly publicKey: Uint8Array
  readonly isCa: boolean
  readonly pathLength: number | null
  readonly keyUsage: number
  /** Null where the certificate has none: AWS leaves it out of its end-entity certificates. */
  readonly subjectKeyId: Hex | null
  readonly authorityKeyId: Hex | null
}

const maximumCertificateLength = 2048

const oid = {
  commonName: '2.5.4.3',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  crlDistributionPoints: '2.5.29.31',
  authorityKeyId: '2.5.29.35',
} as const

/** DER of AlgorithmIdentifier { ecdsa-with-SHA384 } (RFC 5758 §3.2). */
export const ecdsaWithSha384: Uint8Array = Uint8Array.of(0x30, 10, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3)

/** DER of AlgorithmIdentifier { id-ecPublicKey, secp384r1 }. */
export const p384Algorithm: Uint8Array = Uint8Array.of(
  ...[0x30, 16, 0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06, 5, 0x2b, 0x81, 0x04, 0x00, 0x22],
)

/**
 * Reads one DER certificate of the Nitro profile, as strictly as Intel's are read: minimal definite lengths, no trailing bytes,
 * both signature algorithms equal, no unknown critical extension, none twice.
 * @throws QuoteError `BAD_DER`, `BAD_CERTIFICATE`, `TOO_LARGE`
 */
export function parseP384Certificate(der: Uint8Array): P384Certificate {
  if (der.length > maximumCertificateLength) throw new QuoteError('TOO_LARGE', `certificate of ${der.length} bytes`)
  const certificate = openDer(parseDer(der))
  const signed = certificate.next(derTag.sequence)
  expectEcdsaWithSha384(certificate.next())
  const signature = signatureOf(wholeBitStringOf(certificate.next(derTag.bitString)))
  certificate.end()

  const body = openDer(signed)
  const version = openDer(body.next(derTag.context0), derTag.context0)
  if (smallNumberOf(version.next(), 255) !== 2) throw new QuoteError('BAD_CERTIFICATE', 'not an X.509 v3 certificate')
  version.end()
  const serialNumber = hexOf(unsignedOf(body.next(derTag.integer)))
  expectEcdsaWithSha384(body.next())
  const issuer = body.next(derTag.sequence)
  const validity = openDer(body.next())
  const notBefore = timeOf(validity.next())
  const notAfter = timeOf(validity.next())
  validity.end()
  const subject = body.next(derTag.sequence)
  const publicKey = publicKeyOf(body.next())
  const wrapper = openDer(body.next(derTag.context3), derTag.context3)
  const extensions = parseExtensions(wrapper.next(), { known: Object.values(oid), code: 'BAD_CERTIFICATE' })
  wrapper.end()
  body.end()

  const constraints = extensions.get(oid.basicConstraints)
  const usage = extensions.get(oid.keyUsage)
  if (constraints === undefined || usage === undefined) {
    throw new QuoteError('BAD_CERTIFICATE', 'basic constraints or key usage are missing')
  }
  const subjectKey = extensions.get(oid.subjectKeyId)
  const authorityKey = extensions.get(oid.authorityKeyId)
  return {
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
    ...basicConstraintsOf(constraints.value),
    keyUsage: keyUsageOf(usage.value),
    subjectKeyId: subjectKey === undefined ? null : hexOf(subjectKeyIdOf(subjectKey.value)),
    authorityKeyId: authorityKey === undefined ? null : hexOf(authorityKeyIdOf(authorityKey.value)),
  }
}

function expectEcdsaWithSha384(element: DerElement): void {
  if (!isSameElement(element, ecdsaWithSha384)) {
    throw new QuoteError('BAD_CERTIFICATE', 'the signature algorithm is not ecdsa-with-SHA384')
  }
}

function signatureOf(bytes: Uint8Array): Uint8Array {
  const sequence = openDer(parseDer(bytes))
  const signature = new Uint8Array(96)
  for (const end of [48, 96]) {
    const content = unsignedOf(sequence.next())
    const value = content[0] === 0 ? content.subarray(1) : content
    if (value.length > 48) throw new QuoteError('BAD_DER', 'an ECDSA signature does not fit P-384')
    signature.set(value, end - value.length)
  }
  sequence.end()
  return signature
}

function publicKeyOf(element: DerElement): Uint8Array {
  const info = openDer(element)
  if (!equalBytes(info.next().raw, p384Algorithm)) throw new QuoteError('BAD_CERTIFICATE', 'the key is not on P-384')
  const point = wholeBitStringOf(info.next(derTag.bitString))
  info.end()
  if (point.length !== 97 || point[0] !== 4) throw new QuoteError('BAD_CERTIFICATE', 'the key is not an affine point')
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
      if (type !== oid.commonName) continue
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
