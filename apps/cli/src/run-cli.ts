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

const afterHelp = `
Examples:
  $ og dev                                                   a whole network on this machine
  $ og wallet new                                            a key, kept encrypted
  $ og chat --model openai/gpt-4.1 --mode TEE --trust simulator 'Hello!'
  $ og verify proof/receipt.json --trust simulator           every check, and what was not checked
  $ eval "$(og shell-completion bash)"

Exit codes: 0 done and verified, 1 unexpected failure, 2 usage, 3 verification failed, 4 payment refused, 5 network or node
Every command takes --json; NO_COLOR is honoured. The key that pays comes from OG_PRIVATE_KEY, or from a wallet.`

/** Runs `og` with these arguments (without program and script) and says how it ended. Never throws. */
export async function runCli(args: readonly string[], world: CliEnvironment): Promise<ExitCode> {
  const environment = atTerminal(world)
  const isJson = args.includes('--json')
  let code: ExitCode = exitCodes.ok
  const program = new Command('og')
    .description('Verified, paid LLM inference.')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', afterHelp)
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
  for (const command of [program, ...everyCommandOf(program)]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => environment.out(text),
      // For machines the failure is one object on standard output.
      writeErr: (text) => (isJson ? undefined : environment.err(text)),
    })
  }
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    environment.status(undefined)
    return await failed(error, { environment, json: isJson })
  }
}

function everyCommandOf(command: Command): readonly Command[] {
  return command.commands.flatMap((child) => [child, ...everyCommandOf(child)])
}

async function failed(
  error: unknown,
  { environment, json }: { readonly environment: CliEnvironment; readonly json: boolean },
): Promise<ExitCode> {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.ok
    // Commander has told people already.
    if (json) report({ code: 'USAGE', message: error.message.replace(/^error: /, '') }, { environment, json })
    return exitCodes.usage
  }
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
