import { laneOf, slotsOf } from '../engine/read-relay.js'
import { countOf, encodeAmount } from '../engine/row.js'
import { LedgerError } from '../ledger-error.js'
import type { Lane, LaneKey, RelaySlot, RelayStore, SignedAttempt } from '../relay-store.js'
import type { Transaction } from './connection.js'

// Locks are taken in one order everywhere: the lane, then its jobs.

async function requireLane(transaction: Transaction, key: LaneKey): Promise<Lane> {
  const row = await transaction.get('SELECT * FROM lane WHERE chain_id = $1 AND address = $2', [
    key.chainId,
    key.address,
  ])
  if (row === undefined) throw new LedgerError('NOT_FOUND', `no lane of ${key.address} on chain ${key.chainId}`)
  return laneOf(row)
}

async function lockLane(transaction: Transaction, key: LaneKey): Promise<Lane> {
  const row = await transaction.get('SELECT * FROM lane WHERE chain_id = $1 AND address = $2 FOR UPDATE', [
    key.chainId,
    key.address,
  ])
  if (row === undefined) throw new LedgerError('NOT_FOUND', `no lane of ${key.address} on chain ${key.chainId}`)
  return laneOf(row)
}

/** Reads or makes a lane. */
export async function openLane(
  transaction: Transaction,
  input: LaneKey & { readonly chainNonce: number },
): Promise<Lane> {
  await transaction.run(
    `INSERT INTO lane (chain_id, address, next_nonce, mined_nonce, final_nonce, state) VALUES ($1, $2, $3, $3, $3, 'ok')
     ON CONFLICT (chain_id, address) DO NOTHING`,
    [input.chainId, input.address, input.chainNonce],
  )
  return requireLane(transaction, input)
}

async function insertAttempt(
  transaction: Transaction,
  slot: LaneKey & {
    readonly nonce: number
    readonly n: number
    readonly jobId: number
    readonly attempt: SignedAttempt
  },
): Promise<void> {
  await transaction.run(
    `INSERT INTO relay_attempt (chain_id, signer, nonce, n, job_id, hash, raw, gas, max_fee, max_priority_fee, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8::numeric, $9::numeric, $10::numeric, $11)`,
    [
      slot.chainId,
      slot.address,
      slot.nonce,
      slot.n,
      slot.jobId,
      slot.attempt.hash,
      slot.attempt.raw,
      encodeAmount(slot.attempt.gas),
      encodeAmount(slot.attempt.maxFeePerGas),
      encodeAmount(slot.attempt.maxPriorityFeePerGas),
      transaction.now,
    ],
  )
}

/** Bytes, binding and nonce. The lane's row is the lock of its nonces; a job that another lane is taking is passed over. */
export async function allocate(
  transaction: Transaction,
  input: Parameters<RelayStore['allocate']>[0],
): Promise<boolean> {
  const lane = await transaction.get(
    "SELECT address FROM lane WHERE chain_id = $1 AND address = $2 AND next_nonce = $3 AND state = 'ok' FOR UPDATE",
    [input.chainId, input.address, input.nonce],
  )
  if (lane === undefined) return false
  const bound = await transaction.run(
    `UPDATE relay_job SET state = 'bound', signer = $3, nonce = $4, tx = $5, error = NULL WHERE id IN
       (SELECT id FROM relay_job WHERE id = ANY(string_to_array($1, ',')::bigint[]) AND chain_id = $2 AND state = 'queued'
        ORDER BY id FOR UPDATE SKIP LOCKED)`,
    [input.jobIds.join(','), input.chainId, input.address, input.nonce, input.attempt.hash],
  )
  if (bound !== input.jobIds.length) {
    await transaction.undo()
    return false
  }
  transaction.step('allocate:job')
  await transaction.run('UPDATE lane SET next_nonce = next_nonce + 1 WHERE chain_id = $1 AND address = $2', [
    input.chainId,
    input.address,
  ])
  transaction.step('allocate:nonce')
  await insertAttempt(transaction, { ...input, n: 0, jobId: Math.min(...input.jobIds) })
  return true
}

/** Stores a replacement. */
export async function addAttempt(
  transaction: Transaction,
  input: Parameters<RelayStore['addAttempt']>[0],
): Promise<boolean> {
  const lane = await lockLane(transaction, input)
  const newest = await transaction.get(
    'SELECT n, job_id FROM relay_attempt WHERE chain_id = $1 AND signer = $2 AND nonce = $3 ORDER BY n DESC LIMIT 1',
    [input.chainId, input.address, input.nonce],
  )
  if (input.nonce < lane.finalNonce || newest === undefined || countOf(newest, 'n') + 1 !== input.n) return false
  const jobId = countOf(newest, 'job_id')
  await insertAttempt(transaction, { ...input, jobId })
  await transaction.run(
    "UPDATE relay_job SET tx = $4 WHERE chain_id = $1 AND signer = $2 AND nonce = $3 AND state = 'bound'",
    [input.chainId, input.address, input.nonce, input.attempt.hash],
  )
  return true
}

/** Open slots of a lane, lowest nonce first. */
export async function readSlots(transaction: Transaction, key: LaneKey): Promise<readonly RelaySlot[]> {
  const jobs = await transaction.all(
    "SELECT * FROM relay_job WHERE chain_id = $1 AND signer = $2 AND state IN ('bound', 'mined') ORDER BY nonce, id",
    [key.chainId, key.address],
  )
  const [lowest] = jobs
  if (lowest === undefined) return []
  const attempts = await transaction.all(
    'SELECT * FROM relay_attempt WHERE chain_id = $1 AND signer = $2 AND nonce >= $3 ORDER BY nonce, n',
    [key.chainId, key.address, countOf(lowest, 'nonce')],
  )
  return slotsOf({ jobs, attempts })
}

/** Notes a broadcast. */
export async function markSent(transaction: Transaction, input: Parameters<RelayStore['markSent']>[0]): Promise<void> {
  await transaction.run('UPDATE relay_attempt SET last_sent_at = $2, last_error = $3 WHERE hash = $1', [
    input.hash,
    transaction.now,
    input.error,
  ])
}

/** Notes what the chain shows. */
export async function observe(transaction: Transaction, input: Parameters<RelayStore['observe']>[0]): Promise<void> {
  await transaction.run('UPDATE lane SET mined_nonce = $3 WHERE chain_id = $1 AND address = $2', [
    input.chainId,
    input.address,
    input.minedNonce,
  ])
  for (const slot of input.slots) {
    if (slot.seen === null)
      await transaction.run(
        `UPDATE relay_job SET state = 'bound', block_number = NULL
         WHERE chain_id = $1 AND signer = $2 AND nonce = $3 AND state = 'mined'`,
        [input.chainId, input.address, slot.nonce],
      )
    else
      await transaction.run(
        `UPDATE relay_job SET state = 'mined', tx = $4, block_number = $5
         WHERE chain_id = $1 AND signer = $2 AND nonce = $3 AND state IN ('bound', 'mined')`,
        [input.chainId, input.address, slot.nonce, slot.seen.hash, slot.seen.blockNumber],
      )
  }
}

async function closeNonce(transaction: Transaction, key: LaneKey & { readonly nonce: number }): Promise<boolean> {
  const closed = await transaction.run(
    'UPDATE lane SET final_nonce = final_nonce + 1 WHERE chain_id = $1 AND address = $2 AND final_nonce = $3',
    [key.chainId, key.address, key.nonce],
  )
  return closed === 1
}

/** Ends the lowest open nonce. */
export async function finalize(
  transaction: Transaction,
  input: Parameters<RelayStore['finalize']>[0],
): Promise<boolean> {
  if (!(await closeNonce(transaction, input))) return false
  transaction.step('finalize:lane')
  const open = await transaction.all(
    `SELECT id FROM relay_job WHERE chain_id = $1 AND signer = $2 AND nonce = $3 AND state IN ('bound', 'mined') FOR UPDATE`,
    [input.chainId, input.address, input.nonce],
  )
  if (open.length === 0) throw new LedgerError('CORRUPT', `nonce ${input.nonce} of ${input.address} has no open job`)
  const isSuccess = input.status === 'success'
  if (!isSuccess && open.length > 1) {
    await unbind(transaction, { ...input, tries: 1, error: 'reverted in a group' })
    return true
  }
  await transaction.run(
    `UPDATE relay_job SET state = $4, tx = $5, block_number = $6, error = $7
     WHERE chain_id = $1 AND signer = $2 AND nonce = $3 AND state IN ('bound', 'mined')`,
    [
      input.chainId,
      input.address,
      input.nonce,
      isSuccess ? 'final' : 'failed',
      input.hash,
      input.blockNumber,
      isSuccess ? null : 'reverted on chain',
    ],
  )
  return true
}

/** Queues the jobs of a nonce again, as tried at least so often. */
async function unbind(
  transaction: Transaction,
  input: LaneKey & { readonly nonce: number; readonly tries: number; readonly error: string },
): Promise<void> {
  await transaction.run(
    `UPDATE relay_job SET state = 'queued', signer = NULL, nonce = NULL, tx = NULL, block_number = NULL, run_at = $4,
       tries = greatest(tries, $5), error = $6
     WHERE chain_id = $1 AND signer = $2 AND nonce = $3 AND state IN ('bound', 'mined')`,
    [input.chainId, input.address, input.nonce, transaction.now, input.tries, input.error],
  )
}

/** Gives a nonce up to whoever spent it, and queues its jobs again. */
export async function displace(
  transaction: Transaction,
  input: LaneKey & { readonly nonce: number },
): Promise<boolean> {
  if (!(await closeNonce(transaction, input))) return false
  await unbind(transaction, { ...input, tries: 0, error: 'displaced by a foreign transaction' })
  return true
}

/** Stops a lane. */
export async function quarantineLane(
  transaction: Transaction,
  input: LaneKey & { readonly reason: string },
): Promise<void> {
  await lockLane(transaction, input)
  await transaction.run("UPDATE lane SET state = 'quarantined', reason = $3 WHERE chain_id = $1 AND address = $2", [
    input.chainId,
    input.address,
    input.reason,
  ])
}

/** Reopens a quarantined lane. */
export async function resumeLane(
  transaction: Transaction,
  input: LaneKey & { readonly nextNonce: number },
): Promise<void> {
  const lane = await lockLane(transaction, input)
  if (lane.state !== 'quarantined') throw new LedgerError('FENCED', `the lane of ${input.address} is not quarantined`)
  const nextNonce = Math.max(lane.nextNonce, input.nextNonce)
  const lowest = (await readSlots(transaction, input))[0]
  await transaction.run(
    `UPDATE lane SET state = 'ok', reason = NULL, next_nonce = $3, final_nonce = $4 WHERE chain_id = $1 AND address = $2`,
    [input.chainId, input.address, nextNonce, lowest?.nonce ?? nextNonce],
  )
}
