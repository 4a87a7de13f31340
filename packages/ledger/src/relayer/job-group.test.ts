import fc from 'fast-check'
import { concat } from 'viem'
import { describe, expect, test } from 'vitest'
import type { Address } from '../ledger.js'
import type { RelayJob } from '../relay-store.js'
import { callOf, groupJobs, type JobGrouping } from './job-group.js'

const [A, B]: readonly Address[] = [`0x${'0a'.repeat(20)}`, `0x${'0b'.repeat(20)}`]
const grouping: JobGrouping = {
  maxJobs: 3,
  keyOf: ({ data }) => (data.startsWith('0xaa') ? 'aa' : null),
  merge: (calls) => concat(calls),
}
const job = fc.record({
  to: fc.constantFrom(A ?? '0x', B ?? '0x'),
  data: fc.constantFrom('0xaa01', '0xaa02', '0xbb01' as const),
  gasLimit: fc.constantFrom(null, 9n),
  tries: fc.constantFrom(0, 0, 1),
})
const jobs = fc.array(job, { maxLength: 24 }).map((parts) =>
  parts.map(
    (part, id): RelayJob => ({
      ...part,
      id,
      data: part.data as `0x${string}`,
      chainId: 1n,
      dedupeKey: `0x${'11'.repeat(32)}`,
      queue: '',
      state: 'queued',
      signer: null,
      nonce: null,
      transaction: null,
      blockNumber: null,
      error: null,
      deadline: null,
    }),
  ),
)

const isAlone = ({ data, gasLimit, tries }: RelayJob) => gasLimit !== null || tries > 0 || !data.startsWith('0xaa')

describe('groupJobs', () => {
  test('behavior: every job is in one group, in order, within the limit, among its like', () => {
    fc.assert(
      fc.property(jobs, (all) => {
        const groups = groupJobs(all, grouping)
        expect(groups.flat().sort((a, b) => a.id - b.id)).toEqual(all)
        for (const group of groups) {
          expect(group.length).toBeLessThanOrEqual(3)
          expect(group.map(({ id }) => id)).toEqual(group.map(({ id }) => id).sort((a, b) => a - b))
          expect(new Set(group.map(({ to }) => to)).size).toBe(1)
          if (group.some(isAlone)) expect(group).toHaveLength(1)
        }
        // No more transactions than needed.
        for (const to of [A, B]) {
          const together = all.filter((one) => one.to === to && !isAlone(one))
          const used = groups.filter(([first]) => first.to === to && !isAlone(first))
          expect(used).toHaveLength(Math.ceil(together.length / 3))
        }
        expect(groups.map(([{ id }]) => id)).toEqual(groups.map(([{ id }]) => id).sort((a, b) => a - b))
      }),
    )
  })

  test('behavior: without a grouping every job is alone', () => {
    fc.assert(
      fc.property(jobs, (all) => {
        expect(groupJobs(all, undefined)).toEqual(all.map((one) => [one]))
      }),
    )
  })
})

describe('callOf', () => {
  test('default: one call of all, in order; a single one is left as it is', () => {
    const [[first, second] = []] = fc.sample(
      jobs.filter((found) => found.length > 1),
      1,
    )
    if (first === undefined || second === undefined) throw new Error('two jobs')
    expect(callOf([first, second], grouping)).toEqual({ to: first.to, data: concat([first.data, second.data]) })
    expect(callOf([first], grouping)).toEqual({ to: first.to, data: first.data })
  })
})
