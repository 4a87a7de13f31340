import { hexOf } from '../engine/row.js'
import type { PaymentStore } from '../ledger.js'
import { releaseAttempt } from './attempts.js'
import type { Transaction } from './connection.js'

/** Erases old answers and ends expired leases. Receipts, leaves and checkpoints stay. */
export async function sweep(
  transaction: Transaction,
  input: { readonly now: bigint; readonly answerMaxAgeSeconds: bigint },
): Promise<{ readonly answersErased: number; readonly leasesExpired: number }> {
  const answersErased = await transaction.run('DELETE FROM answer WHERE stored_at <= $1', [
    input.now - input.answerMaxAgeSeconds,
  ])
  // By payer, so that two sweeps meet the exposures in one order.
  const rows = await transaction.all(
    `SELECT * FROM payment WHERE state = 'reserved' AND lease_until <= $1
     ORDER BY chain_id, asset, payer, payment_hash FOR UPDATE SKIP LOCKED`,
    [input.now],
  )
  for (const row of rows) await releaseAttempt({ ...transaction, now: input.now }, row, 'lease expired')
  return { answersErased, leasesExpired: rows.length }
}

/** Deletes payments that were given back and have run out. What has a receipt or an intent stays. */
export async function forgetReleased(
  transaction: Transaction,
  { expiredBefore, limit }: Parameters<PaymentStore['forgetReleased']>[0],
): Promise<number> {
  const rows = await transaction.all(
    `SELECT payment_hash FROM payment WHERE state = 'released' AND valid_before < $1::numeric AND outstanding = 0
       AND NOT EXISTS (SELECT FROM receipt WHERE receipt.payment_hash = payment.payment_hash)
       AND NOT EXISTS (SELECT FROM intent WHERE intent.payment_hash = payment.payment_hash)
     ORDER BY valid_before LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [expiredBefore, limit],
  )
  const hashes = JSON.stringify(rows.map((row) => hexOf(row, 'payment_hash')))
  const listed = 'payment_hash IN (SELECT json_array_elements_text($1::json))'
  await transaction.run(`DELETE FROM payment_attempt WHERE ${listed}`, [hashes])
  return transaction.run(`DELETE FROM payment WHERE ${listed}`, [hashes])
}
