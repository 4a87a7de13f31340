import type { TrustPolicy } from '@og/client'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'
import { isRecord, readJsonFile } from './read-json-file.js'
import { readSettings, type Settings } from './settings.js'

/** `--trust` and `--measurements`. */
export interface TrustFlags {
  readonly trust: 'intel' | 'simulator'
  readonly measurements?: string | undefined
}

/** The trust that the flag or else the setting names, where either does. */
export function trustOf(flag: TrustFlags['trust'] | undefined, settings: Settings): TrustFlags['trust'] | undefined {
  const trust = flag ?? settings.trust
  return trust === 'intel' || trust === 'simulator' ? trust : undefined
}

/** The trust that is named: the flag or the setting. @throws UsageError when neither says it */
export function namedTrust(flag: TrustFlags['trust'] | undefined, settings: Settings): TrustFlags['trust'] {
  const trust = trustOf(flag, settings)
  if (trust !== undefined) return trust
  throw new UsageError('--trust says whose word is believed: intel, or simulator for development')
}

/** The trust under which a kept receipt is judged: Intel's root unless another is named, and any measured code unless some is. */
export async function receiptTrustOf(
  flags: { readonly trust?: TrustFlags['trust'] | undefined; readonly measurements?: string | undefined },
  environment: CliEnvironment,
): Promise<TrustFlags['trust'] | TrustPolicy> {
  const settings = await readSettings(environment)
  const trust = trustOf(flags.trust, settings) ?? 'intel'
  const measurements = flags.measurements ?? settings.measurements
  return measurements === undefined ? trust : readTrust({ trust, measurements }, environment)
}

type Release = Extract<TrustPolicy['measurements'], readonly unknown[]>[number]

const REQUIRED = ['mrTd', 'rtMr0', 'rtMr1', 'rtMr2'] as const
const OPTIONAL = ['rtMr3', 'mrConfigId', 'mrOwner', 'mrOwnerConfig', 'mrServiceTd'] as const

const FORM = '[{"mrTd":"0x…","rtMr0":"0x…","rtMr1":"0x…","rtMr2":"0x…"}], and what else of a quote must be as it is'

/**
 * Makes the trust policy of a call. Real hardware needs measurements: without them any code could answer. The simulator's quotes
 * can be made by anybody, so its measurements may be left out.
 */
export async function readTrust(flags: TrustFlags, environment: CliEnvironment): Promise<TrustPolicy> {
  const platform = flags.trust === 'simulator' ? 'simulated' : 'intel'
  if (flags.measurements === undefined) {
    if (platform === 'intel')
      throw new UsageError('--trust intel needs --measurements <file>: which measured code may run')
    return { platform, measurements: 'any-measurement' }
  }
  const list = await readJsonFile(flags.measurements, environment)
  if (!Array.isArray(list) || list.length === 0) throw new UsageError(`--measurements must hold a list: ${FORM}`)
  return { platform, measurements: list.map(parseRelease) }
}

function parseRelease(json: unknown): Release {
  if (!isRecord(json)) throw new UsageError(`--measurements must hold a list of objects: ${FORM}`)
  // A field that is not known would otherwise be one that silently is not compared.
  const unknown = Object.keys(json).find((key) => ![...REQUIRED, ...OPTIONAL].some((field) => field === key))
  if (unknown !== undefined) throw new UsageError(`--measurements: unknown field ${unknown}`)
  const at = (field: string): `0x${string}` => {
    const value = json[field]
    if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{96}$/.test(value)) {
      throw new UsageError(`--measurements: ${field} must be 48 bytes of hexadecimal`)
    }
    return `0x${value.slice(2)}`
  }
  const optional = OPTIONAL.filter((field) => json[field] !== undefined).map((field) => [field, at(field)])
  return {
    mrTd: at('mrTd'),
    rtMr0: at('rtMr0'),
    rtMr1: at('rtMr1'),
    rtMr2: at('rtMr2'),
    ...Object.fromEntries(optional),
  }
}
