import type { Lane, RelayAttempt, RelayJob, RelaySlot } from '../relay-store.js'
import {
  addressOf,
  amountOf,
  amountOrNull,
  countOf,
  countOrNull,
  hexOf,
  hexOrNull,
  integerOf,
  integerOrNull,
  oneOf,
  type Row,
  textOf,
  textOrNull,
} from './row.js'

/** Reads a job's row. */
export function jobOf(row: Row): RelayJob {
  return {
    id: countOf(row, 'id'),
    chainId: integerOf(row, 'chain_id'),
    dedupeKey: hexOf(row, 'dedupe_key'),
    to: addressOf(row, 'to_address'),
    data: hexOf(row, 'data'),
    queue: textOf(row, 'queue'),
    gasLimit: amountOrNull(row, 'gas_limit'),
    deadline: amountOrNull(row, 'deadline'),
    state: oneOf(row, 'state', ['queued', 'bound', 'mined', 'final', 'failed']),
    signer: row['signer'] === null ? null : addressOf(row, 'signer'),
    nonce: countOrNull(row, 'nonce'),
    transaction: hexOrNull(row, 'tx'),
    blockNumber: integerOrNull(row, 'block_number'),
    tries: countOf(row, 'tries'),
    error: textOrNull(row, 'error'),
  }
}

/** Reads a lane's row. */
export function laneOf(row: Row): Lane {
  return {
    chainId: integerOf(row, 'chain_id'),
    address: addressOf(row, 'address'),
    nextNonce: countOf(row, 'next_nonce'),
    minedNonce: countOf(row, 'mined_nonce'),
    finalNonce: countOf(row, 'final_nonce'),
    state: oneOf(row, 'state', ['ok', 'quarantined']),
    reason: textOrNull(row, 'reason'),
  }
}

/** Brings the rows of open jobs and of their attempts together by nonce, lowest first. */
export function slotsOf(rows: {
  readonly jobs: readonly Row[]
  readonly attempts: readonly Row[]
}): readonly RelaySlot[] {
  const attempts = new Map<number, RelayAttempt[]>()
  for (const row of rows.attempts) {
    const nonce = countOf(row, 'nonce')
    attempts.set(nonce, [...(attempts.get(nonce) ?? []), attemptOf(row)])
  }
  const slots = new Map<number, [RelayJob, ...RelayJob[]]>()
  for (const row of rows.jobs) {
    const nonce = countOf(row, 'nonce')
    const jobs = slots.get(nonce)
    if (jobs === undefined) slots.set(nonce, [jobOf(row)])
    else jobs.push(jobOf(row))
  }
  return [...slots].map(([nonce, jobs]) => ({ nonce, jobs, attempts: attempts.get(nonce) ?? [] }))
}

/** Reads the row of a signed attempt. */
function attemptOf(row: Row): RelayAttempt {
  return {
    n: countOf(row, 'n'),
    hash: hexOf(row, 'hash'),
    raw: hexOf(row, 'raw'),
    gas: amountOf(row, 'gas'),
    maxFeePerGas: amountOf(row, 'max_fee'),
    maxPriorityFeePerGas: amountOf(row, 'max_priority_fee'),
    createdAt: integerOf(row, 'created_at'),
    lastSentAt: integerOrNull(row, 'last_sent_at'),
    lastError: textOrNull(row, 'last_error'),
  }
}
