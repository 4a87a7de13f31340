import { type Hex, hexOf } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'
import {
  type CertificateParts,
  type CertificateProfile,
  extensionOid,
  readCertificate,
} from '../x509/certificate-parts.js'
import { authorityKeyIdOf, basicConstraintsOf, keyUsageOf, subjectKeyIdOf } from '../x509/extensions.js'

/** An X.509 v3 certificate in the profile of AWS Nitro: P-384 key, ecdsa-with-SHA384. */
export interface P384Certificate extends CertificateParts {
  readonly isCa: boolean
  readonly pathLength: number | null
  readonly keyUsage: number
  /** Null where the certificate has none: AWS leaves it out of its end-entity certificates. */
  readonly subjectKeyId: Hex | null
  readonly authorityKeyId: Hex | null
}

/** DER of AlgorithmIdentifier { ecdsa-with-SHA384 } (RFC 5758 §3.2). */
export const ecdsaWithSha384: Uint8Array = Uint8Array.of(0x30, 10, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3)

/** DER of AlgorithmIdentifier { id-ecPublicKey, secp384r1 }. */
export const p384Algorithm: Uint8Array = Uint8Array.of(
  ...[0x30, 16, 0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06, 5, 0x2b, 0x81, 0x04, 0x00, 0x22],
)

const nitroProfile: CertificateProfile = {
  curve: 'P-384',
  coordinateLength: 48,
  keyAlgorithm: p384Algorithm,
  signatureName: 'ecdsa-with-SHA384',
  signatureAlgorithm: ecdsaWithSha384,
  maximumLength: 2048,
  extensions: Object.values(extensionOid),
}

/**
 * Reads one DER certificate of the Nitro profile, as strictly as Intel's are read.
 * @throws QuoteError `BAD_DER`, `BAD_CERTIFICATE`, `TOO_LARGE`
 */
export function parseP384Certificate(der: Uint8Array): P384Certificate {
  const { parts, extensions } = readCertificate(der, nitroProfile)
  const constraints = extensions.get(extensionOid.basicConstraints)
  const usage = extensions.get(extensionOid.keyUsage)
  if (constraints === undefined || usage === undefined) {
    throw new QuoteError('BAD_CERTIFICATE', 'basic constraints or key usage are missing')
  }
  const subjectKey = extensions.get(extensionOid.subjectKeyId)
  const authorityKey = extensions.get(extensionOid.authorityKeyId)
  return {
    ...parts,
    ...basicConstraintsOf(constraints.value),
    keyUsage: keyUsageOf(usage.value),
    subjectKeyId: subjectKey === undefined ? null : hexOf(subjectKeyIdOf(subjectKey.value)),
    authorityKeyId: authorityKey === undefined ? null : hexOf(authorityKeyIdOf(authorityKey.value)),
  }
}
