import { type Hex, hexOf } from '../bytes/hex.js'
import { type DerElement, derTag, openDer, parseDer } from '../der/der-reader.js'
import { oidOf, smallNumberOf, timeOf, unsignedOf, wholeBitStringOf } from '../der/der-values.js'
import { QuoteError } from '../quote-error.js'
import { ecdsaWithSha256, parseEcdsaSignature } from './ecdsa-signature.js'
import {
  authorityKeyIdOf,
  basicConstraintsOf,
  isSameElement,
  keyUsageOf,
  parseExtensions,
  subjectKeyIdOf,
} from './extensions.js'
import { parseSgxExtension, type SgxExtension } from './sgx-extension.js'

/** An X.509 v3 certificate in Intel's profile: P-256 key, ecdsa-with-SHA256, the five standard extensions. */
export interface Certificate {
  /** The whole certificate, DER. */
  readonly der: Uint8Array
  /** The signed part, DER. */
  readonly signed: Uint8Array
  /** r ‖ s, 64 bytes. */
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
  /** x ‖ y, 64 bytes. */
  readonly publicKey: Uint8Array
  readonly isCa: boolean
  readonly pathLength: number | null
  readonly keyUsage: number
  readonly subjectKeyId: Hex
  readonly authorityKeyId: Hex
  /** The SGX extension (OID 1.2.840.113741.1.13.1), which only a PCK certificate has. */
  readonly sgx: SgxExtension | null
}

const maximumCertificateLength = 8192

const oid = {
  commonName: '2.5.4.3',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  crlDistributionPoints: '2.5.29.31',
  authorityKeyId: '2.5.29.35',
  sgx: '1.2.840.113741.1.13.1',
} as const

/** DER of AlgorithmIdentifier { id-ecPublicKey, prime256v1 }. */
const p256Algorithm = Uint8Array.of(
  ...[0x30, 19, 0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
)

/**
 * Reads one DER certificate, strictly: minimal definite lengths, no trailing bytes, both signature algorithms equal, no
 * unknown critical extension, none twice.
 * @throws QuoteError `BAD_DER`, `BAD_CERTIFICATE`, `BAD_SGX_EXTENSION`, `TOO_LARGE`
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > maximumCertificateLength) throw new QuoteError('TOO_LARGE', `certificate of ${der.length} bytes`)
  const certificate = openDer(parseDer(der))
  const signed = certificate.next(derTag.sequence)
  expectEcdsaWithSha256(certificate.next())
  const signature = parseEcdsaSignature(wholeBitStringOf(certificate.next(derTag.bitString)))
  certificate.end()

  const body = openDer(signed)
  const version = openDer(body.next(derTag.context0), derTag.context0)
  if (smallNumberOf(version.next(), 255) !== 2) throw new QuoteError('BAD_CERTIFICATE', 'not an X.509 v3 certificate')
  version.end()
  const serialNumber = hexOf(unsignedOf(body.next(derTag.integer)))
  expectEcdsaWithSha256(body.next())
  const issuer = body.next(derTag.sequence)
  const validity = openDer(body.next())
  const notBefore = timeOf(validity.next())
  const notAfter = timeOf(validity.next())
  validity.end()
  const subject = body.next(derTag.sequence)
  const publicKey = p256KeyOf(body.next())
  const wrapper = openDer(body.next(derTag.context3), derTag.context3)
  const extensions = parseExtensions(wrapper.next(), { known: Object.values(oid), code: 'BAD_CERTIFICATE' })
  wrapper.end()
  body.end()

  function required(name: 'subjectKeyId' | 'keyUsage' | 'basicConstraints' | 'authorityKeyId'): Uint8Array {
    const extension = extensions.get(oid[name])
    if (extension === undefined) throw new QuoteError('BAD_CERTIFICATE', `extension ${name} is missing`)
    return extension.value
  }
  const sgx = extensions.get(oid.sgx)
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
    ...basicConstraintsOf(required('basicConstraints')),
    keyUsage: keyUsageOf(required('keyUsage')),
    subjectKeyId: hexOf(subjectKeyIdOf(required('subjectKeyId'))),
    authorityKeyId: hexOf(authorityKeyIdOf(required('authorityKeyId'))),
    sgx: sgx === undefined ? null : parseSgxExtension(sgx.value),
  }
}

function expectEcdsaWithSha256(element: DerElement): void {
  if (!isSameElement(element, ecdsaWithSha256)) {
    throw new QuoteError('BAD_CERTIFICATE', 'the signature algorithm is not ecdsa-with-SHA256')
  }
}

function p256KeyOf(element: DerElement): Uint8Array {
  const info = openDer(element)
  if (!isSameElement(info.next(), p256Algorithm)) throw new QuoteError('BAD_CERTIFICATE', 'the key is not on P-256')
  const point = wholeBitStringOf(info.next(derTag.bitString))
  info.end()
  if (point.length !== 65 || point[0] !== 4) throw new QuoteError('BAD_CERTIFICATE', 'the key is not an affine point')
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
