import { amountOf, countOf, encodeAmount, hexOf, textOf } from '../engine/row.js'
import type { FinishInput } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import { requireCurrent } from './attempts.js'
import type { Transaction } from './connection.js'
import { moveOutstanding } from './exposure.js'
import { insertIntent } from './intents.js'

async function finishedBefore(transaction: Transaction, input: FinishInput): Promise<{ readonly leafIndex: number }> {
  const row = await transaction.get('SELECT digest, leaf_index FROM receipt WHERE payment_hash = $1 AND attempt = $2', [
    input.paymentHash,
    input.attempt,
  ])
  // Two different receipts of one attempt would be equivocation: the first one stands.
  if (row === undefined || hexOf(row, 'digest') !== input.receiptDigest)
    throw new LedgerError('FENCED', `attempt ${input.attempt} has ended with another receipt`)
  return { leafIndex: countOf(row, 'leaf_index') }
}

/** Appends the leaf, with its receipt; from here to the commit the log is this transaction's. */
async function appendReceipt(transaction: Transaction, input: FinishInput): Promise<number> {
  const row = await transaction.get(
    `WITH grown AS (
       INSERT INTO log AS known (log_id, size) VALUES ($1, 1)
       ON CONFLICT (log_id) DO UPDATE SET size = known.size + 1 RETURNING size - 1 AS leaf_index),
     appended AS (
       INSERT INTO leaf (log_id, leaf_index, digest, appended_at)
       SELECT $1, leaf_index, $2::text, $3::bigint FROM grown),
     written AS (
       INSERT INTO receipt (digest, payment_hash, attempt, log_id, leaf_index, receipt_json, terms_json, signature,
         charged, outcome, finished_at)
       SELECT $2::text, $4::text, $5::bigint, $1, leaf_index, $6::text, $7::text, $8::text, $9::numeric, $10::bigint,
         $3::bigint FROM grown),
     kept AS (
       INSERT INTO answer (digest, bytes, stored_at)
       SELECT $2::text, $11::bytea, $3::bigint WHERE $11::bytea IS NOT NULL)
     SELECT leaf_index FROM grown`,
    [
      input.logId,
      input.receiptDigest,
      transaction.now,
      input.paymentHash,
      input.attempt,
      input.receiptJson,
      input.termsJson,
      input.signature,
      encodeAmount(input.charged),
      input.outcome,
      input.answer ?? null,
    ],
  )
  if (row === undefined) throw new LedgerError('CORRUPT', 'a log just written is not there')
  return countOf(row, 'leaf_index')
}

/** Result, receipt, leaf and intents. */
export async function finish(transaction: Transaction, input: FinishInput): Promise<{ readonly leafIndex: number }> {
  const payment = await requireCurrent(transaction, input.paymentHash, input.attempt)
  const state = textOf(payment, 'state')
  if (state === 'finished') return finishedBefore(transaction, input)
  if (state !== 'reserved') throw new LedgerError('FENCED', `attempt ${input.attempt} was released`)
  const authorized = amountOf(payment, 'authorized')
  if (input.charged > authorized)
    throw new LedgerError('OVERCHARGE', `charged ${input.charged} is above the authorized ${authorized}`)
  if ((await transaction.get('SELECT digest FROM receipt WHERE digest = $1', [input.receiptDigest])) !== undefined)
    throw new LedgerError('DUPLICATE', `the receipt ${input.receiptDigest} belongs to another attempt`)

  for (const intent of input.intents) {
    const deadline =
      intent.deadline ?? (intent.kind === 'payment' ? amountOf(payment, 'valid_before') : transaction.now)
    await insertIntent(transaction, {
      ...intent,
      deadline,
      paymentHash: input.paymentHash,
      attempt: input.attempt,
    })
  }
  transaction.step('finish:intents')
  const owed = input.intents.some((intent) => intent.kind === 'payment')
  const outstanding = owed ? input.charged : 0n
  await moveOutstanding(transaction, payment, outstanding)
  await transaction.run(
    `WITH ended AS (
       UPDATE payment SET state = 'finished', lease_until = NULL, money = $2, outstanding = $3::numeric
       WHERE payment_hash = $1)
     UPDATE payment_attempt SET ended_at = $4, progress = NULL WHERE payment_hash = $1 AND attempt = $5`,
    [input.paymentHash, owed ? 'pending' : 'none', encodeAmount(outstanding), transaction.now, input.attempt],
  )
  transaction.step('finish:payment')
  const leafIndex = await appendReceipt(transaction, input)
  transaction.step('finish:leaf')
  return { leafIndex }
}
