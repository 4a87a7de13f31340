import { createRequire } from 'node:module'
import { Command, CommanderError } from 'commander'
import { addAttestCommand } from './commands/attest.js'
import { addChatCommand } from './commands/chat.js'
import { addCompletionCommand } from './commands/completion.js'
import { addConfigCommand } from './commands/config.js'
import { addDevCommand } from './commands/dev.js'
import { addDoctorCommand } from './commands/doctor.js'
import { addLogCommand } from './commands/log.js'
import { addModelsCommand } from './commands/models.js'
import { addNodeCommand } from './commands/node.js'
import { addReceiptsCommand } from './commands/receipts.js'
import { addShellCompletionCommand } from './commands/shell-completion.js'
import { addVerifyCommand } from './commands/verify.js'
import { addWalletCommand } from './commands/wallet.js'
import type { CliEnvironment } from './environment.js'
import { type ExitCode, exitCodeOf, exitCodes, UsageError } from './exit-code.js'
import { NodeFailure } from './node-url.js'
import { jsonText, verificationText } from './output.js'
import { atTerminal } from './terminal/terminal.js'

/** Of this package; read, so that the build needs no step of its own. */
const { version } = createRequire(import.meta.url)('../package.json') as { readonly version: string }

/** Runs `og` with these arguments (without program and script) and says how it ended. Never throws. */
export async function runCli(args: readonly string[], world: CliEnvironment): Promise<ExitCode> {
  const environment = atTerminal(world)
  let code: ExitCode = exitCodes.ok
  const program = new Command('og')
    .description('Verified, paid LLM inference.')
    .version(version, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: environment.out, writeErr: environment.err })
  const end = (ended: ExitCode): void => {
    code = ended
  }
  addCompletionCommand(program, environment)
  addChatCommand(program, environment)
  addModelsCommand(program, environment)
  addAttestCommand(program, environment)
  addVerifyCommand(program, environment, end)
  addReceiptsCommand(program, { environment, end })
  addWalletCommand(program, environment)
  addNodeCommand(program, environment)
  addLogCommand(program, { environment, end })
  addConfigCommand(program, environment)
  addDevCommand(program, environment)
  addDoctorCommand(program, { environment, end })
  addShellCompletionCommand(program, environment)
  for (const command of everyCommandOf(program)) {
    command.exitOverride().configureOutput({ writeOut: environment.out, writeErr: environment.err })
  }
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    environment.status(undefined)
    return await failed(error, { environment, json: args.includes('--json') })
  }
}

function everyCommandOf(command: Command): readonly Command[] {
  return command.commands.flatMap((child) => [child, ...everyCommandOf(child)])
}

async function failed(
  error: unknown,
  { environment, json }: { readonly environment: CliEnvironment; readonly json: boolean },
): Promise<ExitCode> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (error instanceof UsageError) {
    report({ code: 'USAGE', message: error.message }, { environment, json })
    return exitCodes.usage
  }
  if (error instanceof NodeFailure) {
    report({ code: 'NETWORK', message: error.message }, { environment, json })
    return exitCodes.network
  }
  const { ClientError } = await import('@og/client')
  if (error instanceof ClientError) {
    const { message, reason, status, paymentHash, verification } = error
    if (!json && verification !== undefined) environment.err(`${verificationText(verification)}\n`)
    report({ code: error.code, message, reason, status, paymentHash, verification }, { environment, json })
    return exitCodeOf(error.code)
  }
  report(
    { code: 'UNEXPECTED', message: error instanceof Error ? error.message : 'unknown failure' },
    { environment, json },
  )
  return exitCodes.unexpected
}

function report(
  error: { readonly code: string; readonly message: string } & Readonly<Record<string, unknown>>,
  { environment, json }: { readonly environment: CliEnvironment; readonly json: boolean },
): void {
  if (json) environment.out(`${jsonText({ error })}\n`)
  else environment.err(`og: ${error.code}: ${error.message}\n`, 'red')
}
