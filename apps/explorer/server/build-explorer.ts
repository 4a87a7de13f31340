import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'

const root = join(import.meta.dirname, '..')
const packages = join(root, '..', '..', 'packages')
const builds = join(root, 'node_modules', '.builds')

/** Builds the page unless these very sources, and those of the packages in it, were built before. Returns the folder. */
export async function buildExplorer(): Promise<string> {
  const folder = join(builds, sourcesStamp())
  if (existsSync(folder)) return folder
  // Built aside and put in place at once: several networks may start at the same time.
  mkdirSync(builds, { recursive: true })
  const draft = mkdtempSync(join(builds, 'draft-'))
  try {
    await buildForProduction(draft)
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}

/** A test runner sets NODE_ENV, and Vite would take it: then the page would carry React's development build. */
async function buildForProduction(outDir: string): Promise<void> {
  const before = process.env['NODE_ENV']
  process.env['NODE_ENV'] = 'production'
  try {
    await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'error', build: { outDir } })
  } finally {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  }
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
  const settings = ['index.html', 'vite.config.ts', 'package.json']
  const builders = ['build-explorer.ts', 'offline-plugin.ts', 'service-worker.js'].map((name) => join('server', name))
  for (const name of [...settings, ...builders]) hash.update(readFileSync(join(root, name)))
  return hash.digest('hex').slice(0, 32)
}
