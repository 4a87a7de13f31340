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
  const expired = connection.all("SELECT id, attempt FROM payment WHERE state = 'reserved' AND lease_until <= ?", [
    input.now,
  ])
  for (const row of expired) releaseAttempt(connection, row, 'lease expired', input.now)
  return { answersErased, leasesExpired: expired.length }
}
