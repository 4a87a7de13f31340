import { setTimeout as sleep } from 'node:timers/promises'
import type { Metrics } from './metrics.js'
import { createUpstreamPool, type PoolMember, type UpstreamPool } from './upstream-pool.js'

/** The providers of a node, with this machine's clock, and counted. */
export function createObservedPool(members: readonly PoolMember[], metrics: Metrics): UpstreamPool {
  return createUpstreamPool({
    members,
    clock: () => performance.now(),
    pause: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    random: Math.random,
    onResult: metrics.countUpstream,
    onBreaker: metrics.setUpstreamOpen,
  })
}
