/** Where a client keeps what it knows of its channels. Texts are small JSON; keys are hex. */
export interface ChannelStorage {
  read(key: string): Promise<string | undefined>
  /** Must be safe when it returns: it is called before a voucher is sent. */
  write(key: string, text: string): Promise<void>
  remove(key: string): Promise<void>
  keys(): Promise<readonly string[]>
}

/** A channel storage that lasts as long as this object. A client with a `chain` finds its channels again without it. */
export function createMemoryChannelStorage(): ChannelStorage {
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
 * A channel storage in the browser's `localStorage`. Tabs that pay at the same time correct each other through the
 * server; give each its own `salt` to keep them apart.
 */
export function createWebChannelStorage(
  storage: WebStorage,
  options: { readonly prefix?: string } = {},
): ChannelStorage {
  const { prefix = 'x402-channel:' } = options
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

const KEY = /^0x[0-9a-f]{1,128}$/

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT'
}

/**
 * A channel storage of one file per channel in a folder. A file is replaced as a whole, so a crash leaves the old or the
 * new one. It is for one process at a time.
 * @example createFileChannelStorage({ folder: '.channels', fileSystem: await import('node:fs/promises') })
 */
export function createFileChannelStorage(options: {
  readonly folder: string
  readonly fileSystem: FileSystem
}): ChannelStorage {
  const { folder, fileSystem } = options
  const pathOf = (key: string): string => {
    if (!KEY.test(key)) throw new TypeError('the key of a channel is lower-case hex')
    return `${folder}/${key}.json`
  }
  let writes = 0
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
        return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length))
      } catch (error) {
        if (isMissing(error)) return []
        throw error
      }
    },
  }
}
