import { amountOf, amountOrNull, encodeAmount, hexOf, integerOf, type Row } from '../engine/row.js'
import type { Address } from '../ledger.js'
import type { Connection } from './connection.js'

/** Whose money in which asset. */
export interface ExposureKey {
  readonly chainId: bigint
  readonly asset: Address
  readonly payer: Address
}

/** What a payer owes or may come to owe, and what it has paid by transactions. */
function sumsOf(connection: Connection, key: ExposureKey): { readonly outstanding: bigint; readonly paid: bigint } {
  const row = connection.get('SELECT outstanding, paid FROM exposure WHERE chain_id = ? AND asset = ? AND payer = ?', [
    key.chainId,
    key.asset,
    key.payer,
  ])
  if (row === undefined) return { outstanding: 0n, paid: 0n }
  return { outstanding: amountOf(row, 'outstanding'), paid: amountOf(row, 'paid') }
}

/** Sum of what a payer owes or may come to owe. */
export function outstandingOf(connection: Connection, key: ExposureKey): bigint {
  return sumsOf(connection, key).outstanding
}

/** Sum of what a payer has paid by transactions. */
export function paidOf(connection: Connection, key: ExposureKey): bigint {
  return sumsOf(connection, key).paid
}

function keyOf(payment: Row): ExposureKey {
  return {
    chainId: integerOf(payment, 'chain_id'),
    asset: hexOf(payment, 'asset'),
    payer: hexOf(payment, 'payer'),
  }
}

/** Writes a payer's sum. */
export function writeOutstanding(connection: Connection, key: ExposureKey, sum: bigint): void {
  connection.run(
    `INSERT INTO exposure (chain_id, asset, payer, outstanding) VALUES (?, ?, ?, ?)
     ON CONFLICT (chain_id, asset, payer) DO UPDATE SET outstanding = excluded.outstanding`,
    [key.chainId, key.asset, key.payer, encodeAmount(sum)],
  )
}

/**
 * Moves a payer's sum by the difference between what the payment holds of it and what it is about to hold. The row has chain_id, asset,
 * payer, outstanding, and the payer's sum as payer_outstanding; the caller writes the payment.
 */
export function moveExposure(connection: Connection, payment: Row, amount: bigint): void {
  const before = amountOf(payment, 'outstanding')
  if (before === amount) return
  writeOutstanding(connection, keyOf(payment), (amountOrNull(payment, 'payer_outstanding') ?? 0n) - before + amount)
}

/** The columns that {@link moveExposure} reads, of the table `payment`. */
export const EXPOSURE_COLUMNS = `payment.chain_id, payment.asset, payment.payer, payment.outstanding,
  (SELECT outstanding FROM exposure WHERE exposure.chain_id = payment.chain_id AND exposure.asset = payment.asset
    AND exposure.payer = payment.payer) AS payer_outstanding`

/** A payment that is about to be settled: whose it is, what it holds of its payer's sum, and that payer's sums. */
export function readDue(connection: Connection, paymentId: bigint): Row | undefined {
  return connection.get(
    `SELECT payment.chain_id, payment.asset, payment.payer, payment.outstanding, exposure.outstanding AS payer_outstanding,
       exposure.paid AS payer_paid FROM payment LEFT JOIN exposure USING (chain_id, asset, payer) WHERE id = ?`,
    [paymentId],
  )
}

/** Takes what a payment holds off its payer's sum, and counts it as paid if a transaction moved it; the caller writes the payment. */
export function settleDue(connection: Connection, due: Row, { isPaid }: { readonly isPaid: boolean }): void {
  const amount = amountOf(due, 'outstanding')
  if (amount === 0n) return
  const key = keyOf(due)
  connection.run(
    `INSERT INTO exposure (chain_id, asset, payer, outstanding, paid) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (chain_id, asset, payer) DO UPDATE SET outstanding = excluded.outstanding, paid = excluded.paid`,
    [
      key.chainId,
      key.asset,
      key.payer,
      encodeAmount((amountOrNull(due, 'payer_outstanding') ?? 0n) - amount),
      encodeAmount((amountOrNull(due, 'payer_paid') ?? 0n) + (isPaid ? amount : 0n)),
    ],
  )
}

/** Sets one payment's part of its payer's exposure, moving the sum by the difference. */
export function setOutstanding(connection: Connection, paymentId: bigint, amount: bigint): void {
  const row = connection.get(`SELECT ${EXPOSURE_COLUMNS} FROM payment WHERE id = ?`, [paymentId])
  if (row === undefined || amountOf(row, 'outstanding') === amount) return
  connection.run('UPDATE payment SET outstanding = ? WHERE id = ?', [encodeAmount(amount), paymentId])
  moveExposure(connection, row, amount)
}
