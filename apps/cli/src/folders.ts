import { join } from 'node:path'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'

/** Where the settings and the keystore are: `OG_HOME`, else the platform's folder for configuration. */
export function configFolder({ env }: CliEnvironment): string {
  if (env['OG_HOME'] !== undefined) return env['OG_HOME']
  if (env['XDG_CONFIG_HOME'] !== undefined) return join(env['XDG_CONFIG_HOME'], 'og')
  if (env['APPDATA'] !== undefined) return join(env['APPDATA'], 'og')
  if (env['HOME'] !== undefined) return join(env['HOME'], '.config', 'og')
  throw new UsageError('no home folder is known: set OG_HOME to a folder for settings and keys')
}

/** Where receipts are kept: `OG_HOME`, else the platform's folder for data. */
export function receiptsFolder(environment: CliEnvironment): string {
  const { env } = environment
  if (env['OG_HOME'] === undefined && env['XDG_DATA_HOME'] !== undefined) {
    return join(env['XDG_DATA_HOME'], 'og', 'receipts')
  }
  return join(configFolder(environment), 'receipts')
}

/** Whether there is a place for settings, keys and receipts. */
export function hasHome(environment: CliEnvironment): boolean {
  try {
    configFolder(environment)
    return true
  } catch {
    return false
  }
}
