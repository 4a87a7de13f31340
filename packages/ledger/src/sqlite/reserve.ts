import { amountOrNull, countOf, encodeAmount, integerOf, integerOrNull, type Row, textOf } from '../engine/row.js'
import { isSamePayment, isSameRequest, mayRunAgain } from '../engine/same-payment.js'
import type { PaymentStore, ReserveInput, ReserveResult } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { Connection } from './connection.js'
import { outstandingOf, setOutstanding, writeOutstanding } from './exposure.js'
import { requireCurrent } from './finish.js'
import { readPayment } from './read-payment.js'

type LeaseExtension = Parameters<PaymentStore['checkpoint']>[0]
type Release = Parameters<PaymentStore['release']>[0]

function newestReceipt(connection: Connection, payment: Row): Row | undefined {
  return connection.get('SELECT outcome, charged FROM receipt WHERE payment_id = ? AND attempt = ?', [
    integerOf(payment, 'id'),
    integerOf(payment, 'attempt'),
  ])
}

/** Ends attempts of the payer whose lease ran out, so that a crash does not hold its exposure for ever. */
function expireLeases(connection: Connection, input: ReserveInput, now: bigint): void {
  const rows = connection.all(
    `SELECT id, attempt FROM payment
     WHERE state = 'reserved' AND payer = ? AND lease_until <= ? AND chain_id = ? AND asset = ?`,
    [input.payer, now, input.chainId, input.asset],
  )
  for (const row of rows) releaseAttempt(connection, row, 'lease expired', now)
}

/** Marks the payment of the row (id, attempt) as released. */
export function releaseAttempt(connection: Connection, row: Row, reason: string, now: bigint): void {
  const id = integerOf(row, 'id')
  setOutstanding(connection, id, 0n)
  connection.run("UPDATE payment SET state = 'released', lease_until = NULL WHERE id = ?", [id])
  connection.run(
    'UPDATE payment_attempt SET reason = ?, ended_at = ?, progress = NULL WHERE payment_id = ? AND attempt = ?',
    [reason, now, id, countOf(row, 'attempt')],
  )
}

/** Starts the next attempt of a known payment. */
function grantAgain(connection: Connection, input: ReserveInput, payment: Row, now: bigint): ReserveResult {
  const id = integerOf(payment, 'id')
  const attempt = countOf(payment, 'attempt') + 1
  const leaseUntil = now + input.leaseSeconds
  connection.run(
    `UPDATE payment SET state = 'reserved', attempt = ?, lease_until = ?, money = 'none', request_hash = ?, mode = ?,
       settlement = ? WHERE id = ?`,
    [attempt, leaseUntil, input.requestHash, input.mode, input.settlement, id],
  )
  connection.run('UPDATE payment_payload SET payload = ? WHERE payment_id = ?', [input.payload, id])
  setOutstanding(connection, id, input.authorized)
  return insertAttempt(connection, input, { id, attempt, leaseUntil, now })
}

function insertAttempt(
  connection: Connection,
  input: ReserveInput,
  granted: { readonly id: bigint; readonly attempt: number; readonly leaseUntil: bigint; readonly now: bigint },
): ReserveResult {
  const { id, attempt, leaseUntil, now } = granted
  connection.run(
    `INSERT INTO payment_attempt (payment_id, attempt, salt_request, salt_response, salt_upstream_request, salt_terms, started_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [id, attempt, input.salts.request, input.salts.response, input.salts.upstreamRequest, input.salts.terms, now],
  )
  return { kind: 'granted', attempt, salts: input.salts, leaseUntil }
}

/** Extends the lease of a running attempt, inside a transaction. */
export function extendLease(
  connection: Connection,
  input: LeaseExtension,
  now: bigint,
): { readonly leaseUntil: bigint } {
  const row = requireCurrent(connection, input.paymentHash, input.attempt)
  if (textOf(row, 'state') !== 'reserved') throw new LedgerError('FENCED', `attempt ${input.attempt} has ended`)
  const leaseUntil = now + input.leaseSeconds
  const id = integerOf(row, 'id')
  connection.run('UPDATE payment SET lease_until = ? WHERE id = ?', [leaseUntil, id])
  connection.run('UPDATE payment_attempt SET progress = coalesce(?, progress) WHERE payment_id = ? AND attempt = ?', [
    input.progress ?? null,
    id,
    input.attempt,
  ])
  return { leaseUntil }
}

/** Gives a running attempt up, inside a transaction. */
export function release(connection: Connection, input: Release, now: bigint): void {
  const row = requireCurrent(connection, input.paymentHash, input.attempt)
  const state = textOf(row, 'state')
  if (state === 'finished') throw new LedgerError('FENCED', `attempt ${input.attempt} has finished`)
  if (state === 'reserved') releaseAttempt(connection, row, input.reason, now)
}

/** What a payer owes and has paid, and whether attempts of it are to be ended. */
function stateOfPayer(
  connection: Connection,
  input: ReserveInput,
  now: bigint,
): { readonly outstanding: bigint; readonly paid: bigint; readonly hasExpired: boolean } {
  const row = connection.get(
    `SELECT exposure.outstanding, exposure.paid,
       EXISTS (SELECT 1 FROM payment WHERE state = 'reserved' AND payer = ?3 AND lease_until <= ?4 AND chain_id = ?1
         AND asset = ?2) AS has_expired
     FROM (SELECT 1) LEFT JOIN exposure ON chain_id = ?1 AND asset = ?2 AND payer = ?3`,
    [input.chainId, input.asset, input.payer, now],
  )
  if (row === undefined) throw new LedgerError('CORRUPT', 'a query without a table gave no row')
  return {
    outstanding: amountOrNull(row, 'outstanding') ?? 0n,
    paid: amountOrNull(row, 'paid') ?? 0n,
    hasExpired: integerOf(row, 'has_expired') === 1n,
  }
}

function isCovered(input: ReserveInput, payer: { readonly outstanding: bigint; readonly paid: bigint }): boolean {
  const { exposureLimit, paidBefore = payer.paid } = input
  return exposureLimit === undefined || payer.outstanding + payer.paid - paidBefore + input.authorized <= exposureLimit
}

/** Takes the payment if it is unknown; `undefined` if it is not. */
function grantFirst(
  connection: Connection,
  input: ReserveInput,
  { outstanding, now }: { readonly outstanding: bigint; readonly now: bigint },
): ReserveResult | undefined {
  const leaseUntil = now + input.leaseSeconds
  const authorized = encodeAmount(input.authorized)
  const id = connection.insert(
    `INSERT INTO payment (payment_hash, chain_id, nonce_contract, payer, nonce, request_hash, scheme, network, asset, pay_to,
       authorized, valid_before, mode, settlement, state, attempt, lease_until, outstanding, money, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?11, ?, ?, ?, 'reserved', 1, ?, ?11, 'none', ?) ON CONFLICT DO NOTHING`,
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
      authorized,
      encodeAmount(input.validBefore),
      input.mode,
      input.settlement,
      leaseUntil,
      now,
    ],
  )
  if (id === undefined) return undefined
  connection.run('INSERT INTO payment_payload (payment_id, payload) VALUES (?, ?)', [id, input.payload])
  connection.step('reserve:payment')
  writeOutstanding(connection, input, outstanding + input.authorized)
  return insertAttempt(connection, input, { id, attempt: 1, leaseUntil, now })
}

/** The reservation, inside a transaction. */
export function reserve(connection: Connection, input: ReserveInput, now: bigint): ReserveResult {
  const payer = stateOfPayer(connection, input, now)
  if (!payer.hasExpired && isCovered(input, payer)) {
    const granted = grantFirst(connection, input, { outstanding: payer.outstanding, now })
    if (granted !== undefined) return granted
  }
  const rows = connection.all(
    `SELECT * FROM payment WHERE payment_hash = ?
     UNION SELECT * FROM payment WHERE chain_id = ? AND nonce_contract = ? AND payer = ? AND nonce = ?`,
    [input.paymentHash, input.chainId, input.nonceContract, input.payer, input.nonce],
  )
  const row = rows[0]
  if (row !== undefined) {
    if (rows.length > 1 || !isSamePayment(row, input)) return { kind: 'conflict', reason: 'other_payment' }
    const isSame = isSameRequest(row, input)
    if (!isSame && input.rebinds !== true) return { kind: 'conflict', reason: 'other_request' }
    const attempt = countOf(row, 'attempt')
    const state = textOf(row, 'state')
    if (state === 'reserved') {
      const leaseUntil = integerOrNull(row, 'lease_until') ?? 0n
      if (leaseUntil > now) {
        return isSame ? { kind: 'running', attempt, leaseUntil } : { kind: 'conflict', reason: 'other_request' }
      }
    }
    if (state === 'finished' && !mayRunAgain(newestReceipt(connection, row))) {
      if (!isSame) return { kind: 'conflict', reason: 'other_request' }
      const record = readPayment(connection, input.paymentHash)
      if (record === null) throw new LedgerError('CORRUPT', 'a finished payment has no attempt')
      return { kind: 'finished', record }
    }
  }
  if (payer.hasExpired) expireLeases(connection, input, now)
  const outstanding = payer.hasExpired ? outstandingOf(connection, input) : payer.outstanding
  if (!isCovered(input, { outstanding, paid: payer.paid })) return { kind: 'exhausted', outstanding }
  if (row !== undefined) return grantAgain(connection, input, row, now)
  const granted = grantFirst(connection, input, { outstanding, now })
  if (granted === undefined) throw new LedgerError('CORRUPT', 'a payment that is not there cannot be written')
  return granted
}
