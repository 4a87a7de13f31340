import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The version of a package as it is installed, not as it was asked for. @throws Error when it is not installed */
export function packageVersion(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.resolve(name)))
  for (;;) {
    const found = readManifest(join(folder, 'package.json'))
    if (found?.name === name && found.version !== undefined) return found.version
    const above = dirname(folder)
    if (above === folder) throw new Error(`No package.json of ${name} was found.`)
    folder = above
  }
}

function readManifest(file: string): { readonly name?: string; readonly version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
