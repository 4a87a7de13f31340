import { randomFillSync } from 'node:crypto'

/** Bytes that are drawn from the system at once. */
const poolBytes = 4096

/** Draws random bytes; small amounts from a pool, because asking the system costs more than the bytes do. Each byte is given away once. */
export function createRandomPool(): (length: number) => Uint8Array {
  const pool = new Uint8Array(poolBytes)
  let used = poolBytes
  return (length) => {
    if (length > poolBytes / 8) return randomFillSync(new Uint8Array(length))
    if (used + length > poolBytes) {
      randomFillSync(pool)
      used = 0
    }
    const drawn = pool.slice(used, used + length)
    pool.fill(0, used, used + length)
    used += length
    return drawn
  }
}
