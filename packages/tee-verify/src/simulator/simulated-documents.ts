import { hexOf } from '../bytes/hex.js'
import type { LevelStatus } from '../collateral/tcb-status.js'
import { simulatedHardware, simulatedQeSigner } from './simulated-hardware.js'

/** When a simulated document holds. */
export interface DocumentDates {
  /** Unix seconds. */
  readonly issued: bigint
  /** Unix seconds. */
  readonly nextUpdate: bigint
}

/** A document before it is written and signed. */
export type JsonDocument = Readonly<Record<string, unknown>>

/** What documents say of the machine. */
export interface DocumentStatuses {
  readonly tcbStatus?: LevelStatus
  readonly moduleStatus?: LevelStatus
  readonly qeStatus?: LevelStatus
  readonly evaluationDataNumber?: number
}

const tcbDate = '2025-01-01T00:00:00Z'
const standardEvaluationDataNumber = 18

function isoOf(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z')
}

function digitsOf(bytes: Uint8Array): string {
  return hexOf(bytes).slice(2).toUpperCase()
}

function levelOf(tcb: object, status: LevelStatus): object {
  const advisories = status === 'UpToDate' ? {} : { advisoryIDs: ['SIMULATED-SA-00001'] }
  return { tcb, tcbDate, tcbStatus: status, ...advisories }
}

/** TCB Info for the simulated machine. */
export function simulatedTcbInfo(dates: DocumentDates, statuses: DocumentStatuses): JsonDocument {
  const { tcbStatus = 'UpToDate', moduleStatus = 'UpToDate' } = statuses
  const { components, pceSvn, teeTcbSvn, fmspc } = simulatedHardware
  const module = { mrsigner: '0'.repeat(96), attributes: '0'.repeat(16), attributesMask: 'F'.repeat(16) }
  const tcb = {
    sgxtcbcomponents: components.map((svn) => ({ svn })),
    pcesvn: pceSvn,
    tdxtcbcomponents: teeTcbSvn.map((svn, index) => ({ svn: index < 2 ? 0 : svn })),
  }
  return {
    id: 'TDX',
    version: 3,
    issueDate: isoOf(dates.issued),
    nextUpdate: isoOf(dates.nextUpdate),
    fmspc: digitsOf(fmspc),
    pceId: '0000',
    tcbType: 0,
    tcbEvaluationDataNumber: statuses.evaluationDataNumber ?? standardEvaluationDataNumber,
    tdxModule: module,
    tdxModuleIdentities: [
      {
        id: 'TDX_01',
        ...module,
        tcbLevels: [levelOf({ isvsvn: 5 }, moduleStatus), levelOf({ isvsvn: 2 }, 'OutOfDate')],
      },
    ],
    tcbLevels: [levelOf(tcb, tcbStatus)],
  }
}

/** The identity of the simulated quoting enclave. */
export function simulatedQeIdentity(dates: DocumentDates, statuses: DocumentStatuses): JsonDocument {
  const { qeStatus = 'UpToDate', evaluationDataNumber = standardEvaluationDataNumber } = statuses
  return {
    id: 'TD_QE',
    version: 2,
    issueDate: isoOf(dates.issued),
    nextUpdate: isoOf(dates.nextUpdate),
    tcbEvaluationDataNumber: evaluationDataNumber,
    miscselect: '0'.repeat(8),
    miscselectMask: 'F'.repeat(8),
    attributes: '11000000000000000000000000000000',
    attributesMask: 'FBFFFFFFFFFFFFFF0000000000000000',
    mrsigner: digitsOf(simulatedQeSigner()),
    isvprodid: simulatedHardware.qeIsvProdId,
    tcbLevels: [levelOf({ isvsvn: simulatedHardware.qeIsvSvn }, qeStatus)],
  }
}
