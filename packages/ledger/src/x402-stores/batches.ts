import { parseAddress } from '@og/x402'
import type { StoredBatch } from '@og/x402/evm'
import { amountOf, encodeAmount, hexOf, textOf } from '../engine/row.js'
import type { Hex } from '../ledger.js'
import { get, type Operation, run } from './statements.js'

/** The batch that a call went into last. */
export function* findBatch(key: Hex): Operation<StoredBatch | undefined> {
  const row = yield* get(
    'SELECT b.* FROM x402_batch_item i JOIN x402_batch b ON b.batch_key = i.batch_key WHERE i.item_key = $1',
    [key.toLowerCase()],
  )
  if (row === undefined) return undefined
  return {
    to: parseAddress(textOf(row, 'to_address')),
    data: hexOf(row, 'data'),
    dedupeKey: hexOf(row, 'batch_key'),
    gasLimit: amountOf(row, 'gas_limit'),
  }
}

/** Remembers which calls a batch carries. */
export function* keepBatch(keys: readonly Hex[], batch: StoredBatch, now: bigint): Operation<void> {
  const batchKey = batch.dedupeKey.toLowerCase()
  // The same calls again are the same batch; sent anew, it is kept longer.
  yield* run(
    `INSERT INTO x402_batch (batch_key, to_address, data, gas_limit, kept_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (batch_key) DO UPDATE SET kept_at = excluded.kept_at`,
    [batchKey, batch.to.toLowerCase(), batch.data.toLowerCase(), encodeAmount(batch.gasLimit), now],
  )
  // In one order, so that two processes never wait for each other.
  for (const key of [...keys].map((text) => text.toLowerCase()).sort()) {
    yield* run(
      `INSERT INTO x402_batch_item (item_key, batch_key) VALUES ($1, $2)
       ON CONFLICT (item_key) DO UPDATE SET batch_key = excluded.batch_key`,
      [key, batchKey],
    )
  }
}

/** Forgets batches that were kept before a time. */
export function* sweepBatches(before: bigint): Operation<number> {
  yield* run('DELETE FROM x402_batch_item WHERE batch_key IN (SELECT batch_key FROM x402_batch WHERE kept_at < $1)', [
    before,
  ])
  return yield* run('DELETE FROM x402_batch WHERE kept_at < $1', [before])
}
