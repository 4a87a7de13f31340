import type { TextStorage } from './text-storage.js'

/** The part of `node:fs/promises` that is used. */
export interface FileSystem {
  mkdir(path: string, options: { recursive: true }): Promise<unknown>
  readFile(path: string, encoding: 'utf8'): Promise<string>
  writeFile(path: string, text: string, options: { encoding: 'utf8'; mode: number; flush: boolean }): Promise<void>
  rename(from: string, to: string): Promise<void>
  rm(path: string, options: { force: true }): Promise<void>
  readdir(path: string): Promise<string[]>
}

/** Options of {@link createFileStorage}. */
export interface FileStorageOptions {
  /** Is made with the first text. */
  readonly folder: string
  readonly fileSystem: FileSystem
}

const KEY = /^[A-Za-z0-9.-]{1,128}$/
const SUFFIX = '.json'

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT'
}

/**
 * A storage of one file per key in a folder, readable by its owner only. A file is replaced as a whole, so a crash leaves the old or
 * the new one. It is for one process at a time. A key that could name a file elsewhere is a TypeError.
 * @example createFileStorage({ folder: '.channels', fileSystem: await import('node:fs/promises') })
 */
export function createFileStorage(options: FileStorageOptions): TextStorage {
  const { folder, fileSystem } = options
  const pathOf = (key: string): string => {
    if (!KEY.test(key)) throw new TypeError('a key is 1 to 128 letters, digits, dots and hyphens')
    return `${folder}/${key}${SUFFIX}`
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
        return names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length))
      } catch (error) {
        if (isMissing(error)) return []
        throw error
      }
    },
  }
}
