/** Something that waits for its turn on behalf of a payer. */
export interface Queued {
  readonly payer: string
}

/** A queue that serves payers in turn, so that one who sends much does not push out the others. */
export interface FairQueue<T extends Queued> {
  readonly size: number
  add(item: T): void
  /** Takes at most `count` items: one of each payer, then a second of each, and so on; oldest first within a payer. */
  take(count: number): readonly T[]
  items(): readonly T[]
}

/** Builds an empty queue. */
export function createFairQueue<T extends Queued>(): FairQueue<T> {
  const lines = new Map<string, T[]>()
  let size = 0
  return {
    get size() {
      return size
    },
    add(item) {
      const line = lines.get(item.payer)
      if (line === undefined) lines.set(item.payer, [item])
      else line.push(item)
      size += 1
    },
    take(count) {
      const taken: T[] = []
      while (taken.length < count && size > 0) {
        for (const [payer, line] of lines) {
          const item = line.shift()
          // A payer who was served goes behind those who were not.
          lines.delete(payer)
          if (line.length > 0) lines.set(payer, line)
          if (item === undefined) continue
          taken.push(item)
          size -= 1
          if (taken.length === count) break
        }
      }
      return taken
    },
    items: () => [...lines.values()].flat(),
  }
}
