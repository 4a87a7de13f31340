import { amountOf, countOf, encodeAmount, hexOf, type Row, textOf } from '../engine/row.js'
import type { FinishInput, Hex } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { Connection } from './connection.js'
import { setOutstanding } from './exposure.js'
import { insertIntent } from './intents.js'
import { appendLeaf } from './log.js'

/** The payment's row if `attempt` is its newest one. */
export function requireCurrent(connection: Connection, paymentHash: Hex, attempt: number): Row {
  const row = connection.get('SELECT * FROM payment WHERE payment_hash = ?', [paymentHash])
  if (row === undefined) throw new LedgerError('NOT_FOUND', `no payment ${paymentHash}`)
  const current = countOf(row, 'attempt')
  if (current !== attempt) throw new LedgerError('FENCED', `attempt ${attempt} was taken over by attempt ${current}`)
  return row
}

function finishedBefore(connection: Connection, input: FinishInput): { readonly leafIndex: number } {
  const row = connection.get('SELECT digest, leaf_index FROM receipt WHERE payment_hash = ? AND attempt = ?', [
    input.paymentHash,
    input.attempt,
  ])
  // Two different receipts of one attempt would be equivocation: the first one stands.
  if (row === undefined || hexOf(row, 'digest') !== input.receiptDigest)
    throw new LedgerError('FENCED', `attempt ${input.attempt} has ended with another receipt`)
  return { leafIndex: countOf(row, 'leaf_index') }
}

/** Result, receipt, leaf and intents, inside a transaction. */
export function finish(connection: Connection, input: FinishInput, now: bigint): { readonly leafIndex: number } {
  const payment = requireCurrent(connection, input.paymentHash, input.attempt)
  const state = textOf(payment, 'state')
  if (state === 'finished') return finishedBefore(connection, input)
  if (state !== 'reserved') throw new LedgerError('FENCED', `attempt ${input.attempt} was released`)
  const authorized = amountOf(payment, 'authorized')
  if (input.charged > authorized)
    throw new LedgerError('OVERCHARGE', `charged ${input.charged} is above the authorized ${authorized}`)
  if (connection.get('SELECT digest FROM receipt WHERE digest = ?', [input.receiptDigest]) !== undefined)
    throw new LedgerError('DUPLICATE', `the receipt ${input.receiptDigest} belongs to another attempt`)

  const leafIndex = appendLeaf(connection, { logId: input.logId, digest: input.receiptDigest, now })
  connection.step('finish:leaf')
  connection.run(
    `INSERT INTO receipt (digest, payment_hash, attempt, log_id, leaf_index, receipt_json, terms_json, signature, charged,
       outcome, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      input.receiptDigest,
      input.paymentHash,
      input.attempt,
      input.logId,
      leafIndex,
      input.receiptJson,
      input.termsJson,
      input.signature,
      encodeAmount(input.charged),
      input.outcome,
      now,
    ],
  )
  connection.step('finish:receipt')
  if (input.answer !== undefined)
    connection.run('INSERT INTO answer (digest, bytes, stored_at) VALUES (?, ?, ?)', [
      input.receiptDigest,
      input.answer,
      now,
    ])
  connection.step('finish:answer')
  for (const intent of input.intents) {
    const deadline = intent.deadline ?? (intent.kind === 'payment' ? amountOf(payment, 'valid_before') : now)
    insertIntent(connection, { ...intent, deadline, paymentHash: input.paymentHash, attempt: input.attempt }, now)
  }
  connection.step('finish:intents')
  const owed = input.intents.some((intent) => intent.kind === 'payment')
  setOutstanding(connection, input.paymentHash, owed ? input.charged : 0n)
  connection.run("UPDATE payment SET state = 'finished', lease_until = NULL, money = ? WHERE payment_hash = ?", [
    owed ? 'pending' : 'none',
    input.paymentHash,
  ])
  connection.run('UPDATE payment_attempt SET ended_at = ?, progress = NULL WHERE payment_hash = ? AND attempt = ?', [
    now,
    input.paymentHash,
    input.attempt,
  ])
  return { leafIndex }
}
