#!/usr/bin/env node
import { realEnvironment } from './real-environment.js'
import { runCli } from './run-cli.js'

/** Commands that end by themselves when they are interrupted. */
const patient = [['dev'], ['log'], ['node', 'registrar']]

const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      resolve()
      // Whatever does not wait for the interruption is ended by it: a second one always does.
      if (!patient.some((words) => words.every((word, index) => process.argv[2 + index] === word))) process.exit(130)
    })
  }
})

// Whoever reads the output may go away early (`og receipts list | head`): then there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(141)
  throw error
})

process.exitCode = await runCli(process.argv.slice(2), realEnvironment(interrupted))
// An open prompt must not keep a finished program.
process.stdin.unref?.()
