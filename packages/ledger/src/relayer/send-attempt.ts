import type { SignedAttempt } from '../relay-store.js'
import type { RelayerContext, TickReport } from './relayer-context.js'

// The node has these bytes, or the nonce is mined: reconciliation finds our own hash. Neither is a failure.
const HARMLESS = /already known|already imported|known transaction|nonce too low|replacement transaction underpriced/i

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Hands stored bytes to the node. No error of it means that they were not taken, so none changes what is planned. */
export async function sendAttempt(context: RelayerContext, attempt: SignedAttempt, report: TickReport): Promise<void> {
  let error: string | null = null
  try {
    await context.chain.sendRawTransaction(attempt.raw)
    report.sent += 1
  } catch (caught) {
    error = messageOf(caught)
    if (!HARMLESS.test(error)) report.alarms.push({ alarm: 'SEND_FAILED', detail: error.slice(0, 200) })
  }
  context.step('sent')
  await context.ledger.markSent({ hash: attempt.hash, error })
}
