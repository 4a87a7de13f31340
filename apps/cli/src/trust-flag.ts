import type { TrustPolicy } from '@og/client'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'
import { readJsonFile } from './read-json-file.js'

/** `--trust` and `--measurements`. */
export interface TrustFlags {
  readonly trust: 'intel' | 'simulator'
  readonly measurements?: string | undefined
}

const FIELDS = ['mrTd', 'rtMr0', 'rtMr1', 'rtMr2', 'rtMr3'] as const

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
  if (!Array.isArray(list) || list.length === 0) throw new UsageError('--measurements must hold a list of measurements')
  return { platform, measurements: list.map(parseMeasurement) }
}

function parseMeasurement(json: unknown): Exclude<TrustPolicy['measurements'], string>[number] {
  const record = typeof json === 'object' && json !== null ? new Map<string, unknown>(Object.entries(json)) : new Map()
  const values = new Map<string, `0x${string}`>()
  for (const field of FIELDS) {
    const value: unknown = record.get(field)
    if (value === undefined && field === 'rtMr3') continue
    if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{96}$/.test(value)) {
      throw new UsageError(`--measurements: ${field} must be 48 bytes of hexadecimal`)
    }
    values.set(field, `0x${value.slice(2)}`)
  }
  const at = (field: (typeof FIELDS)[number]): `0x${string}` => values.get(field) ?? '0x'
  const base = { mrTd: at('mrTd'), rtMr0: at('rtMr0'), rtMr1: at('rtMr1'), rtMr2: at('rtMr2') }
  return values.has('rtMr3') ? { ...base, rtMr3: at('rtMr3') } : base
}
