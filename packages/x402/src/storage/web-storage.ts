import { keysUnder, type TextStorage } from './text-storage.js'

/** The part of the browser's `Storage` that is used. */
export interface WebStorage {
  readonly length: number
  key(index: number): string | null
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** Options of {@link createWebStorage}. */
export interface WebStorageOptions {
  /** Stands before every key, so that nothing else in the browser's storage is touched. */
  readonly prefix: string
}

/**
 * A storage in the browser's `localStorage`. Tabs that pay from one channel at the same time correct each other through the
 * server; give each its own `salt` to keep them apart.
 * @example createWebStorage(localStorage, { prefix: 'channels:' })
 */
export function createWebStorage(storage: WebStorage, options: WebStorageOptions): TextStorage {
  const { prefix } = options
  return {
    read: async (key) => storage.getItem(prefix + key) ?? undefined,
    async write(key, text) {
      storage.setItem(prefix + key, text)
    },
    async remove(key) {
      storage.removeItem(prefix + key)
    },
    async keys() {
      const names = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
      return keysUnder(prefix, names)
    },
  }
}
