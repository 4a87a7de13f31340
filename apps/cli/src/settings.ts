import { join } from 'node:path'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'
import { configFolder, hasHome } from './folders.js'
import { jsonText } from './output.js'
import { isRecord, parseJson } from './read-json-file.js'

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

/** Where the settings are. */
export function settingsFile(environment: CliEnvironment): string {
  return join(configFolder(environment), 'config.json')
}

/** Reads the settings; none when there is no file. @throws UsageError for a file that cannot be read as settings */
export async function readSettings(environment: CliEnvironment): Promise<Settings> {
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

/** Changes one setting; `undefined` takes it away. */
export async function writeSetting(
  change: { readonly name: SettingName; readonly value: string | undefined },
  environment: CliEnvironment,
): Promise<void> {
  const { [change.name]: _old, ...others } = await readSettings(environment)
  const settings = change.value === undefined ? others : { ...others, [change.name]: change.value }
  await environment.writeFile(settingsFile(environment), `${jsonText(settings, 2)}\n`)
}

/** Whether a text names a setting. */
export function isSettingName(name: string): name is SettingName {
  return settingNames.some((known) => known === name)
}
