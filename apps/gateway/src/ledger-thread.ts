import { parentPort, workerData } from 'node:worker_threads'
import { type Ledger, LedgerError, openLedger } from '@og/ledger'
import type { LedgerAnswer, LedgerCall, LedgerFailure, LedgerOpening } from './ledger-messages.js'

/** The ledger's thread: opens the file that it is told, answers calls, and ends after `close`. */
const port = parentPort
if (port === null) throw new Error('the ledger thread is started by the gateway')
const say = (message: LedgerOpening | readonly LedgerAnswer[]): void => port.postMessage(message)

function failureOf(error: unknown): LedgerFailure {
  return {
    code: error instanceof LedgerError ? error.code : undefined,
    message: error instanceof Error ? error.message : 'unknown failure',
  }
}

let answers: LedgerAnswer[] = []

/** What ends together, as one commit lets many calls end, is told together. */
function answer(one: LedgerAnswer): void {
  if (answers.push(one) > 1) return
  queueMicrotask(() => {
    const told = answers
    answers = []
    say(told)
  })
}

function serve(ledger: Ledger): void {
  port?.on('message', (calls: readonly LedgerCall[]) => {
    for (const { id, method, input } of calls) {
      // The caller is the other half of this file: what it passes are the parameters of that method.
      const ask = ledger[method] as (...input: readonly unknown[]) => Promise<unknown>
      ask(...input).then(
        (value) => {
          answer({ id, ok: true, value })
          if (method === 'close') setImmediate(() => port.close())
        },
        (error: unknown) => answer({ id, ok: false, failure: failureOf(error) }),
      )
    }
  })
}

try {
  const { path } = workerData as { readonly path: string }
  serve(openLedger({ path }))
  say({ ok: true })
} catch (error) {
  say({ ok: false, failure: failureOf(error) })
  port.close()
}
