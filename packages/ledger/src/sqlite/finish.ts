import { amountOf, countOf, encodeAmount, hexOf, integerOf, type Row, textOf } from '../engine/row.js'
import type { FinishInput, Hex } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { Connection } from './connection.js'
import { EXPOSURE_COLUMNS, moveExposure } from './exposure.js'
import { insertIntent } from './intents.js'
import { appendLeaf } from './log.js'

function requireNewest(row: Row | undefined, paymentHash: Hex, attempt: number): Row {
  if (row === undefined) throw new LedgerError('NOT_FOUND', `no payment ${paymentHash}`)
  const current = countOf(row, 'attempt')
  if (current !== attempt) throw new LedgerError('FENCED', `attempt ${attempt} was taken over by attempt ${current}`)
  return row
}

/** What the payment's row says if `attempt` is its newest one: id, attempt and state. */
export function requireCurrent(connection: Connection, paymentHash: Hex, attempt: number): Row {
  const row = connection.get('SELECT id, attempt, state FROM payment WHERE payment_hash = ?', [paymentHash])
  return requireNewest(row, paymentHash, attempt)
}

function finishedBefore(connection: Connection, input: FinishInput, paymentId: bigint): { readonly leafIndex: number } {
  const row = connection.get('SELECT digest, leaf_index FROM receipt WHERE payment_id = ? AND attempt = ?', [
    paymentId,
    input.attempt,
  ])
  // Two different receipts of one attempt would be equivocation: the first one stands.
  if (row === undefined || hexOf(row, 'digest') !== input.receiptDigest)
    throw new LedgerError('FENCED', `attempt ${input.attempt} has ended with another receipt`)
  return { leafIndex: countOf(row, 'leaf_index') }
}

const RUNNING = `SELECT id, attempt, state, authorized, valid_before, ${EXPOSURE_COLUMNS},
    (SELECT payload FROM payment_payload WHERE payment_id = payment.id) AS payload,
    (SELECT progress IS NOT NULL FROM payment_attempt
     WHERE payment_id = payment.id AND payment_attempt.attempt = payment.attempt) AS has_progress
  FROM payment WHERE payment_hash = ?`

/** What a finish must know of its payment, in one read. */
function readRunning(connection: Connection, paymentHash: Hex, attempt: number): Row {
  return requireNewest(connection.get(RUNNING, [paymentHash]), paymentHash, attempt)
}

/** Writes the receipt and returns its id. */
function insertReceipt(
  connection: Connection,
  input: FinishInput,
  place: { readonly paymentId: bigint; readonly leafIndex: number; readonly now: bigint },
): bigint {
  const id = connection.insert(
    `INSERT INTO receipt (digest, payment_id, attempt, log_id, leaf_index, receipt_json, terms_json, signature, charged,
       outcome, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING`,
    [
      input.receiptDigest,
      place.paymentId,
      input.attempt,
      input.logId,
      place.leafIndex,
      input.receiptJson,
      input.termsJson,
      input.signature,
      encodeAmount(input.charged),
      input.outcome,
      place.now,
    ],
  )
  if (id === undefined)
    throw new LedgerError('DUPLICATE', `the receipt ${input.receiptDigest} belongs to another attempt`)
  return id
}

/** Result, receipt, leaf and intents, inside a transaction. */
export function finish(connection: Connection, input: FinishInput, now: bigint): { readonly leafIndex: number } {
  const { paymentHash, attempt } = input
  const payment = readRunning(connection, paymentHash, attempt)
  const paymentId = integerOf(payment, 'id')
  const state = textOf(payment, 'state')
  if (state === 'finished') return finishedBefore(connection, input, paymentId)
  if (state !== 'reserved') throw new LedgerError('FENCED', `attempt ${attempt} was released`)
  const authorized = amountOf(payment, 'authorized')
  if (input.charged > authorized)
    throw new LedgerError('OVERCHARGE', `charged ${input.charged} is above the authorized ${authorized}`)

  const leafIndex = appendLeaf(connection, { logId: input.logId, digest: input.receiptDigest, now })
  connection.step('finish:leaf')
  const receiptId = insertReceipt(connection, input, { paymentId, leafIndex, now })
  connection.step('finish:receipt')
  if (input.answer !== undefined)
    connection.run('INSERT INTO answer (receipt_id, bytes, stored_at) VALUES (?, ?, ?)', [receiptId, input.answer, now])
  connection.step('finish:answer')
  for (const intent of input.intents) {
    const deadline = intent.deadline ?? (intent.kind === 'payment' ? amountOf(payment, 'valid_before') : now)
    const known = { paymentHash, payload: textOf(payment, 'payload'), receipt: input.receiptJson }
    insertIntent(connection, { ...intent, deadline, paymentId, attempt }, known, now)
  }
  connection.step('finish:intents')
  const owed = input.intents.some((intent) => intent.kind === 'payment')
  const outstanding = owed ? input.charged : 0n
  connection.run("UPDATE payment SET state = 'finished', lease_until = NULL, money = ?, outstanding = ? WHERE id = ?", [
    owed ? 'pending' : 'none',
    encodeAmount(outstanding),
    paymentId,
  ])
  moveExposure(connection, payment, outstanding)
  // When it ended is in its receipt.
  if (integerOf(payment, 'has_progress') === 1n)
    connection.run('UPDATE payment_attempt SET progress = NULL WHERE payment_id = ? AND attempt = ?', [
      paymentId,
      attempt,
    ])
  return { leafIndex }
}
