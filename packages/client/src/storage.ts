/** Where a client keeps texts: receipts, payment channels. Keys are at most 100 letters, digits, dots and hyphens. */
export interface ClientStorage {
  read(key: string): Promise<string | undefined>
  /** Must be safe when it resolves: a channel's state is written before its voucher leaves. */
  write(key: string, text: string): Promise<void>
  remove(key: string): Promise<void>
  keys(): Promise<readonly string[]>
}

/** A storage that lasts as long as this object. */
export function createMemoryStorage(): ClientStorage {
  const texts = new Map<string, string>()
  return {
    read: async (key) => texts.get(key),
    async write(key, text) {
      texts.set(key, text)
    },
    async remove(key) {
      texts.delete(key)
    },
    keys: async () => [...texts.keys()],
  }
}

/** The part of the browser's `Storage` that is used. */
export interface WebStorage {
  readonly length: number
  key(index: number): string | null
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/**
 * A storage in the browser's `localStorage`.
 * @example createClient({ privateKey, storage: createWebStorage(localStorage) })
 */
export function createWebStorage(storage: WebStorage, options: { readonly prefix?: string } = {}): ClientStorage {
  const { prefix = 'og-client:' } = options
  return {
    read: async (key) => storage.getItem(prefix + key) ?? undefined,
    async write(key, text) {
      storage.setItem(prefix + key, text)
    },
    async remove(key) {
      storage.removeItem(prefix + key)
    },
    async keys() {
      const names = Array.from({ length: storage.length }, (_, index) => storage.key(index))
      return names.flatMap((name) => (name?.startsWith(prefix) === true ? [name.slice(prefix.length)] : []))
    },
  }
}

/** The part of `node:fs/promises` that is used. */
export interface FileSystem {
  mkdir(path: string, options: { recursive: true }): Promise<unknown>
  readFile(path: string, encoding: 'utf8'): Promise<string>
  writeFile(path: string, text: string, options: { encoding: 'utf8'; mode: number; flush: boolean }): Promise<void>
  rename(from: string, to: string): Promise<void>
  rm(path: string, options: { force: true }): Promise<void>
  readdir(path: string): Promise<string[]>
}

const KEY = /^[A-Za-z0-9.-]{1,100}$/
const SUFFIX = '.json'

/**
 * A storage of one file per key in a folder, readable by its owner only. A file is replaced as a whole, so a crash leaves the old or the new
 * one. It is for one process at a time.
 * @example createFileStorage({ folder: '.og', fileSystem: await import('node:fs/promises') })
 */
export function createFileStorage(options: {
  readonly folder: string
  readonly fileSystem: FileSystem
}): ClientStorage {
  const { folder, fileSystem } = options
  let writes = 0
  const pathOf = (key: string): string => {
    if (!KEY.test(key)) throw new TypeError('a key is 1 to 100 letters, digits, dots and hyphens')
    return `${folder}/${key}${SUFFIX}`
  }
  return {
    async read(key) {
      try {
        return await fileSystem.readFile(pathOf(key), 'utf8')
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    async write(key, text) {
      const path = pathOf(key)
      writes += 1
      const draft = `${path}.${writes}.draft`
      await fileSystem.mkdir(folder, { recursive: true })
      await fileSystem.writeFile(draft, text, { encoding: 'utf8', mode: 0o600, flush: true })
      await fileSystem.rename(draft, path)
    },
    async remove(key) {
      await fileSystem.rm(pathOf(key), { force: true })
    },
    async keys() {
      try {
        const names = await fileSystem.readdir(folder)
        return names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length))
      } catch (error) {
        if (isMissing(error)) return []
        throw error
      }
    },
  }
}

/** A part of a storage, under keys of its own. */
export function partOf(storage: ClientStorage, part: string): ClientStorage {
  const prefix = `${part}.`
  return {
    read: (key) => storage.read(prefix + key),
    write: (key, text) => storage.write(prefix + key, text),
    remove: (key) => storage.remove(prefix + key),
    keys: async () =>
      (await storage.keys()).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)),
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT'
}
