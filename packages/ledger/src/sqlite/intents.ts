import type { IntentFailure, IntentOutcome, NewIntent } from '../engine/intent-input.js'
import { INTENT_KINDS, intentOf } from '../engine/read-intent.js'
import { countOf, encodeAmount, integerOrNull, oneOf, textOf } from '../engine/row.js'
import type { ClaimInput, Intent, IntentKind, IntentState, IntentStore } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { Connection } from './connection.js'
import { readDue, settleDue } from './exposure.js'
import { type KeptTexts, quoteBody, WHOLE_BODY } from './quoted-body.js'

const PAYMENT_HASH = '(SELECT payment_hash FROM payment WHERE payment.id = intent.payment_id)'

/** The columns of a whole intent. */
export const INTENT_COLUMNS: string = `id, kind, coalesce(dedupe_key, ${PAYMENT_HASH}) AS dedupe_key, ${WHOLE_BODY} AS body, state, attempt, deadline,
  claim, lease_until, tx, block_number, result, error, ${PAYMENT_HASH} AS payment_hash`

/** The intent that has a key: as its own, or as its payment's hash. */
const WITH_KEY = `SELECT kind, ${WHOLE_BODY} AS body, payment_id FROM intent WHERE dedupe_key = ?1
  UNION ALL SELECT kind, ${WHOLE_BODY}, payment_id FROM payment JOIN intent ON payment_id = payment.id
  WHERE payment_hash = ?1 AND dedupe_key IS NULL`

/** Writes an intent, inside a transaction; the same key with the same content is left as it is. An intent of a payment comes after its receipt. */
export function insertIntent(
  connection: Connection,
  intent: Omit<NewIntent, 'paymentHash'> & { readonly paymentId: bigint | null },
  kept: KeptTexts | undefined,
  now: bigint,
): void {
  const found = connection.get(WITH_KEY, [intent.dedupeKey])
  if (found !== undefined) {
    const isSame =
      textOf(found, 'kind') === intent.kind &&
      textOf(found, 'body') === intent.body &&
      integerOrNull(found, 'payment_id') === intent.paymentId
    if (isSame) return
    throw new LedgerError('DUPLICATE', `the intent key ${intent.dedupeKey} is taken by other content`)
  }
  const { body, quotes, tail } = quoteBody(intent.body, intent.kind, kept)
  connection.run(
    `INSERT INTO intent (kind, dedupe_key, body, quotes, body_tail, state, payment_id, attempt, deadline, run_at, claim, created_at)
     VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?9, 0, ?9)`,
    [
      intent.kind,
      intent.dedupeKey === kept?.paymentHash ? null : intent.dedupeKey,
      body,
      quotes,
      tail,
      intent.paymentId,
      intent.attempt,
      encodeAmount(intent.deadline),
      now,
    ],
  )
}

const NOT_OF_THESE_PAYERS = `(payment_id IS NULL OR
  (SELECT payer FROM payment WHERE payment.id = intent.payment_id) NOT IN (SELECT value FROM json_each(?3)))`

/** Leases due intents, inside a transaction. */
export function claimIntents(connection: Connection, input: ClaimInput, now: bigint): readonly Intent[] {
  const { kind, exceptPayers = [] } = input
  const leaseUntil = now + input.leaseSeconds
  // Of one kind the index gives them in their order, and no further than the limit.
  const rows = connection.all(
    `SELECT ${INTENT_COLUMNS} FROM intent
     WHERE state IN ('queued', 'claimed') AND ((state = 'queued' AND run_at <= ?1) OR (state = 'claimed' AND lease_until <= ?1))
       ${kind === undefined ? 'AND ?2 IS NULL' : 'AND kind = ?2'} ${exceptPayers.length === 0 ? 'AND ?3 IS NULL' : `AND ${NOT_OF_THESE_PAYERS}`}
     ORDER BY deadline, id LIMIT ?4`,
    [now, kind ?? null, exceptPayers.length === 0 ? null : JSON.stringify(exceptPayers), input.limit],
  )
  if (rows.length === 0) return []
  connection.run(
    `UPDATE intent SET state = 'claimed', claim = claim + 1, lease_until = ? WHERE id IN (SELECT value FROM json_each(?))`,
    [leaseUntil, JSON.stringify(rows.map((row) => countOf(row, 'id')))],
  )
  return rows.map((row) => ({ ...intentOf(row), state: 'claimed', claim: countOf(row, 'claim') + 1, leaseUntil }))
}

/** Prolongs the leases that are still held, inside a transaction. */
export function renewIntents(
  connection: Connection,
  { held, leaseSeconds }: Parameters<IntentStore['renewIntents']>[0],
  now: bigint,
): readonly number[] {
  return connection
    .all(
      `UPDATE intent SET lease_until = ? FROM json_each(?) AS held
       WHERE intent.id = held.value ->> 'id' AND intent.claim = held.value ->> 'claim' AND intent.state = 'claimed' RETURNING intent.id`,
      [now + leaseSeconds, JSON.stringify(held)],
    )
    .map((row) => countOf(row, 'id'))
}

/** What an intent that must exist is and where it stands, without its texts. */
function requireIntent(
  connection: Connection,
  id: number,
): Pick<Intent, 'kind' | 'claim'> & { readonly state: string; readonly paymentId: bigint | null } {
  const row = connection.get('SELECT kind, state, claim, payment_id FROM intent WHERE id = ?', [id])
  if (row === undefined) throw new LedgerError('NOT_FOUND', `no intent ${id}`)
  return {
    kind: oneOf(row, 'kind', INTENT_KINDS),
    state: textOf(row, 'state'),
    claim: countOf(row, 'claim'),
    paymentId: integerOrNull(row, 'payment_id'),
  }
}

/** Marks an intent as done, inside a transaction. An effect that happened is a fact, whoever reports it. */
export function completeIntent(connection: Connection, id: number, outcome: IntentOutcome): void {
  const intent = requireIntent(connection, id)
  if (intent.state === 'done') return
  connection.run(
    "UPDATE intent SET state = 'done', lease_until = NULL, tx = ?, block_number = ?, result = ?, error = NULL WHERE id = ?",
    [outcome.transaction ?? null, outcome.blockNumber ?? null, outcome.result, id],
  )
  connection.step('completeIntent:intent')
  if (intent.kind !== 'payment' || intent.paymentId === null) return
  const due = readDue(connection, intent.paymentId)
  if (due === undefined) return
  connection.run("UPDATE payment SET money = 'settled', outstanding = ? WHERE id = ?", [
    encodeAmount(0n),
    intent.paymentId,
  ])
  // Without a transaction nothing has left the payer: a channel holds it already.
  settleDue(connection, due, { isPaid: outcome.transaction !== undefined })
}

/** Puts an intent back or aside, inside a transaction. */
export function failIntent(connection: Connection, id: number, failure: IntentFailure): void {
  const intent = requireIntent(connection, id)
  if (intent.state === 'done') throw new LedgerError('FENCED', `intent ${id} is done`)
  if (failure.claim !== undefined && (intent.state !== 'claimed' || intent.claim !== failure.claim))
    throw new LedgerError('FENCED', `intent ${id} was claimed again`)
  const retryAt = 'retryAt' in failure ? failure.retryAt : null
  const state: IntentState = retryAt === null ? 'failed' : 'queued'
  connection.run(
    'UPDATE intent SET state = ?, lease_until = NULL, error = ?, run_at = coalesce(?, run_at) WHERE id = ?',
    [state, failure.error, retryAt, id],
  )
  // The payer stays exposed for what was served and could not be collected.
  if (state === 'failed' && intent.kind === 'payment' && intent.paymentId !== null)
    connection.run("UPDATE payment SET money = 'debt' WHERE id = ?", [intent.paymentId])
}

/** Queues a dead letter again, inside a transaction. */
export function retryIntent(connection: Connection, id: number, now: bigint): void {
  const intent = requireIntent(connection, id)
  if (intent.state !== 'failed') throw new LedgerError('FENCED', `intent ${id} is ${intent.state}, not failed`)
  connection.run("UPDATE intent SET state = 'queued', run_at = ? WHERE id = ?", [now, id])
  if (intent.kind === 'payment' && intent.paymentId !== null)
    connection.run("UPDATE payment SET money = 'pending' WHERE id = ?", [intent.paymentId])
}

/** Lists intents of one state. */
export function listIntents(
  connection: Connection,
  input: { readonly state: IntentState; readonly kind?: IntentKind; readonly limit: number },
): readonly Intent[] {
  return connection
    .all(`SELECT ${INTENT_COLUMNS} FROM intent WHERE state = ? AND (? IS NULL OR kind = ?) ORDER BY id LIMIT ?`, [
      input.state,
      input.kind ?? null,
      input.kind ?? null,
      input.limit,
    ])
    .map(intentOf)
}
