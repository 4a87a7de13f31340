import type { Ledger } from '@og/ledger'

const intentKinds = ['payment', 'record', 'metadata', 'checkpoint'] as const
/** More than this is shown as this many: the alarm is the same. */
const maxCounted = 1000

/** How many settlement steps of each kind wait. */
export async function countQueued(ledger: Pick<Ledger, 'intents'>): Promise<Readonly<Record<string, number>>> {
  const counts = await Promise.all(
    intentKinds.map(async (kind): Promise<[string, number]> => {
      const waiting = await ledger.intents({ state: 'queued', kind, limit: maxCounted })
      return [kind, waiting.length]
    }),
  )
  return Object.fromEntries(counts)
}
