import { countOf, encodeAmount, integerOrNull, type Row, textOf } from '../engine/row.js'
import { isSamePayment, isSameRequest, mayRunAgain } from '../engine/same-payment.js'
import type { ReserveInput, ReserveResult } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import { expireLeasesOf } from './attempts.js'
import type { Transaction } from './connection.js'
import { addOutstanding, outstandingOf } from './exposure.js'
import { readPayment } from './read-payment.js'

/** What the first statement did. */
interface FirstInsert {
  /** The payment was unknown and is ours now. */
  readonly isTaken: boolean
  /** Its payer's sum allowed it. */
  readonly isCovered: boolean
  /** The payer has attempts whose lease ran out. */
  readonly hasExpired: boolean
}

/**
 * Takes the payment if nobody has, and its part of the payer's exposure: the one statement that decides between any number
 * of processes, and the only round trip between begin and commit. A loser waits here for the winner's commit, and reads
 * what it wrote.
 */
async function insertFirst(transaction: Transaction, input: ReserveInput): Promise<FirstInsert> {
  const made = await transaction.get(
    `WITH taken AS (
       INSERT INTO payment (payment_hash, chain_id, nonce_contract, payer, nonce, request_hash, scheme, network, asset,
         pay_to, authorized, valid_before, mode, settlement, payload, state, attempt, lease_until, outstanding, money,
         created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::numeric, $12::numeric, $13, $14, $15, 'reserved', 1,
         $16::bigint, $11::numeric, 'none', $17::bigint)
       ON CONFLICT DO NOTHING RETURNING payment_hash),
     started AS (
       INSERT INTO payment_attempt (payment_hash, attempt, salt_request, salt_response, salt_upstream_request, salt_terms,
         started_at)
       SELECT payment_hash, 1, $18::text, $19::text, $20::text, $21::text, $17::bigint FROM taken),
     covered AS (
       INSERT INTO exposure AS known (chain_id, asset, payer, outstanding)
       SELECT $2::bigint, $9::text, $4::text, $11::numeric FROM taken WHERE $22::numeric IS NULL OR $11::numeric <= $22::numeric
       ON CONFLICT (chain_id, asset, payer) DO UPDATE SET outstanding = known.outstanding + excluded.outstanding
       WHERE $22::numeric IS NULL
         OR known.outstanding + known.paid - coalesce($23::numeric, known.paid) + excluded.outstanding <= $22::numeric
       RETURNING payer)
     SELECT EXISTS (SELECT FROM covered) AS is_covered,
       EXISTS (SELECT FROM payment WHERE state = 'reserved' AND chain_id = $2 AND asset = $9 AND payer = $4
         AND lease_until <= $17::bigint) AS has_expired FROM taken`,
    [
      input.paymentHash,
      input.chainId,
      input.nonceContract,
      input.payer,
      input.nonce,
      input.requestHash,
      input.scheme,
      input.network,
      input.asset,
      input.payTo,
      encodeAmount(input.authorized),
      encodeAmount(input.validBefore),
      input.mode,
      input.settlement,
      input.payload,
      transaction.now + input.leaseSeconds,
      transaction.now,
      input.salts.request,
      input.salts.response,
      input.salts.upstreamRequest,
      input.salts.terms,
      input.exposureLimit ?? null,
      input.paidBefore ?? null,
    ],
  )
  return {
    isTaken: made !== undefined,
    isCovered: made?.['is_covered'] === 't',
    hasExpired: made?.['has_expired'] === 't',
  }
}

/** Starts the next attempt of a payment whose row the transaction has locked. */
async function grantAgain(transaction: Transaction, input: ReserveInput, attempt: number): Promise<void> {
  await transaction.run(
    `WITH granted AS (
       UPDATE payment SET state = 'reserved', attempt = $2::bigint, lease_until = $3::bigint, payload = $4,
         outstanding = authorized, money = 'none', request_hash = $10::text, mode = $11::text, settlement = $12::text WHERE payment_hash = $1 RETURNING payment_hash)
     INSERT INTO payment_attempt (payment_hash, attempt, salt_request, salt_response, salt_upstream_request, salt_terms,
       started_at)
     SELECT payment_hash, $2::bigint, $5::text, $6::text, $7::text, $8::text, $9::bigint FROM granted`,
    [
      input.paymentHash,
      attempt,
      transaction.now + input.leaseSeconds,
      input.payload,
      input.salts.request,
      input.salts.response,
      input.salts.upstreamRequest,
      input.salts.terms,
      transaction.now,
      input.requestHash,
      input.mode,
      input.settlement,
    ],
  )
}

async function newestReceipt(transaction: Transaction, input: ReserveInput, attempt: number): Promise<Row | undefined> {
  return transaction.get('SELECT outcome, charged FROM receipt WHERE payment_hash = $1 AND attempt = $2', [
    input.paymentHash,
    attempt,
  ])
}

async function takeExposure(transaction: Transaction, input: ReserveInput): Promise<boolean> {
  const { authorized: amount, exposureLimit: limit = null, paidBefore = null } = input
  return addOutstanding(transaction, input, { amount, limit, paidBefore })
}

function granted(transaction: Transaction, input: ReserveInput, attempt: number): ReserveResult {
  return { kind: 'granted', attempt, salts: input.salts, leaseUntil: transaction.now + input.leaseSeconds }
}

/** The reservation. */
export async function reserve(transaction: Transaction, input: ReserveInput): Promise<ReserveResult> {
  let first = await insertFirst(transaction, input)
  if (first.isTaken && !first.isCovered) {
    // What dead attempts of the payer hold may be enough: they are ended, and the payment is tried once more.
    await transaction.undo()
    await expireLeasesOf(transaction, input)
    if (first.hasExpired) first = await insertFirst(transaction, input)
    if (first.isTaken && !first.isCovered) {
      await transaction.undo()
      await expireLeasesOf(transaction, input)
      return { kind: 'exhausted', outstanding: await outstandingOf(transaction, input) }
    }
  }
  if (first.isTaken) {
    transaction.step('reserve:payment')
    if (first.hasExpired) await expireLeasesOf(transaction, input)
    return granted(transaction, input, 1)
  }
  const rows = await transaction.all(
    `SELECT * FROM payment WHERE payment_hash = $1
       OR (chain_id = $2 AND nonce_contract = $3 AND payer = $4 AND nonce = $5) ORDER BY payment_hash FOR UPDATE`,
    [input.paymentHash, input.chainId, input.nonceContract, input.payer, input.nonce],
  )
  const row = rows[0]
  if (row === undefined) throw new LedgerError('CORRUPT', 'a payment that was there is not')
  if (rows.length > 1 || !isSamePayment(row, input)) return { kind: 'conflict', reason: 'other_payment' }
  const isSame = isSameRequest(row, input)
  if (!isSame && input.rebinds !== true) return { kind: 'conflict', reason: 'other_request' }
  const attempt = countOf(row, 'attempt')
  const state = textOf(row, 'state')
  if (state === 'reserved') {
    const leaseUntil = integerOrNull(row, 'lease_until') ?? 0n
    if (leaseUntil > transaction.now) {
      return isSame ? { kind: 'running', attempt, leaseUntil } : { kind: 'conflict', reason: 'other_request' }
    }
  }
  if (state === 'finished' && !mayRunAgain(await newestReceipt(transaction, input, attempt))) {
    if (!isSame) return { kind: 'conflict', reason: 'other_request' }
    const record = await readPayment(transaction, input.paymentHash)
    if (record === null) throw new LedgerError('CORRUPT', 'a finished payment has no attempt')
    return { kind: 'finished', record }
  }
  // Its own attempt is among the expired ones, if it was still running.
  await expireLeasesOf(transaction, input)
  if (!(await takeExposure(transaction, input)))
    return { kind: 'exhausted', outstanding: await outstandingOf(transaction, input) }
  await grantAgain(transaction, input, attempt + 1)
  return granted(transaction, input, attempt + 1)
}
