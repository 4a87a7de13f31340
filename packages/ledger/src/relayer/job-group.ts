import type { Address, Hex } from '../ledger.js'
import type { RelayJob } from '../relay-store.js'

/** How several jobs become one transaction. All functions are pure. */
export interface JobGrouping {
  /** Most jobs in a transaction; default 50. */
  readonly maxJobs?: number
  /** Jobs to one address with the same key may travel together; `null`: always alone. */
  keyOf(call: { readonly to: Address; readonly data: Hex }): string | null
  /** The calldata that does what the given ones do, one after the other; it must have effect for all or, by a revert, none. */
  merge(calls: readonly Hex[]): Hex
}

/** The jobs of one transaction. */
export type JobGroup = readonly [RelayJob, ...RelayJob[]]

const MAX_JOBS = 50

/** Most jobs that one transaction may carry. */
export function groupSizeOf(grouping: JobGrouping | undefined): number {
  return grouping === undefined ? 1 : (grouping.maxJobs ?? MAX_JOBS)
}

function keyOf(job: RelayJob, grouping: JobGrouping | undefined): string | null {
  // A job that reverted, alone or in company, must not take others down with it.
  if (grouping === undefined || job.gasLimit !== null || job.tries > 0) return null
  const key = grouping.keyOf(job)
  return key === null ? null : `${job.to} ${key}`
}

/** Puts jobs together that may travel together. Their order and that of the groups is the order in which they came. */
export function groupJobs(jobs: readonly RelayJob[], grouping: JobGrouping | undefined): readonly JobGroup[] {
  const groups: [RelayJob, ...RelayJob[]][] = []
  const open = new Map<string, [RelayJob, ...RelayJob[]]>()
  for (const job of jobs) {
    const key = keyOf(job, grouping)
    const group = key === null ? undefined : open.get(key)
    if (group !== undefined && group.length < groupSizeOf(grouping)) {
      group.push(job)
      continue
    }
    const started: [RelayJob, ...RelayJob[]] = [job]
    groups.push(started)
    if (key !== null) open.set(key, started)
  }
  return groups
}

/** What the transaction of a group calls. */
export function callOf(
  group: JobGroup,
  grouping: JobGrouping | undefined,
): { readonly to: Address; readonly data: Hex } {
  const [{ to, data }] = group
  if (group.length === 1 || grouping === undefined) return { to, data }
  return { to, data: grouping.merge(group.map((job) => job.data)) }
}
