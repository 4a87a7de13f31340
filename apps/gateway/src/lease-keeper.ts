import type { Intent, IntentStore } from '@og/ledger'
import { errorText } from './error-text.js'
import type { Log } from './log.js'

/** Keeps the leases of steps that are under way. */
export interface LeaseKeeper {
  readonly hold: (intent: Pick<Intent, 'id' | 'claim'>) => void
  readonly letGo: (intent: Pick<Intent, 'id'>) => void
}

/** Options of {@link createLeaseKeeper}. */
export interface LeaseKeeperOptions {
  readonly ledger: Pick<IntentStore, 'renewIntents'>
  /** What each renewal prolongs a lease to, from then on. */
  readonly leaseSeconds: bigint
  /** How often; several times in a lease, so that one failed renewal loses nothing. */
  readonly intervalMs: number
  readonly log: Log
}

/**
 * Prolongs leases while their steps work, however long a chain takes. A lease may so be short, and what a killed worker held is free soon,
 * long before the payment runs out. A lease that was lost all the same is only reported: another worker repeats the step, which does no harm.
 */
export function createLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const held = new Map<number, number>()
  let timer: ReturnType<typeof setInterval> | undefined

  async function renew(): Promise<void> {
    const asked = [...held].map(([id, claim]) => ({ id, claim }))
    const kept = new Set(await options.ledger.renewIntents({ held: asked, leaseSeconds: options.leaseSeconds }))
    // What has ended meanwhile was not lost.
    const lost = asked.filter(({ id, claim }) => !kept.has(id) && held.get(id) === claim)
    if (lost.length > 0) options.log.warn('leases were lost to another worker', { intents: lost.map(({ id }) => id) })
  }

  return {
    hold: ({ id, claim }) => {
      held.set(id, claim)
      timer ??= setInterval(() => {
        renew().catch((error: unknown) => {
          options.log.warn('leases could not be prolonged', { error: errorText(error) })
        })
      }, options.intervalMs)
    },
    letGo: ({ id }) => {
      held.delete(id)
      if (held.size > 0) return
      clearInterval(timer)
      timer = undefined
    },
  }
}
