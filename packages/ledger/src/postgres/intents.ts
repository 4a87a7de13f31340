import type { IntentFailure, IntentOutcome, NewIntent } from '../engine/intent-input.js'
import { INTENT_COLUMNS, intentOf } from '../engine/read-intent.js'
import { amountOf, countOf, encodeAmount, textOf } from '../engine/row.js'
import type { ClaimInput, Hex, Intent, IntentKind, IntentState, IntentStore } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { Transaction } from './connection.js'
import { addPaid, moveOutstanding } from './exposure.js'

/** Writes an intent; the same key with the same content is left as it is. */
export async function insertIntent(transaction: Transaction, intent: NewIntent): Promise<void> {
  const made = await transaction.run(
    `INSERT INTO intent (kind, dedupe_key, body, state, payment_hash, attempt, deadline, run_at, claim, created_at)
     VALUES ($1, $2, $3, 'queued', $4, $5, $6::numeric, $7, 0, $7) ON CONFLICT (dedupe_key) DO NOTHING`,
    [
      intent.kind,
      intent.dedupeKey,
      intent.body,
      intent.paymentHash,
      intent.attempt,
      encodeAmount(intent.deadline),
      transaction.now,
    ],
  )
  if (made === 1) return
  const found = await transaction.get('SELECT kind, body, payment_hash FROM intent WHERE dedupe_key = $1', [
    intent.dedupeKey,
  ])
  const isSame =
    found !== undefined &&
    textOf(found, 'kind') === intent.kind &&
    textOf(found, 'body') === intent.body &&
    found['payment_hash'] === intent.paymentHash
  if (!isSame) throw new LedgerError('DUPLICATE', `the intent key ${intent.dedupeKey} is taken by other content`)
}

/** Leases due intents; rows that another worker is about to lease are passed over, not waited for. */
export async function claimIntents(transaction: Transaction, input: ClaimInput): Promise<readonly Intent[]> {
  const { kind, exceptPayers = [] } = input
  const due = "((state = 'queued' AND run_at <= $1) OR (state = 'claimed' AND lease_until <= $1))"
  const isOfOthers = `(payment_hash IS NULL OR
    (SELECT payer FROM payment WHERE payment.payment_hash = intent.payment_hash) <> ALL ($4::text[]))`
  // A clause of its own for the kind, so that each form has its index.
  const rows = await transaction.all(
    `WITH due AS (
       SELECT id FROM intent WHERE state IN ('queued', 'claimed') AND ${due} AND ${isOfOthers}
         ${kind === undefined ? '' : 'AND kind = $5'}
       ORDER BY deadline, id LIMIT $2 FOR UPDATE SKIP LOCKED),
     leased AS (
       UPDATE intent SET state = 'claimed', claim = claim + 1, lease_until = $1::bigint + $3::bigint
       FROM due WHERE intent.id = due.id RETURNING intent.*)
     SELECT ${INTENT_COLUMNS} FROM leased ORDER BY deadline, id`,
    [
      transaction.now,
      input.limit,
      input.leaseSeconds,
      `{${exceptPayers.join(',')}}`,
      ...(kind === undefined ? [] : [kind]),
    ],
  )
  return rows.map(intentOf)
}

/** Prolongs the leases that are still held. */
export async function renewIntents(
  transaction: Transaction,
  { held, leaseSeconds }: Parameters<IntentStore['renewIntents']>[0],
): Promise<readonly number[]> {
  const rows = await transaction.all(
    `UPDATE intent SET lease_until = $1::bigint + $2::bigint FROM jsonb_to_recordset($3::jsonb) AS held (id bigint, claim bigint)
     WHERE intent.id = held.id AND intent.claim = held.claim AND intent.state = 'claimed' RETURNING intent.id`,
    [transaction.now, leaseSeconds, JSON.stringify(held)],
  )
  return rows.map((row) => countOf(row, 'id'))
}

/** Locks an intent that must exist. */
async function requireIntent(transaction: Transaction, id: number): Promise<Intent> {
  const row = await transaction.get(`SELECT ${INTENT_COLUMNS} FROM intent WHERE id = $1 FOR UPDATE`, [id])
  if (row === undefined) throw new LedgerError('NOT_FOUND', `no intent ${id}`)
  return intentOf(row)
}

/** Marks an intent as done. An effect that happened is a fact, whoever reports it. */
export async function completeIntent(transaction: Transaction, id: number, outcome: IntentOutcome): Promise<void> {
  const intent = await requireIntent(transaction, id)
  if (intent.state === 'done') return
  await transaction.run(
    `UPDATE intent SET state = 'done', lease_until = NULL, tx = $2, block_number = $3, result = $4, error = NULL
     WHERE id = $1`,
    [id, outcome.transaction ?? null, outcome.blockNumber ?? null, outcome.result],
  )
  transaction.step('completeIntent:intent')
  if (intent.kind === 'payment' && intent.paymentHash !== null) {
    await settlePayment(transaction, intent.paymentHash, { isTransferred: outcome.transaction !== undefined })
  }
}

async function settlePayment(
  transaction: Transaction,
  paymentHash: Hex,
  { isTransferred }: { readonly isTransferred: boolean },
): Promise<void> {
  const payment = await transaction.get('SELECT * FROM payment WHERE payment_hash = $1 FOR UPDATE', [paymentHash])
  if (payment === undefined) return
  await moveOutstanding(transaction, payment, 0n)
  // Without a transaction nothing has left the payer: a channel holds it already.
  if (isTransferred) await addPaid(transaction, payment, amountOf(payment, 'outstanding'))
  await transaction.run("UPDATE payment SET money = 'settled', outstanding = 0 WHERE payment_hash = $1", [paymentHash])
}

/** Puts an intent back or aside. */
export async function failIntent(transaction: Transaction, id: number, failure: IntentFailure): Promise<void> {
  const intent = await requireIntent(transaction, id)
  if (intent.state === 'done') throw new LedgerError('FENCED', `intent ${id} is done`)
  if (failure.claim !== undefined && (intent.state !== 'claimed' || intent.claim !== failure.claim))
    throw new LedgerError('FENCED', `intent ${id} was claimed again`)
  const retryAt = 'retryAt' in failure ? failure.retryAt : null
  const state: IntentState = retryAt === null ? 'failed' : 'queued'
  await transaction.run(
    `UPDATE intent SET state = $2, lease_until = NULL, error = $3, run_at = coalesce($4::bigint, run_at) WHERE id = $1`,
    [id, state, failure.error, retryAt],
  )
  // The payer stays exposed for what was served and could not be collected.
  if (state === 'failed' && intent.kind === 'payment' && intent.paymentHash !== null)
    await transaction.run("UPDATE payment SET money = 'debt' WHERE payment_hash = $1", [intent.paymentHash])
}

/** Queues a dead letter again. */
export async function retryIntent(transaction: Transaction, id: number): Promise<void> {
  const intent = await requireIntent(transaction, id)
  if (intent.state !== 'failed') throw new LedgerError('FENCED', `intent ${id} is ${intent.state}, not failed`)
  await transaction.run("UPDATE intent SET state = 'queued', run_at = $2 WHERE id = $1", [id, transaction.now])
  if (intent.kind === 'payment' && intent.paymentHash !== null)
    await transaction.run("UPDATE payment SET money = 'pending' WHERE payment_hash = $1", [intent.paymentHash])
}

/** Lists intents of one state. */
export async function listIntents(
  transaction: Transaction,
  input: { readonly state: IntentState; readonly kind?: IntentKind; readonly limit: number },
): Promise<readonly Intent[]> {
  const rows = await transaction.all(
    `SELECT ${INTENT_COLUMNS} FROM intent WHERE state = $1 AND ($2::text IS NULL OR kind = $2) ORDER BY id LIMIT $3`,
    [input.state, input.kind ?? null, input.limit],
  )
  return rows.map(intentOf)
}
