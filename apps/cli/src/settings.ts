import { join } from 'node:path'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'
import { configFolder, hasHome } from './folders.js'
import { jsonText } from './output.js'
import { isRecord, parseJson } from './read-json-file.js'
import { settlementModeOf, settlementSpellings } from './settlement-mode.js'

/** What `og config` keeps: defaults of flags. No key is ever among them. */
export const settingNames = [
  'url',
  'rpc',
  'trust',
  'measurements',
  'mode',
  'settlement-mode',
  'model',
  'max-cost',
] as const

/** The name of a setting. */
export type SettingName = (typeof settingNames)[number]

/** Settings as they are kept. */
export type Settings = Readonly<Partial<Record<SettingName, string>>>

/** What a setting may be. One that no flag would take must not be kept: it would be passed over, or fail only when a call is made. */
const rules: Readonly<Record<SettingName, { readonly expected: string; readonly allows: (value: string) => boolean }>> =
  {
    url: { expected: 'an http or https address', allows: isHttpUrl },
    rpc: { expected: 'an http or https address', allows: isHttpUrl },
    trust: { expected: 'intel or simulator', allows: (value) => value === 'intel' || value === 'simulator' },
    measurements: { expected: 'the path of a file', allows: (value) => value !== '' },
    mode: { expected: 'VANILLA or TEE', allows: (value) => value === 'VANILLA' || value === 'TEE' },
    'settlement-mode': {
      expected: `one of ${settlementSpellings.join(', ')}`,
      allows: (value) => settlementModeOf(value) !== undefined,
    },
    model: { expected: 'the name of a model', allows: (value) => value !== '' },
    'max-cost': {
      expected: 'a whole number of atomic units',
      allows: (value) => /^(0|[1-9][0-9]{0,30})$/.test(value),
    },
  }

/** Where the settings are. */
export function settingsFile(environment: CliEnvironment): string {
  return join(configFolder(environment), 'config.json')
}

/** Reads the settings; none when there is no file. @throws UsageError for a file that cannot be read as settings */
export async function readSettings(environment: CliEnvironment): Promise<Settings> {
  const settings = await readKept(environment)
  for (const name of settingNames) {
    const value = settings[name]
    if (value === undefined || rules[name].allows(value)) continue
    throw new UsageError(`${settingsFile(environment)}: ${name} must be ${rules[name].expected}`)
  }
  return settings
}

/** Reads what is kept, whatever the values are: one that cannot be is mended by setting or forgetting it. */
async function readKept(environment: CliEnvironment): Promise<Settings> {
  if (!hasHome(environment)) return {}
  const file = settingsFile(environment)
  const text = await environment.readFile(file).catch(() => undefined)
  if (text === undefined) return {}
  const json = parseJson(text, file)
  if (!isRecord(json)) throw new UsageError(`${file} must hold a JSON object`)
  for (const [name, value] of Object.entries(json)) {
    if (!isSettingName(name) || typeof value !== 'string') throw new UsageError(`${file}: ${name} is not a setting`)
  }
  return { ...json }
}

/** Changes one setting; `undefined` takes it away. @throws UsageError for a value that the setting cannot have */
export async function writeSetting(
  change: { readonly name: SettingName; readonly value: string | undefined },
  environment: CliEnvironment,
): Promise<void> {
  const { expected, allows } = rules[change.name]
  if (change.value !== undefined && !allows(change.value)) throw new UsageError(`${change.name} must be ${expected}`)
  const { [change.name]: _old, ...others } = await readKept(environment)
  const settings = change.value === undefined ? others : { ...others, [change.name]: change.value }
  await environment.writeFile(settingsFile(environment), `${jsonText(settings, 2)}\n`)
}

/** Whether a text names a setting. */
export function isSettingName(name: string): name is SettingName {
  return settingNames.some((known) => known === name)
}

/** Whether a text is an address that can be asked. */
export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}
