import { describe, expect, it } from 'vitest'
import { levelStatuses } from '../collateral/tcb-status.js'
import { convergeStatus, relaunchStatus } from './converge-status.js'

describe('convergeStatus', () => {
  it.each([
    ['UpToDate', 'OutOfDate'],
    ['SWHardeningNeeded', 'OutOfDate'],
    ['ConfigurationNeeded', 'OutOfDateConfigurationNeeded'],
    ['ConfigurationAndSWHardeningNeeded', 'OutOfDateConfigurationNeeded'],
    ['OutOfDate', 'OutOfDate'],
    ['OutOfDateConfigurationNeeded', 'OutOfDateConfigurationNeeded'],
    ['Revoked', 'Revoked'],
  ] as const)('behavior: %s with an outdated component is %s', (platform, expected) => {
    expect(convergeStatus(platform, ['UpToDate', 'OutOfDate'])).toBe(expected)
    expect(convergeStatus(platform, ['OutOfDate', 'UpToDate'])).toBe(expected)
  })

  it.each(levelStatuses)('behavior: %s with components up to date stays, with a revoked one is revoked', (platform) => {
    expect(convergeStatus(platform, ['UpToDate', 'UpToDate'])).toBe(platform)
    expect(convergeStatus(platform, ['ConfigurationNeeded'])).toBe(platform)
    expect(convergeStatus(platform, ['OutOfDate', 'Revoked'])).toBe('Revoked')
  })
})

describe('relaunchStatus', () => {
  it.each([
    ['OutOfDate', 'UpToDate', 'TDRelaunchAdvised'],
    ['OutOfDate', 'SWHardeningNeeded', 'TDRelaunchAdvised'],
    ['OutOfDate', 'ConfigurationNeeded', 'TDRelaunchAdvisedConfigurationNeeded'],
    ['OutOfDateConfigurationNeeded', 'UpToDate', 'TDRelaunchAdvisedConfigurationNeeded'],
    ['OutOfDate', 'OutOfDate', 'OutOfDate'],
    ['OutOfDate', 'OutOfDateConfigurationNeeded', 'OutOfDate'],
    ['UpToDate', 'OutOfDate', 'UpToDate'],
    ['UpToDate', 'Revoked', 'Revoked'],
    ['Revoked', 'UpToDate', 'Revoked'],
  ] as const)('behavior: %s at launch and %s now is %s', (launch, current, expected) => {
    expect(relaunchStatus(launch, current)).toBe(expected)
  })
})
