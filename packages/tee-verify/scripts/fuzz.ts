/**
 * Fuzzes the verifier: `npm run fuzz -- [--executions 1000000] [--seed 1]`. Prints what came out and how often; exit code 1 with
 * the seed when an input made it throw anything but QuoteError, hang, or accept a forgery. Built first: that halves the time.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleProgram } from './bundle-program.js'

const folder = mkdtempSync(join(tmpdir(), 'og-fuzz-'))
try {
  const outfile = join(folder, 'fuzz.mjs')
  await bundleProgram(join(dirname(fileURLToPath(import.meta.url)), '..', 'test', 'fuzz-main.ts'), { outfile })
  process.exitCode = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1
} finally {
  rmSync(folder, { recursive: true })
}
