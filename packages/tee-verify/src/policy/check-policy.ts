import type { Hex } from '../bytes/hex.js'
import type { TcbStatus } from '../collateral/tcb-status.js'
import type { TdAttribute } from '../quote/td-attributes.js'
import type { TdReport } from '../quote/td-report.js'
import type { TrustRootPlatform } from '../trust-root.js'
import type { AcceptedQuote, QuoteVerdict } from '../verify/judge-quote.js'
import type { HardwareIdentity } from '../verify/verify-evidence.js'

/** The measurements of one release, compared as a whole so that parts of two releases cannot be mixed. */
export interface MeasurementTuple {
  readonly mrTd: Hex
  readonly rtMr0: Hex
  readonly rtMr1: Hex
  readonly rtMr2: Hex
  /** Extended by the software at run time; compared where given. */
  readonly rtMr3?: Hex
}

/** The measurements of one release and, where given, the identity that its owner gave the TD. */
export interface ReleaseMeasurements extends MeasurementTuple {
  readonly mrConfigId?: Hex
  readonly mrOwner?: Hex
  readonly mrOwnerConfig?: Hex
  /** The hash of the service TDs bound to the TD, zero when there are none: a release that names it may have them. */
  readonly mrServiceTd?: Hex
}

/** A TCB status that a policy may accept: a revoked one cannot be. */
export type AcceptableTcbStatus = Exclude<TcbStatus, 'Revoked'>

/** What a caller demands of a genuine quote. What it must name, it must name: there is no default for who may run. */
export interface QuotePolicy {
  /** The releases that may run, or the explicit waiver. */
  readonly measurements: readonly ReleaseMeasurements[] | 'any-measurement'
  /** All 64 bytes of report data, or the explicit waiver. */
  readonly reportData: Hex | 'any-report-data'
  /** Default: Intel only. */
  readonly trustRoots?: readonly TrustRootPlatform[]
  /** Default: `UpToDate` only. Holds for the status of the verdict, which combines launch and current TCB as Intel does. */
  readonly tcbStatuses?: readonly AcceptableTcbStatus[]
  /**
   * `required`: the TCB that runs now must also by itself have one of `tcbStatuses`. Default `optional`, Intel's verdict: a TD
   * launched on an up-to-date TDX module is up to date even if the module that runs now were not.
   */
  readonly currentTcb?: 'required' | 'optional'
  /** Default: refused. A TD under debug has no secrets. */
  readonly allowDebug?: false | 'allow-debug'
  /** TD attributes allowed besides `SEPT_VE_DISABLE` and `PKS`; all others, and unnamed bits, are refused. */
  readonly allowedAttributes?: readonly Exclude<TdAttribute, 'DEBUG'>[]
  /** Default: `required`. Some clouds (Azure) run their TDs without it. */
  readonly septVeDisable?: 'required' | 'optional'
  /** Hashes of service TDs that may be bound; default: none. */
  readonly serviceTds?: readonly Hex[]
  /** The least `tcbEvaluationDataNumber`: refuses collateral older than a TCB recovery. */
  readonly minimumEvaluationDataNumber?: number
  /** Unix seconds: refuses a verdict that was kept beyond its `expiresAt`. Not checked when left out. */
  readonly now?: bigint
  /** Decides on the machine itself, for example by an allow-list of platform ids. */
  readonly acceptHardware?: (hardware: HardwareIdentity) => boolean
}

/** Why a genuine quote does not satisfy a policy. */
export type PolicyRejectionCode =
  | 'QUOTE_REJECTED'
  | 'BAD_POLICY'
  | 'VERDICT_EXPIRED'
  | 'TRUST_ROOT_NOT_ALLOWED'
  | 'TCB_STATUS_NOT_ALLOWED'
  | 'COLLATERAL_TOO_OLD'
  | 'TD_DEBUG'
  | 'TD_ATTRIBUTES_NOT_ALLOWED'
  | 'XFAM_NOT_ALLOWED'
  | 'SERVICE_TD_NOT_ALLOWED'
  | 'MEASUREMENT_MISMATCH'
  | 'REPORT_DATA_MISMATCH'
  | 'HARDWARE_NOT_ALLOWED'

/** The named checks of `checkPolicy`, in the order in which they run. */
export type PolicyStepName =
  | 'quote'
  | 'policy'
  | 'expiry'
  | 'trust-root'
  | 'tcb-status'
  | 'collateral-age'
  | 'debug'
  | 'td-attributes'
  | 'xfam'
  | 'service-tds'
  | 'measurements'
  | 'report-data'
  | 'hardware'

/** One policy check that ran: what the policy does not ask for is no step. */
export type PolicyStep =
  | { readonly name: PolicyStepName; readonly ok: true; readonly detail: string }
  | { readonly name: PolicyStepName; readonly ok: false; readonly code: PolicyRejectionCode; readonly detail: string }

/** The judgement of `checkPolicy`. */
export type PolicyVerdict =
  | { readonly ok: true; readonly steps: readonly PolicyStep[] }
  | {
      readonly ok: false
      readonly code: PolicyRejectionCode
      readonly detail: string
      readonly steps: readonly PolicyStep[]
    }

/** XFAM bits 0 and 1 (x87, SSE) are always set; beyond these no TDX module allows any. */
const xfamRequired = 0x3n
const xfamAllowed = 0x6dbe7n

/** What a check finds; undefined where the policy does not ask for it. */
type Finding = { readonly ok: boolean; readonly detail: string } | undefined

type PolicyCheck = readonly [
  PolicyStepName,
  PolicyRejectionCode,
  (verdict: AcceptedQuote, policy: QuotePolicy) => Finding,
]

const checks: readonly PolicyCheck[] = [
  ['policy', 'BAD_POLICY', (_, policy) => checkOwnForm(policy)],
  [
    'expiry',
    'VERDICT_EXPIRED',
    ({ expiresAt }, { now }) =>
      now === undefined ? undefined : { ok: now <= expiresAt, detail: `the verdict holds until ${expiresAt}` },
  ],
  [
    'trust-root',
    'TRUST_ROOT_NOT_ALLOWED',
    ({ platform }, { trustRoots = ['intel'] }) => ({
      ok: trustRoots.includes(platform),
      detail: `trust root ${platform}`,
    }),
  ],
  ['tcb-status', 'TCB_STATUS_NOT_ALLOWED', checkTcbStatus],
  [
    'collateral-age',
    'COLLATERAL_TOO_OLD',
    ({ tcb: { evaluationDataNumber } }, { minimumEvaluationDataNumber = 0 }) => ({
      ok: evaluationDataNumber >= minimumEvaluationDataNumber,
      detail: `TCB evaluation ${evaluationDataNumber}, at least ${minimumEvaluationDataNumber}`,
    }),
  ],
  [
    'debug',
    'TD_DEBUG',
    ({ td }, policy) => ({
      ok: !td.debug || policy.allowDebug === 'allow-debug',
      detail: td.debug ? 'the TD runs under debug' : 'the TD is not under debug',
    }),
  ],
  ['td-attributes', 'TD_ATTRIBUTES_NOT_ALLOWED', checkAttributes],
  ['xfam', 'XFAM_NOT_ALLOWED', ({ td }) => ({ ok: isXfamAllowed(td), detail: `XFAM ${td.xfam}` })],
  [
    'service-tds',
    'SERVICE_TD_NOT_ALLOWED',
    ({ td }, policy) => ({
      ok: td.serviceTdHashes.every((hash) => isServiceTdAllowed(td, policy, hash)),
      detail: `${td.serviceTdHashes.length} service TDs are bound`,
    }),
  ],
  [
    'measurements',
    'MEASUREMENT_MISMATCH',
    ({ td }, { measurements }) =>
      measurements === 'any-measurement'
        ? undefined
        : { ok: measurements.some((tuple) => isMeasured(td, tuple)), detail: `MRTD ${td.mrTd}` },
  ],
  [
    'report-data',
    'REPORT_DATA_MISMATCH',
    ({ td }, { reportData }) =>
      reportData === 'any-report-data'
        ? undefined
        : { ok: isSameHex(reportData, td.reportData), detail: `report data ${td.reportData}` },
  ],
  [
    'hardware',
    'HARDWARE_NOT_ALLOWED',
    ({ hardware }, { acceptHardware }) =>
      // A promise is no answer: only `true` is.
      acceptHardware === undefined
        ? undefined
        : { ok: acceptHardware(hardware) === true, detail: `platform ${hardware.ppid}` },
  ],
]

/**
 * Judges a verdict of `verifyQuote` against the caller's policy. Fails closed: a rejected quote, an empty list of measurements or
 * a malformed value in the policy is a refusal.
 *
 * @example
 * checkPolicy(verdict, { measurements: [release], reportData: '0x…', trustRoots: ['intel'] })
 * // { ok: false, code: 'MEASUREMENT_MISMATCH', … }
 */
export function checkPolicy(verdict: QuoteVerdict, policy: QuotePolicy): PolicyVerdict {
  const steps: PolicyStep[] = []
  if (!verdict.ok) {
    const failure = { code: 'QUOTE_REJECTED', detail: `${verdict.code}: ${verdict.detail}` } as const
    return { ok: false, ...failure, steps: [{ name: 'quote', ok: false, ...failure }] }
  }
  steps.push({ name: 'quote', ok: true, detail: 'the quote is genuine' })
  for (const [name, code, check] of checks) {
    const finding = check(verdict, policy)
    if (finding === undefined) continue
    const { ok, detail } = finding
    if (!ok) return { ok: false, code, detail, steps: [...steps, { name, ok, code, detail }] }
    steps.push({ name, ok, detail })
  }
  return { ok: true, steps }
}

/** The measurements of a TD as a tuple for a policy. */
export function measurementsOf(td: TdReport): Required<MeasurementTuple> {
  return { mrTd: td.mrTd, rtMr0: td.rtMr0, rtMr1: td.rtMr1, rtMr2: td.rtMr2, rtMr3: td.rtMr3 }
}

function checkOwnForm({ measurements, reportData }: QuotePolicy): { readonly ok: boolean; readonly detail: string } {
  const hasMeasurements =
    measurements === 'any-measurement' ||
    (Array.isArray(measurements) && measurements.length > 0 && measurements.every(isWellFormed))
  if (!hasMeasurements) return { ok: false, detail: 'measurements: expected at least one tuple of 48-byte values' }
  if (reportData !== 'any-report-data' && !isHexOf(reportData, 64)) {
    return { ok: false, detail: 'reportData: expected 64 bytes in hexadecimal' }
  }
  return { ok: true, detail: 'the policy names measurements and report data' }
}

const alwaysMeasured = ['mrTd', 'rtMr0', 'rtMr1', 'rtMr2'] as const
const measuredWhereGiven = ['rtMr3', 'mrConfigId', 'mrOwner', 'mrOwnerConfig', 'mrServiceTd'] as const

function isWellFormed(tuple: ReleaseMeasurements): boolean {
  return (
    alwaysMeasured.every((name) => isHexOf(tuple[name], 48)) &&
    measuredWhereGiven.every((name) => tuple[name] === undefined || isHexOf(tuple[name], 48))
  )
}

function checkTcbStatus(
  { tcb }: AcceptedQuote,
  policy: QuotePolicy,
): { readonly ok: boolean; readonly detail: string } {
  const allowed: readonly string[] = policy.tcbStatuses ?? ['UpToDate']
  const demanded = policy.currentTcb === 'required' ? [tcb.status, tcb.current.status] : [tcb.status]
  const status = demanded.find((candidate) => !allowed.includes(candidate))
  return status === undefined
    ? { ok: true, detail: `TCB status ${tcb.status}` }
    : { ok: false, detail: `TCB status ${status}, allowed ${allowed.join(', ')}` }
}

function checkAttributes(
  { td }: AcceptedQuote,
  policy: QuotePolicy,
): { readonly ok: boolean; readonly detail: string } {
  const allowed: readonly string[] = ['DEBUG', 'SEPT_VE_DISABLE', 'PKS', ...(policy.allowedAttributes ?? [])]
  const refused = td.attributeNames.filter((name) => !allowed.includes(name))
  if (refused.length > 0) return { ok: false, detail: `attributes ${refused.join(', ')}` }
  if (policy.septVeDisable !== 'optional' && !td.attributeNames.includes('SEPT_VE_DISABLE')) {
    return { ok: false, detail: 'SEPT_VE_DISABLE is clear' }
  }
  return { ok: true, detail: td.attributeNames.join(', ') }
}

function isXfamAllowed({ xfam }: TdReport): boolean {
  const bytes = xfam.slice(2).match(/../g) ?? []
  const bits = BigInt(`0x${bytes.reverse().join('')}`)
  return (bits & xfamRequired) === xfamRequired && (bits & ~xfamAllowed) === 0n
}

function isMeasured(td: TdReport, tuple: ReleaseMeasurements): boolean {
  return (
    alwaysMeasured.every((name) => isSameHex(tuple[name], td[name])) &&
    measuredWhereGiven.every((name) => {
      const expected = tuple[name]
      return expected === undefined || isSameHex(expected, td[name])
    })
  )
}

function isServiceTdAllowed(td: TdReport, { serviceTds = [], measurements }: QuotePolicy, hash: Hex): boolean {
  if (serviceTds.some((allowed) => isSameHex(allowed, hash))) return true
  const releases = measurements === 'any-measurement' ? [] : measurements
  return releases.some((release) => release.mrServiceTd?.toLowerCase() === hash && isMeasured(td, release))
}

function isSameHex(left: Hex, right: Hex): boolean {
  return left.toLowerCase() === right.toLowerCase()
}

function isHexOf(value: unknown, length: number): boolean {
  return typeof value === 'string' && value.length === 2 + length * 2 && /^0x[0-9a-fA-F]*$/.test(value)
}
