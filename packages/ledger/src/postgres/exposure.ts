import { amountOf, hexOf, integerOf, type Row } from '../engine/row.js'
import type { Address } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { Transaction } from './connection.js'

/** Whose money in which asset. */
export interface ExposureKey {
  readonly chainId: bigint
  readonly asset: Address
  readonly payer: Address
}

/** What a payer owes or may come to owe, and what it has paid by transactions. */
async function sumsOf(
  transaction: Transaction,
  key: ExposureKey,
): Promise<{ readonly outstanding: bigint; readonly paid: bigint }> {
  const row = await transaction.get(
    'SELECT outstanding, paid FROM exposure WHERE chain_id = $1 AND asset = $2 AND payer = $3',
    [key.chainId, key.asset, key.payer],
  )
  if (row === undefined) return { outstanding: 0n, paid: 0n }
  return { outstanding: amountOf(row, 'outstanding'), paid: amountOf(row, 'paid') }
}

/** Sum of what a payer owes or may come to owe. */
export async function outstandingOf(transaction: Transaction, key: ExposureKey): Promise<bigint> {
  return (await sumsOf(transaction, key)).outstanding
}

/** Sum of what a payer has paid by transactions. */
export async function paidOf(transaction: Transaction, key: ExposureKey): Promise<bigint> {
  return (await sumsOf(transaction, key)).paid
}

/** Counts what a payer has paid by a transaction. */
export async function addPaid(transaction: Transaction, payment: Row, amount: bigint): Promise<void> {
  await transaction.run(
    'UPDATE exposure SET paid = paid + $4::numeric WHERE chain_id = $1 AND asset = $2 AND payer = $3',
    [integerOf(payment, 'chain_id'), hexOf(payment, 'asset'), hexOf(payment, 'payer'), amount],
  )
}

/**
 * Adds to a payer's sum unless that brings it above the limit: one conditional statement, so that of any number of
 * processes exactly those win that the limit covers.
 */
export async function addOutstanding(
  transaction: Transaction,
  key: ExposureKey,
  addition: { readonly amount: bigint; readonly limit: bigint | null; readonly paidBefore: bigint | null },
): Promise<boolean> {
  const changed = await transaction.run(
    `INSERT INTO exposure AS known (chain_id, asset, payer, outstanding)
     SELECT $1::bigint, $2::text, $3::text, $4::numeric WHERE $5::numeric IS NULL OR $4::numeric <= $5::numeric
     ON CONFLICT (chain_id, asset, payer) DO UPDATE SET outstanding = known.outstanding + excluded.outstanding
     WHERE $5::numeric IS NULL
       OR known.outstanding + known.paid - coalesce($6::numeric, known.paid) + excluded.outstanding <= $5::numeric`,
    [key.chainId, key.asset, key.payer, addition.amount, addition.limit, addition.paidBefore],
  )
  return changed === 1
}

/**
 * Moves a payer's sum by the difference between what the given payment row, locked by the transaction, holds of it and
 * what it is about to hold. The caller writes the row.
 */
export async function moveOutstanding(transaction: Transaction, payment: Row, amount: bigint): Promise<void> {
  const difference = amount - amountOf(payment, 'outstanding')
  if (difference === 0n) return
  const changed = await transaction.run(
    `UPDATE exposure SET outstanding = outstanding + $4::numeric WHERE chain_id = $1 AND asset = $2 AND payer = $3`,
    [integerOf(payment, 'chain_id'), hexOf(payment, 'asset'), hexOf(payment, 'payer'), difference],
  )
  if (changed !== 1) throw new LedgerError('CORRUPT', 'a payer with payments has no exposure')
}
