#!/usr/bin/env node
import { realEnvironment } from './real-environment.js'
import { runCli } from './run-cli.js'

/** Commands that end by themselves when they are interrupted. */
const patient = ['dev', 'log']

const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      resolve()
      // Whatever does not wait for the interruption is ended by it: a second one always does.
      if (!patient.includes(process.argv[2] ?? '')) process.exit(130)
    })
  }
})

process.exitCode = await runCli(process.argv.slice(2), realEnvironment(interrupted))
// An open prompt must not keep a finished program.
process.stdin.unref?.()
