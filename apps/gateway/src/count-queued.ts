import type { Ledger } from '@og/ledger'

const intentKinds = ['payment', 'record', 'metadata', 'checkpoint'] as const
/** More than this is shown as this many: the alarm is the same. */
const maxCounted = 1000
/** How long a count holds: what waits is read with everything that belongs to it, and anybody may ask for metrics. */
const maxAgeMs = 5000

type QueueCount = Readonly<Record<string, number>>

/** Creates the count of settlement steps that wait, by kind. */
export function createQueueCount(
  ledger: Pick<Ledger, 'intents'>,
  { clock }: { readonly clock: () => number },
): () => Promise<QueueCount> {
  let known: { readonly countedAt: number; readonly counts: Promise<QueueCount> } | undefined

  async function count(): Promise<QueueCount> {
    const counts = intentKinds.map(async (kind): Promise<[string, number]> => {
      const waiting = await ledger.intents({ state: 'queued', kind, limit: maxCounted })
      return [kind, waiting.length]
    })
    return Object.fromEntries(await Promise.all(counts))
  }

  return () => {
    if (known === undefined || clock() - known.countedAt > maxAgeMs) known = { countedAt: clock(), counts: count() }
    return known.counts
  }
}
