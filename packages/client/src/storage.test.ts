import * as fileSystem from 'node:fs/promises'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type ClientStorage, createFileStorage, createMemoryStorage, createWebStorage, partOf } from './storage.js'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** The browser's Storage over a map. */
function webStorage(): Storage {
  const texts = new Map<string, string>([['of somebody else', '1']])
  return {
    get length() {
      return texts.size
    },
    key: (index) => [...texts.keys()][index] ?? null,
    getItem: (key) => texts.get(key) ?? null,
    setItem: (key, value) => void texts.set(key, value),
    removeItem: (key) => void texts.delete(key),
    clear: () => texts.clear(),
  }
}

const kinds: readonly (readonly [string, () => Promise<ClientStorage>])[] = [
  ['memory', async () => createMemoryStorage()],
  ['web', async () => createWebStorage(webStorage())],
  [
    'files',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'og-client-storage-'))
      folders.push(folder)
      return createFileStorage({ folder: join(folder, 'inner'), fileSystem })
    },
  ],
]

describe.each(kinds)('storage: %s', (_, create) => {
  it('default', async () => {
    const storage = await create()
    expect(await storage.keys()).toEqual([])
    expect(await storage.read('receipt.0x01')).toBeUndefined()
    await storage.write('receipt.0x01', 'one')
    await storage.write('receipt.0x01', 'two')
    expect(await storage.read('receipt.0x01')).toBe('two')
    await storage.remove('receipt.0x01')
    await storage.remove('receipt.0x01')
    expect(await storage.keys()).toEqual([])
  })

  it('behavior: parts do not see each other', async () => {
    const storage = await create()
    const [receipts, channels] = [partOf(storage, 'receipt'), partOf(storage, 'channel')]
    await receipts.write('0x01', 'a receipt')
    await channels.write('0x01', 'a channel')
    expect([await receipts.keys(), await receipts.read('0x01')]).toEqual([['0x01'], 'a receipt'])
    expect([...(await storage.keys())].sort()).toEqual(['channel.0x01', 'receipt.0x01'])
  })
})

describe('createFileStorage', () => {
  it('behavior: files are for their owner only, and drafts do not stay', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'og-client-storage-'))
    folders.push(folder)
    const storage = createFileStorage({ folder, fileSystem })
    await storage.write('receipt.0x01', 'one')
    expect(await readdir(folder)).toEqual(['receipt.0x01.json'])
    expect((await stat(join(folder, 'receipt.0x01.json'))).mode & 0o777).toBe(0o600)
  })

  it.each(['', '../x', 'a/b', 'a\u0000', 'x'.repeat(101)])('error: key %j leads nowhere', async (key) => {
    const storage = createFileStorage({ folder: '/nowhere', fileSystem })
    await expect(storage.read(key)).rejects.toThrow(TypeError)
    await expect(storage.write(key, 'x')).rejects.toThrow(TypeError)
  })
})
