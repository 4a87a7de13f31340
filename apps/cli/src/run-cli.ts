import { ClientError } from '@og/client'
import { Command, CommanderError } from 'commander'
import { addChatCommand } from './commands/chat.js'
import { addCompletionCommand } from './commands/completion.js'
import { addDevCommand } from './commands/dev.js'
import { addVerifyCommand } from './commands/verify.js'
import type { CliEnvironment } from './environment.js'
import { type ExitCode, exitCodeOf, exitCodes, UsageError } from './exit-code.js'
import { jsonText, verificationText } from './output.js'

/** Runs `og` with these arguments (without program and script) and says how it ended. Never throws. */
export async function runCli(args: readonly string[], environment: CliEnvironment): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok
  const program = new Command('og')
    .description('Verified, paid LLM inference.')
    .exitOverride()
    .configureOutput({ writeOut: environment.out, writeErr: environment.err })
  addCompletionCommand(program, environment)
  addChatCommand(program, environment)
  addVerifyCommand(program, environment, (ended) => {
    code = ended
  })
  addDevCommand(program, environment)
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeOut: environment.out, writeErr: environment.err })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    return failed(error, { environment, json: args.includes('--json') })
  }
}

function failed(
  error: unknown,
  { environment, json }: { readonly environment: CliEnvironment; readonly json: boolean },
): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (error instanceof UsageError) {
    report({ code: 'USAGE', message: error.message }, { environment, json })
    return exitCodes.usage
  }
  if (error instanceof ClientError) {
    const { message, reason, status, paymentHash, verification } = error
    report({ code: error.code, message, reason, status, paymentHash, verification }, { environment, json })
    if (!json && verification !== undefined) environment.err(`${verificationText(verification)}\n`)
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
  else environment.err(`og: ${error.code}: ${error.message}\n`)
}
