import { QuoteError } from '../quote-error.js'
import type { FetchedCollateral } from './fetched-collateral.js'

/** Remembers collateral between fetches. An implementation may keep it in a file with `encodeCollateralSnapshot`. */
export interface CollateralCache {
  read(key: string): FetchedCollateral | undefined | Promise<FetchedCollateral | undefined>
  write(key: string, fetched: FetchedCollateral): void | Promise<void>
}

/** Creates a cache in memory that forgets what was used the longest ago. */
export function createCollateralCache(options: { readonly maximumEntries?: number } = {}): CollateralCache {
  const { maximumEntries = 64 } = options
  if (!Number.isSafeInteger(maximumEntries) || maximumEntries < 1) {
    throw new QuoteError('BAD_INPUT', 'maximumEntries must be a positive integer')
  }
  const entries = new Map<string, FetchedCollateral>()
  function write(key: string, fetched: FetchedCollateral): void {
    entries.delete(key)
    entries.set(key, fetched)
    const [oldest] = entries.keys()
    if (entries.size > maximumEntries && oldest !== undefined) entries.delete(oldest)
  }
  return {
    read(key) {
      const fetched = entries.get(key)
      if (fetched !== undefined) write(key, fetched)
      return fetched
    },
    write,
  }
}
