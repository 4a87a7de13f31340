import { laneOf, slotsOf } from '../engine/read-relay.js'
import { countOf, encodeAmount } from '../engine/row.js'
import type { Hex } from '../ledger.js'
import { LedgerError } from '../ledger-error.js'
import type { Lane, LaneKey, RelaySlot, RelayStore, SignedAttempt } from '../relay-store.js'
import type { Connection } from './connection.js'

function findLane(connection: Connection, key: LaneKey): Lane | null {
  const row = connection.get('SELECT * FROM lane WHERE chain_id = ? AND address = ?', [key.chainId, key.address])
  return row === undefined ? null : laneOf(row)
}

function requireLane(connection: Connection, key: LaneKey): Lane {
  const lane = findLane(connection, key)
  if (lane === null) throw new LedgerError('NOT_FOUND', `no lane of ${key.address} on chain ${key.chainId}`)
  return lane
}

/** Reads or makes a lane, inside a transaction. */
export function openLane(connection: Connection, input: LaneKey & { readonly chainNonce: number }): Lane {
  connection.run(
    `INSERT INTO lane (chain_id, address, next_nonce, mined_nonce, final_nonce, state) VALUES (?, ?, ?, ?, ?, 'ok')
     ON CONFLICT (chain_id, address) DO NOTHING`,
    [input.chainId, input.address, input.chainNonce, input.chainNonce, input.chainNonce],
  )
  return requireLane(connection, input)
}

function insertAttempt(
  connection: Connection,
  slot: LaneKey & {
    readonly nonce: number
    readonly n: number
    readonly jobId: number
    readonly attempt: SignedAttempt
  },
  now: bigint,
): void {
  connection.run(
    `INSERT INTO relay_attempt (chain_id, signer, nonce, n, job_id, hash, raw, gas, max_fee, max_priority_fee, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
      now,
    ],
  )
}

/** Bytes, binding and nonce, inside one transaction. */
export function allocate(connection: Connection, input: Parameters<RelayStore['allocate']>[0], now: bigint): boolean {
  const ids = JSON.stringify(input.jobIds)
  const queued = connection.get(
    "SELECT count(*) AS many FROM relay_job WHERE id IN (SELECT value FROM json_each(?)) AND chain_id = ? AND state = 'queued'",
    [ids, input.chainId],
  )
  if (queued === undefined || countOf(queued, 'many') !== input.jobIds.length) return false
  const taken = connection.run(
    "UPDATE lane SET next_nonce = next_nonce + 1 WHERE chain_id = ? AND address = ? AND next_nonce = ? AND state = 'ok'",
    [input.chainId, input.address, input.nonce],
  )
  if (taken === 0) return false
  connection.step('allocate:nonce')
  connection.run(
    `UPDATE relay_job SET state = 'bound', signer = ?, nonce = ?, tx = ?, error = NULL
     WHERE id IN (SELECT value FROM json_each(?))`,
    [input.address, input.nonce, input.attempt.hash, ids],
  )
  connection.step('allocate:job')
  insertAttempt(connection, { ...input, n: 0, jobId: Math.min(...input.jobIds) }, now)
  return true
}

/** Stores a replacement, inside a transaction. */
export function addAttempt(
  connection: Connection,
  input: LaneKey & { readonly nonce: number; readonly n: number; readonly attempt: SignedAttempt },
  now: bigint,
): boolean {
  const lane = requireLane(connection, input)
  const newest = connection.get(
    'SELECT n, job_id FROM relay_attempt WHERE chain_id = ? AND signer = ? AND nonce = ? ORDER BY n DESC LIMIT 1',
    [input.chainId, input.address, input.nonce],
  )
  if (input.nonce < lane.finalNonce || newest === undefined || countOf(newest, 'n') + 1 !== input.n) return false
  const jobId = countOf(newest, 'job_id')
  insertAttempt(connection, { ...input, jobId }, now)
  connection.run("UPDATE relay_job SET tx = ? WHERE chain_id = ? AND signer = ? AND nonce = ? AND state = 'bound'", [
    input.attempt.hash,
    input.chainId,
    input.address,
    input.nonce,
  ])
  return true
}

/** Open slots of a lane, lowest nonce first. */
export function readSlots(connection: Connection, key: LaneKey): readonly RelaySlot[] {
  const jobs = connection.all(
    "SELECT * FROM relay_job WHERE chain_id = ? AND signer = ? AND state IN ('bound', 'mined') ORDER BY nonce, id",
    [key.chainId, key.address],
  )
  const [lowest] = jobs
  if (lowest === undefined) return []
  const attempts = connection.all(
    'SELECT * FROM relay_attempt WHERE chain_id = ? AND signer = ? AND nonce >= ? ORDER BY nonce, n',
    [key.chainId, key.address, countOf(lowest, 'nonce')],
  )
  return slotsOf({ jobs, attempts })
}

/** Notes a broadcast, inside a transaction. */
export function markSent(
  connection: Connection,
  input: { readonly hash: Hex; readonly error: string | null },
  now: bigint,
): void {
  connection.run('UPDATE relay_attempt SET last_sent_at = ?, last_error = ? WHERE hash = ?', [
    now,
    input.error,
    input.hash,
  ])
}

/** Notes what the chain shows, inside a transaction. */
export function observe(
  connection: Connection,
  input: LaneKey & {
    readonly minedNonce: number
    readonly slots: readonly {
      readonly nonce: number
      readonly seen: { readonly hash: Hex; readonly blockNumber: bigint } | null
    }[]
  },
): void {
  connection.run('UPDATE lane SET mined_nonce = ? WHERE chain_id = ? AND address = ?', [
    input.minedNonce,
    input.chainId,
    input.address,
  ])
  for (const slot of input.slots) {
    if (slot.seen === null)
      connection.run(
        "UPDATE relay_job SET state = 'bound', block_number = NULL WHERE chain_id = ? AND signer = ? AND nonce = ? AND state = 'mined'",
        [input.chainId, input.address, slot.nonce],
      )
    else
      connection.run(
        `UPDATE relay_job SET state = 'mined', tx = ?, block_number = ?
         WHERE chain_id = ? AND signer = ? AND nonce = ? AND state IN ('bound', 'mined')`,
        [slot.seen.hash, slot.seen.blockNumber, input.chainId, input.address, slot.nonce],
      )
  }
}

function closeNonce(connection: Connection, key: LaneKey & { readonly nonce: number }): boolean {
  return (
    connection.run('UPDATE lane SET final_nonce = ? WHERE chain_id = ? AND address = ? AND final_nonce = ?', [
      key.nonce + 1,
      key.chainId,
      key.address,
      key.nonce,
    ]) === 1
  )
}

/** Ends the lowest open nonce, inside a transaction. */
export function finalize(
  connection: Connection,
  input: LaneKey & {
    readonly nonce: number
    readonly hash: Hex
    readonly blockNumber: bigint
    readonly status: 'success' | 'reverted'
  },
  now: bigint,
): boolean {
  if (!closeNonce(connection, input)) return false
  connection.step('finalize:lane')
  const open = connection.all(
    "SELECT id FROM relay_job WHERE chain_id = ? AND signer = ? AND nonce = ? AND state IN ('bound', 'mined')",
    [input.chainId, input.address, input.nonce],
  )
  if (open.length === 0) throw new LedgerError('CORRUPT', `nonce ${input.nonce} of ${input.address} has no open job`)
  if (open.length > 1 && input.status === 'reverted') {
    unbind(connection, { ...input, now, tries: 1, error: 'reverted in a group' })
    return true
  }
  connection.run(
    `UPDATE relay_job SET state = ?, tx = ?, block_number = ?, error = ?
     WHERE chain_id = ? AND signer = ? AND nonce = ? AND state IN ('bound', 'mined')`,
    [
      input.status === 'success' ? 'final' : 'failed',
      input.hash,
      input.blockNumber,
      input.status === 'success' ? null : 'reverted on chain',
      input.chainId,
      input.address,
      input.nonce,
    ],
  )
  return true
}

/** Queues the jobs of a nonce again, as tried at least so often. */
function unbind(
  connection: Connection,
  input: LaneKey & { readonly nonce: number; readonly now: bigint; readonly tries: number; readonly error: string },
): void {
  connection.run(
    `UPDATE relay_job SET state = 'queued', signer = NULL, nonce = NULL, tx = NULL, block_number = NULL, run_at = ?,
       tries = max(tries, ?), error = ? WHERE chain_id = ? AND signer = ? AND nonce = ? AND state IN ('bound', 'mined')`,
    [input.now, input.tries, input.error, input.chainId, input.address, input.nonce],
  )
}

/** Gives a nonce up to whoever spent it, and queues its job again, inside a transaction. */
export function displace(connection: Connection, input: LaneKey & { readonly nonce: number }, now: bigint): boolean {
  if (!closeNonce(connection, input)) return false
  unbind(connection, { ...input, now, tries: 0, error: 'displaced by a foreign transaction' })
  return true
}

/** Stops a lane, inside a transaction. */
export function quarantineLane(connection: Connection, input: LaneKey & { readonly reason: string }): void {
  requireLane(connection, input)
  connection.run("UPDATE lane SET state = 'quarantined', reason = ? WHERE chain_id = ? AND address = ?", [
    input.reason,
    input.chainId,
    input.address,
  ])
}

/** Reopens a quarantined lane, inside a transaction. */
export function resumeLane(connection: Connection, input: LaneKey & { readonly nextNonce: number }): void {
  const lane = requireLane(connection, input)
  if (lane.state !== 'quarantined') throw new LedgerError('FENCED', `the lane of ${input.address} is not quarantined`)
  const nextNonce = Math.max(lane.nextNonce, input.nextNonce)
  const lowest = readSlots(connection, input)[0]
  connection.run(
    "UPDATE lane SET state = 'ok', reason = NULL, next_nonce = ?, final_nonce = ? WHERE chain_id = ? AND address = ?",
    [nextNonce, lowest?.nonce ?? nextNonce, input.chainId, input.address],
  )
}
