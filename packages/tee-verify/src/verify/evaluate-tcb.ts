import type { TcbInfo, TcbLevel, TdxModule, TdxModuleIdentity } from '../collateral/tcb-info.js'
import type { ComponentLevel, LevelStatus, TcbStatus } from '../collateral/tcb-status.js'
import type { TdReport } from '../quote/td-report.js'
import type { SgxExtension } from '../x509/sgx-extension.js'
import { convergeStatus, relaunchStatus } from './converge-status.js'
import { earliestOf } from './validity.js'
import type { Verification } from './verification.js'
import type { CheckFailure, CheckOutcome } from './verify-step.js'

/** The TCB of a platform at one time: at the launch of the TD, or now. */
export interface TcbSnapshot {
  readonly status: LevelStatus
  /** Unix seconds; the oldest of the platform's, the module's and the quoting enclave's. */
  readonly tcbDate: bigint
  /** Of the platform's level, then the quoting enclave's, then the module's; each once. */
  readonly advisoryIds: readonly string[]
}

/** The whole judgement on a platform's TCB. */
export interface TcbEvaluation {
  readonly status: TcbStatus
  readonly launch: TcbSnapshot
  /** Equal to `launch` unless the quote reports the module that runs now (TD report 1.5). */
  readonly current: TcbSnapshot
  /** The lower one of TCB Info and QE identity. */
  readonly evaluationDataNumber: number
}

/** A judgement that can fail. */
export type Evaluation<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: CheckFailure }

/** Checks the TDX module at launch and, where reported, the one that runs now, against TCB Info. */
export function checkTdxModule({ td, collateral }: Verification): CheckOutcome {
  if (td === null) return 'not-checked'
  for (const svn of teeTcbSvnsOf(td)) {
    const module = moduleOf(collateral.tcbInfo.content, svn)
    if (module === undefined) {
      return { code: 'TDX_MODULE_MISMATCH', detail: `TCB Info knows no TDX module of version ${svn[1]}` }
    }
    const isAllowed =
      td.mrSignerSeam === module.mrSigner &&
      // Intel's library compares without the mask, and demands zero whatever TCB Info says.
      /^0x0*$/.test(td.seamAttributes) &&
      td.seamAttributes === module.attributes
    if (!isAllowed) return { code: 'TDX_MODULE_MISMATCH', detail: "the module's signer or attributes differ" }
  }
  return undefined
}

/** Finds the levels of platform, module and quoting enclave and combines their statuses. */
export function evaluateTcb({ td, collateral, sgx, evidence }: Verification): Evaluation<TcbEvaluation> {
  const tcbInfo = collateral.tcbInfo.content
  const qeIdentity = collateral.qeIdentity.content
  const qeLevel = qeIdentity.levels.find((level) => evidence.qeReport.isvSvn >= level.isvSvn)
  if (qeLevel === undefined) return notSupported(`no level for a quoting enclave of SVN ${evidence.qeReport.isvSvn}`)
  const snapshots: TcbSnapshot[] = []
  for (const svn of td === null ? [null] : teeTcbSvnsOf(td)) {
    const snapshot = snapshotOf({ tcbInfo, qeLevel, sgx, svn })
    if (!snapshot.ok) return snapshot
    snapshots.push(snapshot.value)
  }
  const [launch, current = launch] = snapshots
  if (launch === undefined || current === undefined) return notSupported('no TCB to evaluate')
  const status = relaunchStatus(launch.status, current.status)
  const evaluationDataNumber = Math.min(tcbInfo.evaluationDataNumber, qeIdentity.evaluationDataNumber)
  return { ok: true, value: { status, launch, current, evaluationDataNumber } }
}

function snapshotOf(options: {
  readonly tcbInfo: TcbInfo
  readonly qeLevel: ComponentLevel
  readonly sgx: SgxExtension
  readonly svn: readonly number[] | null
}): Evaluation<TcbSnapshot> {
  const { tcbInfo, qeLevel, sgx, svn } = options
  const level = tcbInfo.levels.find((candidate) => reaches(candidate, sgx, svn))
  if (level === undefined) return notSupported('the platform is below every TCB level')
  const components = [qeLevel]
  if (svn !== null && majorOf(svn) > 0) {
    const moduleLevel = moduleIdentityOf(tcbInfo, svn)?.levels.find((candidate) => (svn[0] ?? 0) >= candidate.isvSvn)
    if (moduleLevel === undefined) return notSupported(`no level for a TDX module of SVN ${svn[0]}`)
    components.push(moduleLevel)
  }
  return {
    ok: true,
    value: {
      status: convergeStatus(
        level.status,
        components.map((component) => component.status),
      ),
      tcbDate: earliestOf([level.tcbDate, ...components.map(({ tcbDate }) => tcbDate)]),
      advisoryIds: onceEach([level, ...components]),
    },
  }
}

/** The advisories of some levels, each once. Most levels have none. */
export function onceEach(levels: readonly { readonly advisoryIds: readonly string[] }[]): readonly string[] {
  const ids = levels.flatMap(({ advisoryIds }) => advisoryIds)
  return ids.length < 2 ? ids : [...new Set(ids)]
}

/** Whether a platform has at least the SVNs of a level. */
function reaches(level: TcbLevel, sgx: SgxExtension, svn: readonly number[] | null): boolean {
  const hasSgx = level.sgxComponents.every((needed, index) => (sgx.components[index] ?? -1) >= needed)
  if (!hasSgx || sgx.pceSvn < level.pceSvn) return false
  if (svn === null) return true
  // Components 0 and 1 describe the module, which has levels of its own once its major version is above 0.
  const first = majorOf(svn) > 0 ? 2 : 0
  return level.tdxComponents.every((needed, index) => index < first || (svn[index] ?? -1) >= needed)
}

function teeTcbSvnsOf(td: TdReport): readonly (readonly number[])[] {
  return td.teeTcbSvn2 === null ? [td.teeTcbSvn] : [td.teeTcbSvn, td.teeTcbSvn2]
}

function majorOf(svn: readonly number[]): number {
  return svn[1] ?? 0
}

function moduleIdentityOf(tcbInfo: TcbInfo, svn: readonly number[]): TdxModuleIdentity | undefined {
  const id = `TDX_${majorOf(svn).toString(16).padStart(2, '0').toUpperCase()}`
  return tcbInfo.tdxModuleIdentities.find((identity) => identity.id === id)
}

function moduleOf(tcbInfo: TcbInfo, svn: readonly number[]): TdxModule | undefined {
  return majorOf(svn) > 0 ? moduleIdentityOf(tcbInfo, svn) : (tcbInfo.tdxModule ?? undefined)
}

function notSupported(detail: string): { readonly ok: false; readonly failure: CheckFailure } {
  return { ok: false, failure: { code: 'TCB_NOT_SUPPORTED', detail } }
}
