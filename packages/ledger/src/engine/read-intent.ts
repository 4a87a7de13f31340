import type { Intent, IntentKind } from '../ledger.js'
import {
  amountOf,
  countOf,
  countOrNull,
  hexOf,
  hexOrNull,
  integerOrNull,
  oneOf,
  type Row,
  textOf,
  textOrNull,
} from './row.js'

/** The columns that {@link intentOf} reads. */
export const INTENT_COLUMNS =
  'id, kind, dedupe_key, body, state, payment_hash, attempt, deadline, claim, lease_until, tx, block_number, result, error'

/** What an intent may be for. */
export const INTENT_KINDS: readonly IntentKind[] = ['payment', 'record', 'metadata', 'refund', 'checkpoint']

/** Reads an outbox row. */
export function intentOf(row: Row): Intent {
  return {
    id: countOf(row, 'id'),
    kind: oneOf(row, 'kind', INTENT_KINDS),
    dedupeKey: hexOf(row, 'dedupe_key'),
    body: textOf(row, 'body'),
    state: oneOf(row, 'state', ['queued', 'claimed', 'done', 'failed']),
    paymentHash: hexOrNull(row, 'payment_hash'),
    attempt: countOrNull(row, 'attempt'),
    deadline: amountOf(row, 'deadline'),
    claim: countOf(row, 'claim'),
    leaseUntil: integerOrNull(row, 'lease_until'),
    transaction: hexOrNull(row, 'tx'),
    blockNumber: integerOrNull(row, 'block_number'),
    result: textOrNull(row, 'result'),
    error: textOrNull(row, 'error'),
  }
}
