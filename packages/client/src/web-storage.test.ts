import { expect, it } from 'vitest'
import { createWebStorage } from './web-storage.js'

it('default: keys have a prefix of their own', async () => {
  const texts = new Map<string, string>([['of somebody else', '1']])
  const storage = createWebStorage({
    get length() {
      return texts.size
    },
    key: (index) => [...texts.keys()][index] ?? null,
    getItem: (key) => texts.get(key) ?? null,
    setItem: (key, value) => void texts.set(key, value),
    removeItem: (key) => void texts.delete(key),
  })
  await storage.write('receipt.0x01', 'one')
  expect([...texts.keys()]).toEqual(['of somebody else', 'og-client:receipt.0x01'])
  expect(await storage.keys()).toEqual(['receipt.0x01'])
})
