import { expect, test } from 'vitest'
import { askTogether } from './ask-together.js'

test('a thousand who ask at once ask once, and who comes later asks anew', async () => {
  let asked = 0
  const ask = askTogether(async () => {
    asked += 1
    await new Promise((resolve) => setTimeout(resolve, 5))
    if (asked === 2) throw new Error('no answer')
    return asked
  })
  expect(new Set(await Promise.all(Array.from({ length: 1000 }, ask)))).toEqual(new Set([1]))
  await expect(Promise.all([ask(), ask()])).rejects.toThrow('no answer')
  expect(await ask()).toBe(3)
})
