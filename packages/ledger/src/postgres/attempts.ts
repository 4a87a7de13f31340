import { countOf, hexOf, type Row, textOf } from '../engine/row.js'
import type { Hex, PaymentStore } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { Transaction } from './connection.js'
import { type ExposureKey, moveOutstanding } from './exposure.js'

type LeaseExtension = Parameters<PaymentStore['checkpoint']>[0]
type Release = Parameters<PaymentStore['release']>[0]

// Every operation takes its locks in one order: payment, exposure, then the log. Leases that have run out are taken
// over only where nobody holds the row (SKIP LOCKED), because they are met after the exposure.

/** Locks a payment and returns its row if `attempt` is its newest one. */
export async function requireCurrent(transaction: Transaction, paymentHash: Hex, attempt: number): Promise<Row> {
  const row = await transaction.get('SELECT * FROM payment WHERE payment_hash = $1 FOR UPDATE', [paymentHash])
  if (row === undefined) throw new LedgerError('NOT_FOUND', `no payment ${paymentHash}`)
  const current = countOf(row, 'attempt')
  if (current !== attempt) throw new LedgerError('FENCED', `attempt ${attempt} was taken over by attempt ${current}`)
  return row
}

/** Marks the payment of a locked row as released. */
export async function releaseAttempt(transaction: Transaction, row: Row, reason: string): Promise<void> {
  const paymentHash = hexOf(row, 'payment_hash')
  await moveOutstanding(transaction, row, 0n)
  await transaction.run(
    `WITH released AS (UPDATE payment SET state = 'released', lease_until = NULL, outstanding = 0 WHERE payment_hash = $1)
     UPDATE payment_attempt SET reason = $2, ended_at = $3, progress = NULL WHERE payment_hash = $1 AND attempt = $4`,
    [paymentHash, reason, transaction.now, countOf(row, 'attempt')],
  )
}

/** Ends attempts of one payer whose lease ran out, so that a crash does not hold its exposure for ever. */
export async function expireLeasesOf(transaction: Transaction, key: ExposureKey): Promise<void> {
  const rows = await transaction.all(
    `SELECT * FROM payment
     WHERE state = 'reserved' AND chain_id = $1 AND asset = $2 AND payer = $3 AND lease_until <= $4
     ORDER BY payment_hash FOR UPDATE SKIP LOCKED`,
    [key.chainId, key.asset, key.payer, transaction.now],
  )
  for (const row of rows) await releaseAttempt(transaction, row, 'lease expired')
}

/** Extends the lease of a running attempt. */
export async function extendLease(
  transaction: Transaction,
  input: LeaseExtension,
): Promise<{ readonly leaseUntil: bigint }> {
  const row = await requireCurrent(transaction, input.paymentHash, input.attempt)
  if (textOf(row, 'state') !== 'reserved') throw new LedgerError('FENCED', `attempt ${input.attempt} has ended`)
  const leaseUntil = transaction.now + input.leaseSeconds
  await transaction.run('UPDATE payment SET lease_until = $2 WHERE payment_hash = $1', [input.paymentHash, leaseUntil])
  if (input.progress !== undefined)
    await transaction.run('UPDATE payment_attempt SET progress = $3 WHERE payment_hash = $1 AND attempt = $2', [
      input.paymentHash,
      input.attempt,
      input.progress,
    ])
  return { leaseUntil }
}

/** Gives a running attempt up. */
export async function release(transaction: Transaction, input: Release): Promise<void> {
  const row = await requireCurrent(transaction, input.paymentHash, input.attempt)
  const state = textOf(row, 'state')
  if (state === 'finished') throw new LedgerError('FENCED', `attempt ${input.attempt} has finished`)
  if (state === 'reserved') await releaseAttempt(transaction, row, input.reason)
}
