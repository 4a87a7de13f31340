import * as fileSystem from 'node:fs/promises'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { accountOf } from '../../test/fixtures.js'
import { type ClientChannel, createChannelBook, unspentOf } from '../channel/client/client-channel.js'
import { parseChannelPayload } from '../channel/shared/channel-payload.js'
import * as storageExports from './index.js'
import { createFileStorage, createMemoryStorage, createWebStorage, partOfStorage, type TextStorage } from './index.js'

function webStorage(): Storage {
  const items = new Map<string, string>([['unrelated', 'x']])
  return {
    get length() {
      return items.size
    },
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
  }
}

const channelId = `0x${'ab'.repeat(32)}` as const
const channel: ClientChannel = {
  channelId,
  network: 'eip155:84532',
  config: {
    payer: accountOf('a').address,
    payerAuthorizer: accountOf('b').address,
    receiver: accountOf('c').address,
    receiverAuthorizer: accountOf('d').address,
    token: accountOf('e').address,
    withdrawDelay: 900,
    salt: `0x${'00'.repeat(32)}`,
  },
  balance: 10_000n,
  charged: 400n,
  signedMax: 1_400n,
  isInDoubt: true,
  pendingDeposit: {
    amount: 500n,
    authorization: {
      method: 'eip3009',
      from: accountOf('a').address,
      value: 500n,
      validAfter: 0n,
      validBefore: 1_900_000_000n,
      channelId,
      salt: `0x${'11'.repeat(32)}`,
    },
    signature: `0x${'22'.repeat(65)}`,
    spender: undefined,
  },
  frozen: 'the server lied',
}

const storages: readonly [string, (folder: string) => TextStorage][] = [
  ['memory', () => createMemoryStorage()],
  ['web', () => createWebStorage(webStorage(), { prefix: 'channels:' })],
  ['files', (folder) => createFileStorage({ folder: join(folder, 'deep', 'er'), fileSystem })],
]

describe.each(storages)('%s storage', (_, make) => {
  test('behavior: channels are read back as they were', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'storage-'))
    try {
      const storage = make(folder)
      const book = createChannelBook(storage)
      expect(await book.find(channelId)).toBeUndefined()
      expect(await book.all()).toEqual([])
      await book.keep(channel)
      expect(await book.find(channelId)).toEqual(channel)
      const later = { ...channel, pendingDeposit: undefined, frozen: undefined, isInDoubt: false, charged: 600n }
      await book.keep(later)
      expect(await book.all()).toEqual([later])
      expect(await storage.keys()).toEqual([channelId])
      await storage.remove(channelId)
      await storage.remove(channelId)
      expect(await book.all()).toEqual([])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

test.each(storages)('behavior: parts of a %s storage do not see each other', async (_, make) => {
  const folder = await mkdtemp(join(tmpdir(), 'storage-'))
  try {
    const storage = make(folder)
    const [receipts, channels] = [partOfStorage(storage, 'receipt'), partOfStorage(storage, 'channel')]
    await receipts.write('a', '1')
    await channels.write('a', '2')
    await channels.write('b', '3')
    expect(await receipts.keys()).toEqual(['a'])
    expect(await receipts.read('a')).toBe('1')
    await channels.remove('a')
    expect(await channels.keys()).toEqual(['b'])
    expect([...(await storage.keys())].sort()).toEqual(['channel.b', 'receipt.a'])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('exports', () => {
  expect(Object.keys(storageExports).sort()).toMatchInlineSnapshot(`
    [
      "createFileStorage",
      "createMemoryStorage",
      "createWebStorage",
      "partOfStorage",
    ]
  `)
})

test('behavior: files hold nothing half-written, and no name leaves the folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'storage-'))
  try {
    const storage = createFileStorage({ folder, fileSystem })
    await Promise.all(Array.from({ length: 10 }, (_, index) => storage.write(channelId, `{"n":${index}}`)))
    expect(await readdir(folder)).toEqual([`${channelId}.json`])
    await expect(storage.read('../secret')).rejects.toThrow('letters, digits')
    await writeFile(join(folder, `${channelId}.json`), '{"version":2}')
    await expect(createChannelBook(storage).find(channelId)).rejects.toMatchObject({ code: 'MALFORMED_MESSAGE' })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('behavior: unspent counts what is pending, and never below nothing', () => {
  expect(unspentOf(channel)).toBe(10_100n)
  expect(unspentOf({ ...channel, charged: 99_999n })).toBe(0n)
  expect(() => parseChannelPayload({ type: 'nothing' })).toThrow()
})
