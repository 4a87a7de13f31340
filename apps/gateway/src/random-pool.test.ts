import { expect, test } from 'vitest'
import { createRandomPool } from './random-pool.js'

test('no byte is given away twice, whatever is asked for', () => {
  const draw = createRandomPool()
  const seen = new Set<string>()
  for (let round = 0; round < 400; round += 1) {
    for (const length of [12, 32, 128, 512, 513, 5000]) {
      const drawn = draw(length)
      expect(drawn.length).toBe(length)
      // What the caller does with its bytes is seen by nobody else.
      const text = Buffer.from(drawn).toString('hex')
      drawn.fill(1)
      expect(seen.has(text)).toBe(false)
      seen.add(text)
      expect(text).not.toMatch(/^(?:00)+$|(?:00){8}/)
    }
  }
})
