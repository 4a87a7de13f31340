import { equalBytes } from '../bytes/equal-bytes.js'
import type { Hex } from '../bytes/hex.js'
import { judgeWithAnswers } from '../crypto/answer-checks.js'
import { keyUsageBit } from '../x509/extensions.js'
import type { AttestationDocument } from './attestation-document.js'
import { signedBytesOf } from './cose-sign1.js'
import { awsNitroRoot, type NitroPlatform, type NitroTrustRoot, nitroPlatformOf } from './nitro-root.js'
import type { P384Certificate } from './p384-certificate.js'
import { createWebP384, type VerifyP384, type VerifyP384Async, verifyP384 } from './verify-p384.js'

/** What the judgement of a document depends on besides the document. */
export interface VerifyAttestationDocumentOptions {
  /** Unix seconds. Nothing in this package reads a clock. */
  readonly now: bigint
  /** AWS's root unless another is named. */
  readonly trustRoot?: NitroTrustRoot
  /**
   * Whether a certificate is known to be revoked; asked for each one below the root, and only `false` is no. Attestation documents
   * carry no revocation lists, and AWS says to verify them without. Not checked when left out.
   */
  readonly isRevoked?: (certificate: P384Certificate) => boolean
  /** A faster P-384, such as `nodeP384` of `@og/tee-verify/node`; the portable one when left out. */
  readonly verifyP384?: VerifyP384
}

/** The same for `verifyAttestationDocumentAsync`. */
export interface VerifyAttestationDocumentAsyncOptions extends Omit<VerifyAttestationDocumentOptions, 'verifyP384'> {
  /** Default: the WebCrypto of the runtime. */
  readonly verifyP384?: VerifyP384Async
}

/** The named checks of `verifyAttestationDocument`, in the order in which they run. */
export const nitroStepNames = [
  'clock',
  'trust-root',
  'certificate-roles',
  'certificate-validity',
  'document-signature',
  'certificate-signatures',
  'revocation',
  'module',
  'timestamp',
] as const

/** The name of one check of `verifyAttestationDocument`. */
export type NitroStepName = (typeof nitroStepNames)[number]

/** Why a document is not accepted. */
export type NitroRejectionCode =
  | 'INVALID_TIME'
  | 'ROOT_NOT_TRUSTED'
  | 'CHAIN_SHAPE'
  | 'CERTIFICATE_ROLE'
  | 'CERTIFICATE_ISSUER'
  | 'CERTIFICATE_EXPIRED'
  | 'CERTIFICATE_NOT_YET_VALID'
  | 'CERTIFICATE_SIGNATURE'
  | 'CERTIFICATE_REVOKED'
  | 'DOCUMENT_SIGNATURE'
  | 'MODULE_MISMATCH'
  | 'TIMESTAMP_MISMATCH'

/** One check that ran; the steps of a rejection end with the one that failed. */
export type NitroStep =
  | { readonly name: NitroStepName; readonly ok: true; readonly detail: string }
  | { readonly name: NitroStepName; readonly ok: false; readonly code: NitroRejectionCode; readonly detail: string }

/** What AWS (or a simulator) vouches for. */
export interface EnclaveStatement {
  readonly moduleId: string
  /** Unix milliseconds. */
  readonly timestampMs: bigint
  readonly pcrs: ReadonlyMap<number, Hex>
  /** Whether the enclave runs under debug: its host reads its console, and its registers 0 to 2 are zero. */
  readonly debug: boolean
  readonly publicKey: Hex | null
  readonly userData: Hex | null
  readonly nonce: Hex | null
}

/** A genuine attestation document. Whether to trust the enclave is policy: `checkEnclavePolicy`. */
export interface AcceptedDocument {
  readonly ok: true
  /** `aws-nitro` only for AWS's production root. */
  readonly platform: NitroPlatform
  readonly enclave: EnclaveStatement
  /** Unix seconds: the last one at which all certificates are valid, usually three hours after the start of the enclave's key. */
  readonly expiresAt: bigint
  readonly steps: readonly NitroStep[]
  /** `revocation`, unless `isRevoked` was given. */
  readonly notChecked: readonly NitroStepName[]
}

/** The judgement of `verifyAttestationDocument`. */
export type NitroVerdict =
  | AcceptedDocument
  | {
      readonly ok: false
      readonly code: NitroRejectionCode
      readonly detail: string
      /** The last one is the check that failed. */
      readonly steps: readonly NitroStep[]
      /** The checks that were not made, most of them because an earlier one failed. */
      readonly notChecked: readonly NitroStepName[]
    }

interface Failure {
  readonly code: NitroRejectionCode
  readonly detail: string
}

interface Verification {
  readonly document: AttestationDocument
  /** What the signature of the document covers. */
  readonly signed: Uint8Array
  /** From the certificate that signed the document up to the root. */
  readonly chain: readonly P384Certificate[]
  readonly now: bigint
  readonly verifyP384: VerifyP384
  readonly isRevoked: VerifyAttestationDocumentOptions['isRevoked']
}

/** How far the hypervisor's clock may be ahead of `now`. */
const clockSkewSeconds = 60n
const zeroRegister = `0x${'00'.repeat(48)}`

/** What one check finds: nothing wrong, a failure, or that it was not asked for. */
type Outcome = Failure | undefined | 'not-checked'

const checks: readonly (readonly [NitroStepName, (verification: Verification) => Outcome, string])[] = [
  ['certificate-roles', checkRoles, 'each certificate names its issuer and may do what it does'],
  ['certificate-validity', checkValidity, 'all certificates are valid at this time'],
  ['document-signature', checkDocumentSignature, 'the document is signed by the key of its certificate'],
  ['certificate-signatures', checkSignatures, 'each certificate is signed by its issuer'],
  ['revocation', checkRevocation, 'no certificate is known to be revoked'],
  ['module', checkModule, 'the certificate is that of the module'],
  ['timestamp', checkTimestamp, 'the document was made while its certificate was valid, and not in the future'],
]

/**
 * Judges whether an attestation document is genuine: every signature from the pinned root down to the document, and all validities
 * at `now`. It says nothing about *which* image runs, nor whether it runs under debug: that is `checkEnclavePolicy`.
 *
 * @example
 * const verdict = verifyAttestationDocument(parseAttestationDocument(bytes), { now: 1770062700n })
 * // { ok: true, platform: 'aws-nitro', enclave: { moduleId: 'i-0340…-enc019c…', pcrs, debug: false, … }, expiresAt, … }
 */
export function verifyAttestationDocument(
  document: AttestationDocument,
  options: VerifyAttestationDocumentOptions,
): NitroVerdict {
  const signed = signedBytesOf(document.message.payload)
  return judge(document, { ...options, signed, verifyP384: options.verifyP384 ?? verifyP384 })
}

type Settings = VerifyAttestationDocumentOptions & Pick<Verification, 'signed' | 'verifyP384'>

function judge(document: AttestationDocument, settings: Settings): NitroVerdict {
  const { now, trustRoot = awsNitroRoot, signed, verifyP384, isRevoked } = settings
  const steps: NitroStep[] = []
  const reject = (name: NitroStepName, { code, detail }: Failure): NitroVerdict => ({
    ok: false,
    code,
    detail,
    steps: [...steps, { name, ok: false, code, detail }],
    notChecked: nitroStepNames.filter((known) => known !== name && steps.every((step) => step.name !== known)),
  })
  if (typeof now !== 'bigint' || now < 0n) {
    return reject('clock', { code: 'INVALID_TIME', detail: 'now must be a bigint of unix seconds' })
  }
  steps.push({ name: 'clock', ok: true, detail: `judged at ${now}` })

  const [root, ...others] = document.caBundle
  if (root === undefined || !equalBytes(root.der, trustRoot.certificate)) {
    return reject('trust-root', { code: 'ROOT_NOT_TRUSTED', detail: 'the bundle does not start with the trusted root' })
  }
  if (others.length === 0) {
    return reject('trust-root', { code: 'CHAIN_SHAPE', detail: 'the root itself does not sign for enclaves' })
  }
  const platform = nitroPlatformOf(trustRoot)
  steps.push({ name: 'trust-root', ok: true, detail: `the chain ends in the root of ${platform}` })

  const chain = [document.certificate, ...others.reverse(), root]
  const verification = { document, signed, chain, now, isRevoked, verifyP384 }
  const notChecked: NitroStepName[] = []
  for (const [name, check, detail] of checks) {
    const outcome = check(verification)
    if (outcome === 'not-checked') notChecked.push(name)
    else if (outcome !== undefined) return reject(name, outcome)
    else steps.push({ name, ok: true, detail })
  }
  const { moduleId, timestampMs, pcrs, publicKey, userData, nonce } = document
  const debug = [0, 1, 2].some((index) => pcrs.get(index) === zeroRegister)
  const enclave = { moduleId, timestampMs, pcrs, debug, publicKey, userData, nonce }
  return { ok: true, platform, enclave, expiresAt: expiryOf(chain), steps, notChecked }
}

/** The verdict of `verifyAttestationDocument` on asynchronous cryptography: WebCrypto, in browsers as in Node. */
export function verifyAttestationDocumentAsync(
  document: AttestationDocument,
  options: VerifyAttestationDocumentAsyncOptions,
): Promise<NitroVerdict> {
  const { verifyP384: verify = createWebP384(), ...others } = options
  const signed = signedBytesOf(document.message.payload)
  return judgeWithAnswers(verify, (answer) => judge(document, { ...others, signed, verifyP384: answer }))
}

function checkRoles({ chain }: Verification): Failure | undefined {
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1] ?? certificate
    const title = `certificate ${index} ("${certificate.commonName}")`
    const isNamed = equalBytes(certificate.issuer, issuer.subject)
    // AWS leaves the key identifiers out of some certificates; where one is given it must be the issuer's.
    if (!isNamed || (certificate.authorityKeyId !== null && certificate.authorityKeyId !== issuer.subjectKeyId)) {
      return { code: 'CERTIFICATE_ISSUER', detail: `${title} does not name its issuer` }
    }
    const reason = index === 0 ? endEntityFault(certificate) : authorityFault(certificate, index - 1)
    if (reason !== undefined) return { code: 'CERTIFICATE_ROLE', detail: `${title} ${reason}` }
  }
  return undefined
}

function endEntityFault({ isCa, pathLength, keyUsage }: P384Certificate): string | undefined {
  if (isCa || pathLength !== null) return 'is a CA'
  if ((keyUsage & (keyUsageBit.keyCertSign | keyUsageBit.crlSign)) !== 0) return 'may sign certificates'
  return (keyUsage & keyUsageBit.digitalSignature) !== 0 ? undefined : 'may not sign data'
}

function authorityFault({ isCa, pathLength, keyUsage }: P384Certificate, authoritiesBelow: number): string | undefined {
  if (!isCa) return 'is not a CA'
  if (pathLength !== null && pathLength < authoritiesBelow) return `allows ${pathLength} CAs below it`
  return (keyUsage & keyUsageBit.keyCertSign) !== 0 ? undefined : 'may not sign certificates'
}

function checkValidity({ chain, now }: Verification): Failure | undefined {
  for (const { commonName, notBefore, notAfter } of chain) {
    if (now < notBefore) {
      const detail = `"${commonName}" is valid from ${notBefore}, and it is ${now}`
      return { code: 'CERTIFICATE_NOT_YET_VALID', detail }
    }
    if (now > notAfter) {
      return { code: 'CERTIFICATE_EXPIRED', detail: `"${commonName}" was valid until ${notAfter}, and it is ${now}` }
    }
  }
  return undefined
}

function checkDocumentSignature({ document, signed, verifyP384 }: Verification): Failure | undefined {
  const { signature } = document.message
  const { publicKey } = document.certificate
  const isSigned = verifyP384({ publicKey, message: signed, signature })
  const detail = 'the document is not signed by the key of its certificate'
  return isSigned ? undefined : { code: 'DOCUMENT_SIGNATURE', detail }
}

/** Checks every certificate's signature under its issuer's key. The root is pinned byte for byte instead. */
function checkSignatures({ chain, verifyP384 }: Verification): Failure | undefined {
  for (const [index, { signed, signature, commonName }] of chain.entries()) {
    const issuer = chain[index + 1]
    if (issuer !== undefined && !verifyP384({ publicKey: issuer.publicKey, message: signed, signature })) {
      return { code: 'CERTIFICATE_SIGNATURE', detail: `"${commonName}" is not signed by its issuer` }
    }
  }
  return undefined
}

function checkRevocation({ chain, isRevoked }: Verification): Outcome {
  if (isRevoked === undefined) return 'not-checked'
  // A promise is no answer: only `false` is.
  const revoked = chain.slice(0, -1).find((certificate) => isRevoked(certificate) !== false)
  return revoked === undefined
    ? undefined
    : { code: 'CERTIFICATE_REVOKED', detail: `"${revoked.commonName}" ${revoked.serialNumber} is revoked` }
}

/** AWS names the end-entity certificate `<module id>.<region>.aws`. */
function checkModule({ document }: Verification): Failure | undefined {
  const { moduleId, certificate } = document
  const isOwn = certificate.commonName.startsWith(`${moduleId}.`)
  const detail = `module ${moduleId} signs with the certificate of "${certificate.commonName}"`
  return isOwn ? undefined : { code: 'MODULE_MISMATCH', detail }
}

function checkTimestamp({ document, now }: Verification): Failure | undefined {
  const made = document.timestampMs / 1000n
  const { notBefore, notAfter } = document.certificate
  if (made < notBefore || made > notAfter) {
    return { code: 'TIMESTAMP_MISMATCH', detail: `made at ${made}, outside the validity of its certificate` }
  }
  if (made > now + clockSkewSeconds) {
    return { code: 'TIMESTAMP_MISMATCH', detail: `made at ${made}, and it is ${now}` }
  }
  return undefined
}

function expiryOf(chain: readonly P384Certificate[]): bigint {
  return chain.map(({ notAfter }) => notAfter).sort((left, right) => Number(left - right))[0] ?? 0n
}
