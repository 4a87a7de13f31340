import { type Hex, hexOf } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'
import { type CertificateParts, type CertificateProfile, extensionOid, readCertificate } from './certificate-parts.js'
import { ecdsaWithSha256 } from './ecdsa-signature.js'
import { authorityKeyIdOf, basicConstraintsOf, keyUsageOf, subjectKeyIdOf } from './extensions.js'
import { parseSgxExtension, type SgxExtension } from './sgx-extension.js'

/** An X.509 v3 certificate in Intel's profile: P-256 key, ecdsa-with-SHA256, the five standard extensions. */
export interface Certificate extends CertificateParts {
  readonly isCa: boolean
  readonly pathLength: number | null
  readonly keyUsage: number
  readonly subjectKeyId: Hex
  readonly authorityKeyId: Hex
  /** The SGX extension (OID 1.2.840.113741.1.13.1), which only a PCK certificate has. */
  readonly sgx: SgxExtension | null
}

const sgxOid = '1.2.840.113741.1.13.1'

/** DER of AlgorithmIdentifier { id-ecPublicKey, prime256v1 }. */
const p256Algorithm = Uint8Array.of(
  ...[0x30, 19, 0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
)

const intelProfile: CertificateProfile = {
  curve: 'P-256',
  coordinateLength: 32,
  keyAlgorithm: p256Algorithm,
  signatureName: 'ecdsa-with-SHA256',
  signatureAlgorithm: ecdsaWithSha256,
  maximumLength: 8192,
  extensions: [...Object.values(extensionOid), sgxOid],
}

/**
 * Reads one DER certificate of Intel's profile, as strictly as `readCertificate` does.
 * @throws QuoteError `BAD_DER`, `BAD_CERTIFICATE`, `BAD_SGX_EXTENSION`, `TOO_LARGE`
 */
export function parseCertificate(der: Uint8Array): Certificate {
  const { parts, extensions } = readCertificate(der, intelProfile)
  function required(name: 'subjectKeyId' | 'keyUsage' | 'basicConstraints' | 'authorityKeyId'): Uint8Array {
    const extension = extensions.get(extensionOid[name])
    if (extension === undefined) throw new QuoteError('BAD_CERTIFICATE', `extension ${name} is missing`)
    return extension.value
  }
  const sgx = extensions.get(sgxOid)
  return {
    ...parts,
    ...basicConstraintsOf(required('basicConstraints')),
    keyUsage: keyUsageOf(required('keyUsage')),
    subjectKeyId: hexOf(subjectKeyIdOf(required('subjectKeyId'))),
    authorityKeyId: hexOf(authorityKeyIdOf(required('authorityKeyId'))),
    sgx: sgx === undefined ? null : parseSgxExtension(sgx.value),
  }
}
