/** Random numbers that a seed fixes. */
export interface Dice {
  /** At least 0, below 1. */
  next(): number
  /** Whole, from `least` to `most`. */
  between(least: number, most: number): number
  /** True in so many of a hundred cases. */
  percent(share: number): boolean
  pick<T>(from: readonly T[]): T
  /** Further dice, of their own sequence. */
  fork(): Dice
}

/** Makes dice (mulberry32). */
export function createDice(seed: number): Dice {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  return {
    next,
    between,
    percent: (share) => next() * 100 < share,
    pick: (from) => {
      const found = from[between(0, from.length - 1)]
      if (found === undefined) throw new Error('nothing to pick from')
      return found
    },
    fork: () => createDice(between(0, 2 ** 31)),
  }
}
