import { constants } from 'node:fs'
import { mkdir, open, readFile, rmdir } from 'node:fs/promises'

/** The five operations on the kernel's report interface. Failures are errors with a `code`, as those of `node:fs`. */
export interface TsmFiles {
  makeFolder(path: string): Promise<void>
  readText(path: string): Promise<string>
  readBytes(path: string): Promise<Uint8Array>
  /** Writes in one piece to a file that exists. */
  writeBytes(path: string, bytes: Uint8Array): Promise<void>
  removeFolder(path: string): Promise<void>
}

/** The kernel's own files. */
export const systemTsmFiles: TsmFiles = {
  makeFolder: async (path) => {
    await mkdir(path)
  },
  readText: (path) => readFile(path, 'latin1'),
  readBytes: async (path) => new Uint8Array(await readFile(path)),
  async writeBytes(path, bytes) {
    // For writing alone: configfs refuses to open this file in any other way, and takes what was written when it is closed.
    const file = await open(path, constants.O_WRONLY)
    try {
      await file.write(bytes)
    } finally {
      await file.close()
    }
  },
  removeFolder: (path) => rmdir(path),
}
