/** The statuses that a TCB level of TCB Info or of an enclave identity can have. */
export const levelStatuses = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
] as const

/** The status of one TCB level. */
export type LevelStatus = (typeof levelStatuses)[number]

/**
 * The status of a whole platform, as Intel's quote verification library names it: that of its level after convergence with
 * the TDX module and the quoting enclave, or advice to relaunch the TD on the newer module that is already running.
 */
export type TcbStatus = LevelStatus | 'TDRelaunchAdvised' | 'TDRelaunchAdvisedConfigurationNeeded'

/** A level of a single component: the TDX module or the quoting enclave. */
export interface ComponentLevel {
  readonly isvSvn: number
  readonly status: LevelStatus
  /** Unix seconds. */
  readonly tcbDate: bigint
  readonly advisoryIds: readonly string[]
}
