import { equalBytes } from '../bytes/equal-bytes.js'
import { type Hex, hexOf } from '../bytes/hex.js'
import type { Collateral } from '../collateral/collateral.js'
import type { TcbStatus } from '../collateral/tcb-status.js'
import type { CryptoBackend } from '../crypto/crypto-backend.js'
import type { QuoteEvidence } from '../quote/quote-evidence.js'
import type { TdReport } from '../quote/td-report.js'
import { intelRoot, platformOf, type TrustRoot, type TrustRootPlatform } from '../trust-root.js'
import {
  checkCertificateSignatures,
  checkCertificateValidity,
  checkRevocation,
  checkRevocationLists,
  checkRoles,
} from './check-certificates.js'
import { checkPlatformMatch, checkQeIdentity, checkRollback, checkTcbInfo } from './check-documents.js'
import {
  checkAttestationKey,
  checkQeMatch,
  checkQeReportSignature,
  checkQuoteSignature,
} from './check-quoting-enclave.js'
import { checkTdxModule, evaluateTcb, onceEach, type TcbEvaluation } from './evaluate-tcb.js'
import { earliestOf } from './validity.js'
import type { EvaluationFloors, Roles, Verification } from './verification.js'
import {
  type CheckFailure,
  type CheckOutcome,
  type QuoteRejectionCode,
  type VerifyStep,
  type VerifyStepName,
  verifyStepNames,
} from './verify-step.js'

/** What the judgement of a quote depends on besides the quote. */
export interface JudgeOptions {
  readonly collateral: Collateral
  /** Unix seconds. Nothing in this package reads a clock. */
  readonly now: bigint
  /** Intel's root unless another is named. */
  readonly trustRoot?: TrustRoot
  /**
   * The least `tcbEvaluationDataNumber` of TCB Info and QE identity: refuses collateral from before a TCB recovery that the
   * caller knows of. Not checked when left out.
   */
  readonly minimumEvaluationDataNumber?: number
}

/** Everything that a judgement depends on besides the quote. */
export interface JudgeSettings extends JudgeOptions {
  readonly crypto: CryptoBackend
  /** In place of `minimumEvaluationDataNumber` where each document has its own. */
  readonly floors?: EvaluationFloors
  /** What was found before for this very collateral, root and quoting enclave; is added to. */
  readonly settled?: Settled
}

/** What follows from collateral, root and quoting enclave alone: it need not be found again while these are kept. */
export interface Settled {
  /** The timeless checks that passed. */
  readonly passed: Set<VerifyStepName>
  platform: PlatformEvidence | null
}

/** The certificates in their roles and what they say of the machine. */
interface PlatformEvidence extends Pick<Verification, 'roles' | 'sgx'> {
  readonly label: TrustRootPlatform
  readonly hardware: HardwareIdentity
  readonly expiresAt: bigint
}

/** The machine that signed a quote, as its PCK certificate names it. Hooks for allow-lists; not a judgement. */
export interface HardwareIdentity {
  readonly fmspc: Hex
  readonly pceId: Hex
  readonly ppid: Hex
  /** SHA-256 of the PPID: the name under which registries of machines list it. */
  readonly ppidSha256: Hex
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
  /** The checks that do not apply: `rollback` when no number was demanded, `tdx-module` for an SGX quote. */
  readonly notChecked: readonly VerifyStepName[]
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
  /** The checks that were not made, most of them because an earlier one failed. */
  readonly notChecked: readonly VerifyStepName[]
}

interface Check {
  readonly run: (verification: Verification) => CheckOutcome
  /** What to list when it finds nothing wrong. */
  readonly passed: VerifyStep
}

/**
 * Checks whose outcome follows from the collateral, the root and the quoting enclave alone: no time, no TD, no other state.
 * A verifier that keeps these three need not repeat them.
 */
const timelessChecks: ReadonlySet<VerifyStepName> = new Set([
  'certificate-roles',
  'certificate-signatures',
  'revocation',
  'platform-match',
  'qe-report-signature',
  'attestation-key',
  'qe-match',
] as const)

const checks: readonly Check[] = (
  [
    ['certificate-roles', checkRoles, 'each certificate has the name, issuer and usage of its role'],
    ['certificate-validity', checkCertificateValidity, 'all certificates are valid at this time'],
    ['certificate-signatures', checkCertificateSignatures, 'each certificate is signed by its issuer'],
    ['revocation-lists', checkRevocationLists, 'both revocation lists are signed and fresh'],
    ['revocation', checkRevocation, 'no certificate is revoked'],
    ['tcb-info', checkTcbInfo, 'TCB Info is signed and fresh'],
    ['qe-identity', checkQeIdentity, 'the QE identity is signed and fresh'],
    ['rollback', checkRollback, 'the collateral is not older than what was demanded or seen'],
    ['platform-match', checkPlatformMatch, 'the collateral is for this platform'],
    ['qe-report-signature', checkQeReportSignature, 'the QE report is signed by the PCK key'],
    ['attestation-key', checkAttestationKey, 'the QE report commits to the attestation key'],
    ['qe-match', checkQeMatch, 'the quoting enclave is the one that Intel identified'],
    ['tdx-module', checkTdxModule, 'the TDX module is one that Intel identified'],
    ['quote-signature', checkQuoteSignature, 'the quote is signed by the attestation key'],
  ] as const
).map(([name, run, detail]) => ({ run, passed: Object.freeze({ name, ok: true, detail }) }))

/** Runs all checks on a quote of either kind; `td` is null for an SGX quote. */
export function verifyEvidence(
  subject: { readonly evidence: QuoteEvidence; readonly td: TdReport | null },
  options: JudgeSettings,
): AcceptedEvidence | RejectedEvidence {
  const { collateral, now, trustRoot = intelRoot, crypto, settled, minimumEvaluationDataNumber: minimum } = options
  const floors = options.floors ?? (minimum === undefined ? null : { tcbInfo: minimum, qeIdentity: minimum })
  const steps: VerifyStep[] = []
  const skipped: VerifyStepName[] = []
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
    notChecked: verifyStepNames.filter((known) => known !== name && steps.every((step) => step.name !== known)),
  })

  if (typeof now !== 'bigint' || now < 0n) {
    return reject('clock', { code: 'INVALID_TIME', detail: 'now must be a bigint of unix seconds' })
  }
  pass('clock', `judged at ${now}`)

  const platform = settled?.platform ?? platformEvidenceOf(subject.evidence, { collateral, trustRoot, crypto })
  if ('code' in platform) return reject('trust-root', platform)
  if (settled !== undefined) settled.platform = platform
  const { label, hardware, expiresAt, roles, sgx } = platform
  pass(
    'trust-root',
    label === 'intel' ? 'all chains end in the pinned root of Intel' : 'all chains end in a simulated root',
  )

  const { evidence, td } = subject
  const verification = { evidence, td, collateral, now, roles, sgx, crypto, floors }
  for (const { run, passed } of checks) {
    const { name } = passed
    const outcome = settled?.passed.has(name) ? undefined : run(verification)
    if (outcome === 'not-checked') skipped.push(name)
    else if (outcome !== undefined) return reject(name, outcome)
    else {
      steps.push(passed)
      if (timelessChecks.has(name)) settled?.passed.add(name)
    }
  }

  const evaluation = evaluateTcb(verification)
  if (!evaluation.ok) return reject('tcb-level', evaluation.failure)
  const tcb = evaluation.value
  if (tcb.status === 'Revoked') {
    return reject('tcb-level', { code: 'TCB_REVOKED', detail: 'Intel has revoked this TCB level' }, tcb.status)
  }
  pass('tcb-level', `the TCB is ${tcb.status}`)
  return {
    ok: true,
    platform: label,
    tcbStatus: tcb.status,
    advisoryIds: onceEach([tcb.launch, tcb.current]),
    tcb,
    hardware,
    expiresAt,
    steps,
    notChecked: skipped,
  }
}

function platformEvidenceOf(
  evidence: QuoteEvidence,
  options: { readonly collateral: Collateral; readonly trustRoot: TrustRoot; readonly crypto: CryptoBackend },
): PlatformEvidence | CheckFailure {
  const chain = rolesOf(evidence, options)
  if ('code' in chain) return chain
  const { roles, sgx } = chain
  const hardware = Object.freeze({
    fmspc: sgx.fmspc,
    pceId: sgx.pceId,
    ppid: sgx.ppid,
    ppidSha256: hexOf(options.crypto.sha256(sgx.ppidBytes)),
    platformInstanceId: sgx.platformInstanceId,
    pckSerialNumber: roles.pck.serialNumber,
  })
  const expiresAt = expiryOf(roles, options.collateral)
  return { roles, sgx, label: platformOf(options.trustRoot), hardware, expiresAt }
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

function expiryOf(roles: Roles, collateral: Collateral): bigint {
  return earliestOf([
    collateral.rootCrl.nextUpdate,
    collateral.pckCrl.nextUpdate,
    collateral.tcbInfo.content.nextUpdate,
    collateral.qeIdentity.content.nextUpdate,
    ...Object.values(roles).map((certificate) => certificate.notAfter),
  ])
}
