/** Small texts under keys, kept by a client: channels, receipts. Keys are 1 to 128 letters, digits, dots and hyphens. */
export interface TextStorage {
  read(key: string): Promise<string | undefined>
  /** Must be safe when it resolves: a channel's state is written before its voucher leaves. */
  write(key: string, text: string): Promise<void>
  remove(key: string): Promise<void>
  keys(): Promise<readonly string[]>
}

/** A storage that lasts as long as this object. */
export function createMemoryStorage(): TextStorage {
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

/** A part of a storage, under keys of its own: each begins with `part` and a dot there. */
export function partOfStorage(storage: TextStorage, part: string): TextStorage {
  const prefix = `${part}.`
  return {
    read: (key) => storage.read(prefix + key),
    write: (key, text) => storage.write(prefix + key, text),
    remove: (key) => storage.remove(prefix + key),
    keys: async () => keysUnder(prefix, await storage.keys()),
  }
}

/** The names that begin with `prefix`, without it. */
export function keysUnder(prefix: string, names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
}
