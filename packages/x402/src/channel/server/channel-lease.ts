import type { Hex } from '../../hex.js'
import type { ChannelRecord, ChannelStore, RunningChannelCall } from './channel-store.js'

/** A channel that is this call's alone until it ends. */
export interface ChannelLease {
  /** The channel as it stands in the store. */
  readonly record: ChannelRecord
  /**
   * Ends the call with a change and lets the next one in. False when the lease was lost: then another process counts on another
   * base, and nothing was changed.
   */
  end(change: (current: ChannelRecord) => ChannelRecord): Promise<boolean>
}

/** Options of {@link leaseChannel}. */
export interface LeaseOptions {
  readonly store: ChannelStore
  readonly clock: () => bigint
  readonly leaseSeconds: bigint
  /** Names the call; absent for a refund. */
  readonly paymentHash: Hex | undefined
  readonly renewal: Renewal
  /** Lets the next call of this process in. */
  readonly leave: () => void
}

/** Keeps leases alive; returns what ends that. */
export type Renewal = (renew: () => Promise<unknown>) => () => void

interface RenewedLease {
  readonly renew: () => Promise<unknown>
  /** Where it stands in the list. */
  index: number
}

/** Builds a renewal with one timer for all leases of a server. A timer that nobody waits for does not hold a process. */
export function createRenewal(milliseconds: number): Renewal {
  // Not a Set: one that is added to and deleted from all the time leaves a trail of tables, each of which holds the next
  // and with it every call that it named, until a full collection.
  const leases: RenewedLease[] = []
  let timer: ReturnType<typeof setInterval> | undefined
  const tick = (): void => {
    if (leases.length === 0) {
      clearInterval(timer)
      timer = undefined
    }
    for (const { renew } of leases.slice()) void renew().catch(() => undefined)
  }
  return (renew) => {
    const lease = { renew, index: leases.length }
    leases.push(lease)
    if (timer === undefined) {
      timer = setInterval(tick, milliseconds)
      if (typeof timer === 'object' && 'unref' in timer) timer.unref()
    }
    return () => {
      if (leases[lease.index] !== lease) return
      const last = leases.pop()
      if (last === undefined || last === lease) return
      leases[lease.index] = last
      last.index = lease.index
    }
  }
}

/**
 * Books a call on a channel in one atomic step, and renews it while it runs. `busy` when another process runs a call or has
 * charged one since `record` was read; `full` when the store takes no more channels.
 */
export async function leaseChannel(
  record: ChannelRecord,
  now: bigint,
  options: LeaseOptions,
): Promise<ChannelLease | 'busy' | 'full'> {
  const { store, clock, leaseSeconds, leave, paymentHash } = options
  const { channelId, state } = record
  const attempt = record.attempts + 1
  let granted = false
  const reserved = await store.update(channelId, (current) => {
    const running = current?.running
    granted = false
    if (running !== undefined && running.leaseUntil > now) return 'keep'
    if ((current?.attempts ?? 0) !== record.attempts || (current?.charged ?? record.charged) > record.charged) {
      return 'keep'
    }
    granted = true
    // A claim that was booked or a withdrawal that was seen meanwhile stays so.
    const claimed = current?.state.totalClaimed ?? 0n
    const totalClaimed = claimed > state.totalClaimed ? claimed : state.totalClaimed
    const syncedAt = current?.syncedAt === 0n ? 0n : record.syncedAt
    return {
      ...record,
      state: { ...state, totalClaimed },
      syncedAt,
      attempts: attempt,
      lastUsedAt: now,
      running: { attempt, leaseUntil: now + leaseSeconds, ...(paymentHash === undefined ? {} : { paymentHash }) },
    }
  })
  if (!granted) return 'busy'
  if (reserved === undefined) return 'full'

  type OurRecord = ChannelRecord & { readonly running: RunningChannelCall }
  const isOurs = (current: ChannelRecord | undefined): current is OurRecord => current?.running?.attempt === attempt
  const stopRenewing = options.renewal(() =>
    store.update(channelId, (current) =>
      isOurs(current) ? { ...current, running: { ...current.running, leaseUntil: clock() + leaseSeconds } } : 'keep',
    ),
  )
  return {
    record: reserved,
    async end(change) {
      stopRenewing()
      let done = false
      try {
        await store.update(channelId, (current) => {
          done = isOurs(current)
          return isOurs(current) ? { ...change(current), running: undefined } : 'keep'
        })
      } finally {
        leave()
      }
      return done
    },
  }
}
