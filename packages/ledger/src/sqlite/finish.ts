import {
  MAX_ANSWER_BYTES,
  MAX_INTENTS,
  requireCount,
  requireHash,
  requireHex,
  requireOneOf,
  requireText,
  requireUint256,
} from '../check-input.js'
import type { FinishInput, Hex } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { Connection } from './connection.js'
import { setOutstanding } from './exposure.js'
import { insertIntent } from './intents.js'
import { appendLeaf } from './log.js'
import { amountOf, countOf, encodeAmount, hexOf, type Row, textOf } from './row.js'

/** Refuses malformed input and brings keys to one spelling, before anything is queued. */
export function normalizeFinish(input: FinishInput): FinishInput {
  requireCount('attempt', input.attempt, 1)
  requireUint256('charged', input.charged)
  requireOneOf('outcome', input.outcome, [0, 1, 2, 3, 4])
  requireText('receiptJson', input.receiptJson)
  requireText('termsJson', input.termsJson)
  if (input.answer !== undefined && input.answer.length > MAX_ANSWER_BYTES)
    throw new LedgerError('INVALID_INPUT', `answer must be at most ${MAX_ANSWER_BYTES} bytes`)
  if (input.intents.length > MAX_INTENTS) throw new LedgerError('INVALID_INPUT', `at most ${MAX_INTENTS} intents`)
  const movesMoney = input.intents.some((intent) => intent.kind === 'payment')
  // A failed attempt may run again, so that it must never be able to charge.
  if (input.outcome === 3 && (input.charged !== 0n || movesMoney))
    throw new LedgerError('INVALID_INPUT', 'a failed attempt is charged 0 and has no payment intent')
  if (movesMoney && input.charged === 0n)
    throw new LedgerError('INVALID_INPUT', 'a payment intent needs a charge above 0')
  return {
    ...input,
    paymentHash: requireHash('paymentHash', input.paymentHash),
    receiptDigest: requireHash('receiptDigest', input.receiptDigest),
    logId: requireHash('logId', input.logId),
    signature: requireHex('signature', input.signature),
    intents: input.intents.map((intent) => ({
      ...intent,
      kind: requireOneOf('intent.kind', intent.kind, ['payment', 'record', 'metadata', 'refund']),
      dedupeKey: requireHash('intent.dedupeKey', intent.dedupeKey),
      body: requireText('intent.body', intent.body),
      ...(intent.deadline === undefined ? {} : { deadline: requireUint256('intent.deadline', intent.deadline) }),
    })),
  }
}

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
