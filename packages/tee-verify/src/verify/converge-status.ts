import type { LevelStatus, TcbStatus } from '../collateral/tcb-status.js'

/**
 * Combines the status of the platform's level with those of its components (TDX module, quoting enclave), as Intel's quote
 * verification library does: a revoked component revokes, an outdated one outdates and keeps the need to configure.
 */
export function convergeStatus(platform: LevelStatus, components: readonly LevelStatus[]): LevelStatus {
  if (platform === 'Revoked' || components.includes('Revoked')) return 'Revoked'
  if (!components.includes('OutOfDate')) return platform
  switch (platform) {
    case 'UpToDate':
    case 'SWHardeningNeeded':
    case 'OutOfDate':
      return 'OutOfDate'
    case 'ConfigurationNeeded':
    case 'ConfigurationAndSWHardeningNeeded':
    case 'OutOfDateConfigurationNeeded':
      return 'OutOfDateConfigurationNeeded'
  }
}

const usable: readonly LevelStatus[] = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
]

const configurable: readonly LevelStatus[] = [
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDateConfigurationNeeded',
]

/**
 * The status of a TD (report 1.5) launched on one TDX module and running on another: advice to relaunch where only the launch
 * was outdated, else the status at launch. Revoked at either time is revoked.
 */
export function relaunchStatus(launch: LevelStatus, current: LevelStatus): TcbStatus {
  if (launch === 'Revoked' || current === 'Revoked') return 'Revoked'
  const isLaunchOutdated = launch === 'OutOfDate' || launch === 'OutOfDateConfigurationNeeded'
  if (!isLaunchOutdated || !usable.includes(current)) return launch
  return configurable.includes(launch) || configurable.includes(current)
    ? 'TDRelaunchAdvisedConfigurationNeeded'
    : 'TDRelaunchAdvised'
}
