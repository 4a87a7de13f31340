import { encodeAmount, integerOf } from '../engine/row.js'
import type { PaymentStore } from '../ledger.js'
import type { Connection } from './connection.js'
import { releaseAttempt } from './reserve.js'

/** Erases old answers and ends expired leases, inside a transaction. Receipts, leaves and checkpoints stay. */
export function sweep(
  connection: Connection,
  input: { readonly now: bigint; readonly answerMaxAgeSeconds: bigint },
): { readonly answersErased: number; readonly leasesExpired: number } {
  const answersErased = connection.run('DELETE FROM answer WHERE stored_at <= ?', [
    input.now - input.answerMaxAgeSeconds,
  ])
  // Only running payments are in that index.
  const expired = connection.all(
    "SELECT id, attempt FROM payment INDEXED BY payment_payer_lease WHERE state = 'reserved' AND lease_until <= ?",
    [input.now],
  )
  for (const row of expired) releaseAttempt(connection, row, 'lease expired', input.now)
  return { answersErased, leasesExpired: expired.length }
}

/** Deletes payments that were given back and have run out, inside a transaction. What has a receipt or an intent stays. */
export function forgetReleased(
  connection: Connection,
  { expiredBefore, limit }: Parameters<PaymentStore['forgetReleased']>[0],
): number {
  const rows = connection.all(
    `SELECT id FROM payment WHERE state = 'released' AND valid_before < ? AND outstanding = ?
       AND NOT EXISTS (SELECT 1 FROM receipt WHERE receipt.payment_id = payment.id)
       AND NOT EXISTS (SELECT 1 FROM intent WHERE intent.payment_id = payment.id)
     ORDER BY valid_before LIMIT ?`,
    [encodeAmount(expiredBefore), encodeAmount(0n), limit],
  )
  for (const row of rows) {
    const id = integerOf(row, 'id')
    connection.run('DELETE FROM payment_attempt WHERE payment_id = ?', [id])
    connection.run('DELETE FROM payment_payload WHERE payment_id = ?', [id])
    connection.run('DELETE FROM payment WHERE id = ?', [id])
  }
  return rows.length
}
