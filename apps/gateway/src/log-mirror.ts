import type { Ledger } from '@og/ledger'
import { createLog, type Hex, type KeccakOptions, type Log } from '@og/settlement'

/** The log's tree in memory, as far as it was asked for: a proof costs its path, and not the whole log. */
export interface LogMirror {
  /** The tree with at least so many leaves. Proofs are taken at a size, which may be smaller. */
  readonly upTo: (size: number) => Promise<Log>
}

/** Leaves that are read from the ledger at once. */
const pageSize = 10_000

/** Creates the mirror of one log. Leaves are never changed, so that what was read once is not read again. */
export function createLogMirror(
  { ledger, logId }: { readonly ledger: Pick<Ledger, 'leaves'>; readonly logId: Hex },
  options: KeccakOptions = {},
): LogMirror {
  const log = createLog([], options)
  let reading: Promise<void> = Promise.resolve()

  async function grow(size: number): Promise<void> {
    while (log.size < size) {
      const leaves = await ledger.leaves(logId, log.size, Math.min(size, log.size + pageSize))
      if (leaves.length === 0) throw new Error(`the log has ${log.size} leaves, not ${size}`)
      for (const leaf of leaves) log.append(leaf)
    }
  }

  return {
    upTo: async (size) => {
      // One after the other: two readers at once would append the same leaves twice.
      const grown = reading.then(() => grow(size))
      reading = grown.catch(() => undefined)
      await grown
      return log
    },
  }
}
