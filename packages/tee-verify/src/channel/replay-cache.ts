import { ChannelError } from './channel-error.js'

export interface ReplayCacheOptions {
  /** How far a request's time may be from the clock, in either direction. */
  readonly windowSeconds: number
  /** How many requests are remembered at once. */
  readonly maxEntries: number
}

export interface ReplayCache {
  /**
   * Remembers a request, or refuses it.
   * @throws {ChannelError} `STALE`, `REPLAYED`, `REPLAY_CACHE_FULL`.
   */
  accept(request: { readonly id: string; readonly time: bigint; readonly now: bigint }): void
  size(): number
}

/**
 * Creates the memory that makes a sealed request open once.
 *
 * Entries are grouped by the request's own second, so a repeated request always meets the group of its first arrival,
 * and what leaves the window is dropped in whole groups. What was dropped is remembered as a floor: a clock that steps
 * back does not bring forgotten seconds back to life. A full cache refuses; it never forgets inside the window.
 */
export function createReplayCache(options: ReplayCacheOptions): ReplayCache {
  const window = BigInt(options.windowSeconds)
  const seconds = new Map<bigint, Set<string>>()
  let floor = 0n
  let entries = 0

  const forgetBefore = (limit: bigint): void => {
    for (const [second, ids] of seconds) {
      if (second >= limit) continue
      seconds.delete(second)
      entries -= ids.size
    }
    if (limit > floor) floor = limit
  }

  return {
    accept: ({ id, time, now }) => {
      if (time > now + window) throw new ChannelError('STALE', `the request is ${time - now} s in the future`)
      if (time < now - window || time < floor) throw new ChannelError('STALE', `the request is ${now - time} s old`)
      const known = seconds.get(time)
      if (known?.has(id)) throw new ChannelError('REPLAYED', 'this sealed request was opened before')
      // At most 2 × window + 1 groups exist, so the walk is short; it runs once per second of arrivals at most.
      if (known === undefined || entries >= options.maxEntries) forgetBefore(now - window)
      if (entries >= options.maxEntries) {
        throw new ChannelError('REPLAY_CACHE_FULL', `${entries} requests are remembered already`)
      }
      if (known === undefined) seconds.set(time, new Set([id]))
      else known.add(id)
      entries += 1
    },
    size: () => entries,
  }
}
