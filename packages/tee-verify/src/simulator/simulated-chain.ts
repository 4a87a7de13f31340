import { encodePemChain } from '../x509/pem.js'
import { createSigningKey, type SigningKey } from './signing-key.js'
import { encodeSgxExtension, encodeSimulatedCertificate, type SimulatedCertificate } from './simulated-certificate.js'
import { labelledBytes, simulatedHardware } from './simulated-hardware.js'

/** What is wrong with the certificates of a simulated platform. */
export type SimulatedChainFault =
  | 'pck-is-ca'
  | 'pck-may-certify'
  | 'pck-of-another-name'
  | 'pck-without-extension'
  | 'pck-expired'
  | 'pck-not-yet-valid'
  | 'pck-by-another-key'
  | 'pck-by-another-name'
  | 'unknown-extension'
  | 'ca-is-no-ca'
  | 'ca-may-not-certify'
  | 'ca-expired'
  | 'signer-under-pck-ca'
  | 'signer-of-another-name'
  | 'pck-signs-collateral'
  | 'foreign-root'
  | 'chain-out-of-order'

/** The name and the key of an authority. */
export interface Issuer {
  readonly commonName: string
  readonly key: SigningKey
}

/** The keys and certificates of a simulated platform. */
export interface SimulatedChain {
  readonly root: Issuer
  readonly pckCa: Issuer
  readonly pck: SigningKey
  readonly tcbSigner: SigningKey
  readonly attestation: SigningKey
  /** Whatever the fault is, the root that the platform is trusted under. */
  readonly rootCertificate: Uint8Array
  /** PEM: PCK, its CA, root. */
  readonly pckChain: string
  /** PEM: the CA of the PCK, root. */
  readonly pckCaChain: string
  /** PEM: signer, root. */
  readonly signerChain: string
}

/** The name and key of the root with this seed. */
export function simulatedRootOf(seed: Uint8Array): Issuer {
  return { commonName: 'Simulated SGX Root CA', key: createSigningKey(seed, 'root') }
}

/** The certificate of the root with this seed, DER. */
export function simulatedRootCertificateOf(root: Issuer): Uint8Array {
  return encodeSimulatedCertificate({ ...root, issuer: root, pathLength: 1 })
}

/** Derives all keys of a platform from its seed and writes its certificates, with one fault if one is named. */
export function createSimulatedChain(options: {
  readonly seed: Uint8Array
  readonly ca: 'platform' | 'processor'
  readonly now: bigint
  readonly fault: SimulatedChainFault | undefined
}): SimulatedChain {
  const { seed, ca, now, fault } = options
  const root = simulatedRootOf(seed)
  const name = ca === 'platform' ? 'Platform' : 'Processor'
  const pckCa: Issuer = {
    commonName: `Simulated SGX PCK ${name} CA`,
    key: createSigningKey(seed, ca === 'platform' ? 'PCK CA' : 'PCK Processor CA'),
  }
  const pck = createSigningKey(seed, 'PCK')
  const tcbSigner = createSigningKey(seed, 'TCB signer')
  const when = (wanted: SimulatedChainFault, changes: Partial<SimulatedCertificate>): Partial<SimulatedCertificate> =>
    fault === wanted ? changes : {}
  const rootCertificate = simulatedRootCertificateOf(root)
  const shownRoot =
    fault === 'foreign-root' ? simulatedRootCertificateOf(simulatedRootOf(labelledBytes('foreign'))) : rootCertificate
  const pckCaCertificate = encodeSimulatedCertificate({
    ...pckCa,
    issuer: root,
    pathLength: 0,
    ...when('ca-is-no-ca', { isCa: false, mayCertify: true }),
    ...when('ca-may-not-certify', { mayCertify: false }),
    ...when('ca-expired', { notAfter: now - 1n }),
  })
  const sgx = encodeSgxExtension({
    ...simulatedHardware,
    ppid: labelledBytes('PPID', seed).subarray(0, 16),
    instanceId: ca === 'platform' ? labelledBytes('instance', seed).subarray(0, 16) : null,
  })
  const pckName = fault === 'pck-of-another-name' ? 'Simulated SGX Certificate' : 'Simulated SGX PCK Certificate'
  const pckCertificate = encodeSimulatedCertificate({
    commonName: pckName,
    key: pck,
    issuer: fault === 'pck-by-another-key' ? { ...pckCa, key: { ...pckCa.key, signDer: tcbSigner.signDer } } : pckCa,
    ...(fault === 'pck-without-extension' ? {} : { sgx }),
    ...when('pck-is-ca', { isCa: true, mayCertify: false }),
    ...when('pck-may-certify', { mayCertify: true }),
    ...when('pck-expired', { notAfter: now - 1n }),
    ...when('pck-not-yet-valid', { notBefore: now + 1n }),
    ...when('pck-by-another-name', { issuerName: 'Another SGX PCK Platform CA' }),
    ...when('unknown-extension', { hasUnknownExtension: true }),
  })
  const signerCertificate = encodeSimulatedCertificate({
    commonName: fault === 'signer-of-another-name' ? 'Simulated SGX Signing' : 'Simulated SGX TCB Signing',
    key: tcbSigner,
    issuer: fault === 'signer-under-pck-ca' ? pckCa : root,
  })
  const shownSigner = fault === 'pck-signs-collateral' ? pckCertificate : signerCertificate
  const order = [pckCertificate, pckCaCertificate, shownRoot]
  return {
    root,
    pckCa,
    pck,
    tcbSigner: fault === 'pck-signs-collateral' ? pck : tcbSigner,
    attestation: createSigningKey(seed, 'attestation'),
    rootCertificate,
    pckChain: encodePemChain(fault === 'chain-out-of-order' ? [pckCaCertificate, pckCertificate, shownRoot] : order),
    pckCaChain: encodePemChain([pckCaCertificate, shownRoot]),
    signerChain: encodePemChain([shownSigner, shownRoot]),
  }
}
