import { equalBytes } from '../bytes/equal-bytes.js'
import type { Hex } from '../bytes/hex.js'
import type { Collateral } from '../collateral/collateral.js'
import type { TcbStatus } from '../collateral/tcb-status.js'
import type { QuoteEvidence } from '../quote/quote-evidence.js'
import type { TdReport } from '../quote/td-report.js'
import { intelRoot, platformOf, type TrustRoot, type TrustRootPlatform } from '../trust-root.js'
import { type VerifyP256, verifyP256 } from '../x509/verify-p256.js'
import {
  checkCertificateSignatures,
  checkCertificateValidity,
  checkRevocation,
  checkRevocationLists,
  checkRoles,
} from './check-certificates.js'
import { checkPlatformMatch, checkQeIdentity, checkTcbInfo } from './check-documents.js'
import {
  checkAttestationKey,
  checkQeMatch,
  checkQeReportSignature,
  checkQuoteSignature,
} from './check-quoting-enclave.js'
import { checkTdxModule, evaluateTcb, type TcbEvaluation } from './evaluate-tcb.js'
import { earliestOf } from './validity.js'
import type { Verification } from './verification.js'
import type { CheckFailure, QuoteRejectionCode, VerifyStep, VerifyStepName } from './verify-step.js'

/** What the judgement of a quote depends on besides the quote. */
export interface VerifyQuoteOptions {
  readonly collateral: Collateral
  /** Unix seconds. Nothing in this package reads a clock. */
  readonly now: bigint
  /** Intel's root unless another is named. */
  readonly trustRoot?: TrustRoot
  /** A faster P-256, such as the runtime's own; the portable one when left out. */
  readonly verifyP256?: VerifyP256
}

/** The machine that signed a quote, as its PCK certificate names it. Hooks for allow-lists; not a judgement. */
export interface HardwareIdentity {
  readonly fmspc: Hex
  readonly pceId: Hex
  readonly ppid: Hex
  readonly platformInstanceId: Hex | null
  readonly pckSerialNumber: Hex
}

/** What every accepted quote states, whatever its subject is. */
export interface AcceptedEvidence {
  readonly ok: true
  /** `intel` only for Intel's production root. */
  readonly platform: TrustRootPlatform
  readonly tcbStatus: TcbStatus
  /** Of the launch and the current TCB, each once. */
  readonly advisoryIds: readonly string[]
  readonly tcb: TcbEvaluation
  readonly hardware: HardwareIdentity
  /** Unix seconds: the last one at which all certificates, lists and documents are valid. */
  readonly expiresAt: bigint
  readonly steps: readonly VerifyStep[]
}

/** A quote that is not accepted. */
export interface RejectedEvidence {
  readonly ok: false
  readonly code: QuoteRejectionCode
  readonly detail: string
  /** Known only when the rejection is because of it. */
  readonly tcbStatus: TcbStatus | null
  /** The last one is the check that failed. */
  readonly steps: readonly VerifyStep[]
}

const checks: readonly (readonly [VerifyStepName, (verification: Verification) => CheckFailure | undefined, string])[] =
  [
    ['certificate-roles', checkRoles, 'each certificate has the name, issuer and usage of its role'],
    ['certificate-validity', checkCertificateValidity, 'all certificates are valid at this time'],
    ['certificate-signatures', checkCertificateSignatures, 'each certificate is signed by its issuer'],
    ['revocation-lists', checkRevocationLists, 'both revocation lists are signed and fresh'],
    ['revocation', checkRevocation, 'no certificate is revoked'],
    ['tcb-info', checkTcbInfo, 'TCB Info is signed and fresh'],
    ['qe-identity', checkQeIdentity, 'the QE identity is signed and fresh'],
    ['platform-match', checkPlatformMatch, 'the collateral is for this platform'],
    ['qe-report-signature', checkQeReportSignature, 'the QE report is signed by the PCK key'],
    ['attestation-key', checkAttestationKey, 'the QE report commits to the attestation key'],
    ['qe-match', checkQeMatch, 'the quoting enclave is the one that Intel identified'],
    ['tdx-module', checkTdxModule, 'the TDX module is one that Intel identified'],
    ['quote-signature', checkQuoteSignature, 'the quote is signed by the attestation key'],
  ]

/** Runs all checks on a quote of either kind; `td` is null for an SGX quote. */
export function verifyEvidence(
  subject: { readonly evidence: QuoteEvidence; readonly td: TdReport | null },
  options: VerifyQuoteOptions,
): AcceptedEvidence | RejectedEvidence {
  const { collateral, now, trustRoot = intelRoot } = options
  const steps: VerifyStep[] = []
  const pass = (name: VerifyStepName, detail: string): void => {
    steps.push({ name, ok: true, detail })
  }
  const reject = (
    name: VerifyStepName,
    failure: CheckFailure,
    tcbStatus: TcbStatus | null = null,
  ): RejectedEvidence => ({
    ok: false,
    ...failure,
    tcbStatus,
    steps: [...steps, { name, ok: false, ...failure }],
  })

  if (typeof now !== 'bigint' || now < 0n) {
    return reject('clock', { code: 'INVALID_TIME', detail: 'now must be a bigint of unix seconds' })
  }
  pass('clock', `judged at ${now}`)

  const roles = rolesOf(subject.evidence, { collateral, trustRoot })
  if ('code' in roles) return reject('trust-root', roles)
  const platform = platformOf(trustRoot)
  pass(
    'trust-root',
    platform === 'intel' ? 'all chains end in the pinned root of Intel' : 'all chains end in a simulated root',
  )

  const verification = { ...subject, collateral, now, ...roles, verifyP256: options.verifyP256 ?? verifyP256 }
  for (const [name, check, detail] of checks) {
    const failure = check(verification)
    if (failure !== undefined) return reject(name, failure)
    pass(name, detail)
  }

  const evaluation = evaluateTcb(verification)
  if (!evaluation.ok) return reject('tcb-level', evaluation.failure)
  const tcb = evaluation.value
  if (tcb.status === 'Revoked') {
    return reject('tcb-level', { code: 'TCB_REVOKED', detail: 'Intel has revoked this TCB level' }, tcb.status)
  }
  pass('tcb-level', `the TCB is ${tcb.status}`)
  const { sgx } = verification
  return {
    ok: true,
    platform,
    tcbStatus: tcb.status,
    advisoryIds: [...new Set([...tcb.launch.advisoryIds, ...tcb.current.advisoryIds])],
    tcb,
    hardware: {
      fmspc: sgx.fmspc,
      pceId: sgx.pceId,
      ppid: sgx.ppid,
      platformInstanceId: sgx.platformInstanceId,
      pckSerialNumber: verification.roles.pck.serialNumber,
    },
    expiresAt: expiryOf(verification),
    steps,
  }
}

/** Gives each certificate its one role: PCK, its CA, root; signer, root; every root equal to the trusted one, byte for byte. */
function rolesOf(
  evidence: QuoteEvidence,
  { collateral, trustRoot }: { readonly collateral: Collateral; readonly trustRoot: TrustRoot },
): Pick<Verification, 'roles' | 'sgx'> | CheckFailure {
  const chains = [evidence.pckChain, collateral.tcbInfo.issuerChain, collateral.qeIdentity.issuerChain]
  for (const chain of chains) {
    const root = chain.at(-1)
    if (root === undefined || !equalBytes(root.der, trustRoot.certificate)) {
      return { code: 'ROOT_NOT_TRUSTED', detail: 'a certificate chain does not end in the trusted root' }
    }
  }
  const [pck, pckCa, root, ...others] = evidence.pckChain
  const [tcbInfoSigner, tcbRoot, ...tcbOthers] = collateral.tcbInfo.issuerChain
  const [qeIdentitySigner, qeRoot, ...qeOthers] = collateral.qeIdentity.issuerChain
  if (
    pck === undefined ||
    pckCa === undefined ||
    root === undefined ||
    tcbInfoSigner === undefined ||
    tcbRoot === undefined ||
    qeIdentitySigner === undefined ||
    qeRoot === undefined ||
    others.length + tcbOthers.length + qeOthers.length > 0
  ) {
    return { code: 'CHAIN_SHAPE', detail: 'expected three certificates in the quote and two for each document' }
  }
  if (pck.sgx === null)
    return { code: 'CERTIFICATE_ROLE', detail: 'the first certificate of the quote is no PCK certificate' }
  return { roles: { root, pckCa, pck, tcbInfoSigner, qeIdentitySigner }, sgx: pck.sgx }
}

function expiryOf({ roles, collateral }: Verification): bigint {
  return earliestOf([
    collateral.rootCrl.nextUpdate,
    collateral.pckCrl.nextUpdate,
    collateral.tcbInfo.content.nextUpdate,
    collateral.qeIdentity.content.nextUpdate,
    ...Object.values(roles).map((certificate) => certificate.notAfter),
  ])
}
