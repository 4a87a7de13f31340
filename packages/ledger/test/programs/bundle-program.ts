import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const bundles = new Map<string, string>()

/** Makes one file of a program, once per process: it starts four times sooner than its sources do. */
export function bundleProgram(program: URL): string {
  const known = bundles.get(program.href)
  if (known !== undefined) return known
  // Below the package, so that the two native packages, which stay outside, are found.
  const folder = fileURLToPath(new URL(`../../node_modules/.cache/programs-${process.pid}/`, import.meta.url))
  const file = join(folder, `${program.pathname.split('/').pop()?.replace(/\.ts$/, '')}.mjs`)
  if (bundles.size === 0) process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  bundles.set(program.href, file)
  mkdirSync(folder, { recursive: true })
  buildSync({
    entryPoints: [fileURLToPath(program)],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@og/source'],
    external: ['libsql', 'pg'],
    // For what is CommonJS inside the bundle.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'silent',
  })
  return file
}
