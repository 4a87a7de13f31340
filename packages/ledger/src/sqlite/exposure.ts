import { amountOf, encodeAmount, hexOf, integerOf } from '../engine/row.js'
import type { Address, Hex } from '../ledger.js'
import type { Connection } from './connection.js'

/** Whose money in which asset. */
export interface ExposureKey {
  readonly chainId: bigint
  readonly asset: Address
  readonly payer: Address
}

/** Sum of what a payer owes or may come to owe. */
export function outstandingOf(connection: Connection, key: ExposureKey): bigint {
  const row = connection.get('SELECT outstanding FROM exposure WHERE chain_id = ? AND asset = ? AND payer = ?', [
    key.chainId,
    key.asset,
    key.payer,
  ])
  return row === undefined ? 0n : amountOf(row, 'outstanding')
}

/** Writes a payer's sum. */
export function writeOutstanding(connection: Connection, key: ExposureKey, sum: bigint): void {
  connection.run(
    `INSERT INTO exposure (chain_id, asset, payer, outstanding) VALUES (?, ?, ?, ?)
     ON CONFLICT (chain_id, asset, payer) DO UPDATE SET outstanding = excluded.outstanding`,
    [key.chainId, key.asset, key.payer, encodeAmount(sum)],
  )
}

/** Sets one payment's part of its payer's exposure, moving the sum by the difference. */
export function setOutstanding(connection: Connection, paymentHash: Hex, amount: bigint): void {
  const row = connection.get('SELECT chain_id, asset, payer, outstanding FROM payment WHERE payment_hash = ?', [
    paymentHash,
  ])
  if (row === undefined) return
  const before = amountOf(row, 'outstanding')
  if (before === amount) return
  const key: ExposureKey = {
    chainId: integerOf(row, 'chain_id'),
    asset: hexOf(row, 'asset'),
    payer: hexOf(row, 'payer'),
  }
  const sum = outstandingOf(connection, key) - before + amount
  connection.run('UPDATE payment SET outstanding = ? WHERE payment_hash = ?', [encodeAmount(amount), paymentHash])
  writeOutstanding(connection, key, sum)
}
