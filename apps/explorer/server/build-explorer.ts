import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'

const root = join(import.meta.dirname, '..')
const packages = join(root, '..', '..', 'packages')

/** Builds the page into `dist` when its sources, or those of the packages in it, changed. Returns the folder. */
export async function buildExplorer(): Promise<string> {
  const folder = join(root, 'dist')
  const stampFile = join(folder, '.sources')
  const stamp = sourcesStamp()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return folder
  await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'error' })
  writeFileSync(stampFile, stamp)
  return folder
}

function sourcesStamp(): string {
  const hash = createHash('sha256')
  const folders = [
    join(root, 'src'),
    join(root, 'public'),
    ...['client', 'llm', 'settlement', 'tee-verify', 'x402'].map((name) => join(packages, name, 'src')),
  ]
  for (const folder of folders) {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    for (const entry of names.sort((a, b) => (join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1))) {
      if (!entry.isFile() || entry.name.endsWith('.test.ts')) continue
      const file = join(entry.parentPath, entry.name)
      hash.update(file).update(readFileSync(file))
    }
  }
  for (const name of ['index.html', 'vite.config.ts', 'package.json']) hash.update(readFileSync(join(root, name)))
  return hash.digest('hex')
}
