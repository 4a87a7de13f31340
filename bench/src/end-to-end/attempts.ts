import type { RowConfig } from '../row.js'
import type { SideName } from '../take-turns.js'

/** Counts what was tried on either side of one measurement. Failures are results too: they are told, not retried. */
export interface Attempts {
  /** Runs one attempt; `undefined` when it failed. An aborted run is no failure of a side: it ends the measurement. */
  readonly run: <T>(side: SideName, attempt: () => Promise<T>) => Promise<T | undefined>
  /** `calls` and `failures` of both sides, with reasons. */
  readonly config: () => RowConfig
}

const maxReasonLength = 120

/** Creates an empty count. */
export function createAttempts(signal: AbortSignal): Attempts {
  const calls = { ours: 0, peer: 0 }
  const reasons: Readonly<Record<SideName, Map<string, number>>> = { ours: new Map(), peer: new Map() }
  const failuresOf = (side: SideName): RowConfig => ({
    count: [...reasons[side].values()].reduce((sum, count) => sum + count, 0),
    ...(reasons[side].size === 0 ? {} : { reasons: Object.fromEntries(reasons[side]) }),
  })
  return {
    run: async (side, attempt) => {
      calls[side] += 1
      try {
        return await attempt()
      } catch (error) {
        signal.throwIfAborted()
        const reason = reasonOf(error)
        reasons[side].set(reason, (reasons[side].get(reason) ?? 0) + 1)
        return undefined
      }
    },
    config: () => ({ calls: { ...calls }, failures: { ours: failuresOf('ours'), peer: failuresOf('peer') } }),
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { code } = error as { readonly code?: unknown }
  return `${typeof code === 'string' ? `${code}: ` : ''}${error.message}`.slice(0, maxReasonLength)
}
