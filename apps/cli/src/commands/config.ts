import type { Command } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { UsageError } from '../exit-code.js'
import { jsonText } from '../output.js'
import { isSettingName, readSettings, type SettingName, settingNames, settingsFile, writeSetting } from '../settings.js'

/** Adds `og config`. */
export function addConfigCommand(program: Command, environment: CliEnvironment): void {
  const config = program.command('config').description(`defaults of flags: ${settingNames.join(', ')}`)
  config
    .command('list')
    .description('what is set, and where')
    .option('--json', 'print JSON')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const settings = await readSettings(environment)
      if (json) return environment.out(`${jsonText({ file: settingsFile(environment), settings })}\n`)
      const lines = Object.entries(settings).map(([name, value]) => `${name.padEnd(16)} ${value}`)
      environment.out(`${[...lines, `(${settingsFile(environment)})`].join('\n')}\n`)
    })
  config
    .command('set')
    .description('keep a default')
    .argument('<name>')
    .argument('<value>')
    .action(async (name: string, value: string) => writeSetting({ name: settingOf(name), value }, environment))
  config
    .command('unset')
    .description('forget a default')
    .argument('<name>')
    .action(async (name: string) => writeSetting({ name: settingOf(name), value: undefined }, environment))
}

function settingOf(name: string): SettingName {
  if (isSettingName(name)) return name
  throw new UsageError(`there is no setting ${name}: one of ${settingNames.join(', ')}`)
}
