import { expect } from 'vitest'
import type { Ledger } from '../src/ledger.js'
import { hash, PAYEE, START } from './conformance/fixtures.js'

/** Jobs of the schema in which a job without a deadline had the time of its submission in its place, and older ones nothing. */
export function jobsWithMixedDeadlines(amount: (value: bigint) => string): string {
  const job = (id: number, deadline: bigint): string =>
    `(${id}, 84532, '${hash(`key ${id}`)}', '${PAYEE.toLowerCase()}', '0x', 'queued', 0, ${START}, ${START}, ${amount(deadline)})`
  const jobs = [job(1, START), job(2, START + 90n), job(3, 0n), job(4, START - 5n)]
  return `INSERT INTO relay_job (id, chain_id, dedupe_key, to_address, data, state, tries, run_at, created_at, deadline)
    VALUES ${jobs.join(', ')}`
}

/** Checks that each kept its turn, and that only what was a deadline is one. */
export async function checkDeadlinesAndTurns(ledger: Ledger): Promise<void> {
  const due = await ledger.dueJobs({ chainId: 84_532n, limit: 9 })
  expect(due.map(({ id, deadline }) => [id, deadline])).toEqual([
    [3, null],
    [1, null],
    [2, START + 90n],
    [4, START - 5n],
  ])
}
