import type { Command } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { UsageError } from '../exit-code.js'
import { jsonText } from '../output.js'
import { isSettingName, readSettings, type SettingName, settingNames, settingsFile, writeSetting } from '../settings.js'

interface ConfigFlags {
  readonly json?: boolean
}

/** Adds `og config`. */
export function addConfigCommand(program: Command, environment: CliEnvironment): void {
  const config = program.command('config').description(`defaults of flags: ${settingNames.join(', ')}`)
  async function change(setting: Parameters<typeof writeSetting>[0], { json }: ConfigFlags): Promise<void> {
    await writeSetting(setting, environment)
    const shown = { file: settingsFile(environment), settings: await readSettings(environment) }
    if (json) environment.out(`${jsonText(shown)}\n`)
  }

  config
    .command('list')
    .description('what is set, and where')
    .option('--json', 'print JSON')
    .action(async ({ json }: ConfigFlags) => {
      const settings = await readSettings(environment)
      if (json) return environment.out(`${jsonText({ file: settingsFile(environment), settings })}\n`)
      const lines = Object.entries(settings).map(([name, value]) => `${name.padEnd(16)} ${value}`)
      if (lines.length === 0) lines.push('nothing is set')
      environment.out(`${[...lines, `(${settingsFile(environment)})`].join('\n')}\n`)
    })
  config
    .command('set')
    .description('keep a default')
    .argument('<name>')
    .argument('<value>')
    .option('--json', 'print JSON')
    .action((name: string, value: string, flags: ConfigFlags) => change({ name: settingOf(name), value }, flags))
  config
    .command('unset')
    .description('forget a default')
    .argument('<name>')
    .option('--json', 'print JSON')
    .action((name: string, flags: ConfigFlags) => change({ name: settingOf(name), value: undefined }, flags))
}

function settingOf(name: string): SettingName {
  if (isSettingName(name)) return name
  throw new UsageError(`there is no setting ${name}: one of ${settingNames.join(', ')}`)
}
