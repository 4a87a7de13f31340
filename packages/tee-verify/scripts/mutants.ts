/**
 * Mutation testing of the verifier: `npm run mutants -- [part of a file name]`. Builds the kill suite with one line of a copy of the
 * source changed, runs it, and demands that it notices; once for every mutant in test/mutants/mutants.ts. Exit code 1 when one survives.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Mutant, mutants } from '../test/mutants/mutants.js'
import { bundleProgram } from './bundle-program.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const timeoutMs = 60_000

/** Bundles the kill suite with the mutant in place of the original; no file of the package is touched. */
async function bundle(mutant: Mutant | undefined, outfile: string): Promise<void> {
  await bundleProgram(join(root, 'test', 'mutants', 'main.ts'), {
    outfile,
    change(path, text) {
      if (mutant === undefined || path !== join(root, 'src', mutant.file)) return text
      const mutated = text.replace(mutant.original, () => mutant.mutated)
      if (mutated === text) throw new Error(`${mutant.file} has no ${mutant.original}`)
      return mutated
    },
  })
}

/** What the suite noticed first; null when nothing. A crash or a hang is noticed too. */
function run(file: string): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve(code === 0 ? null : (output.split('\n')[0] ?? '') || `ended by ${signal ?? `exit code ${code}`}`)
    })
  })
}

const folder = mkdtempSync(join(tmpdir(), 'og-mutants-'))
const survivors: Mutant[] = []
try {
  const file = join(folder, 'suite.mjs')
  await bundle(undefined, file)
  const fault = await run(file)
  if (fault !== null) throw new Error(`the suite fails on the verifier itself: ${fault}`)
  const chosen = mutants.filter((mutant) => mutant.file.includes(process.argv[2] ?? ''))
  for (const [index, mutant] of chosen.entries()) {
    const label = `${index + 1}/${chosen.length} ${mutant.file}: ${mutant.original.split('\n')[0]}`
    let noticed: string | null
    try {
      await bundle(mutant, file)
      noticed = await run(file)
    } catch (error) {
      throw new Error(`${label}: the mutant cannot be built`, { cause: error })
    }
    if (noticed === null) survivors.push(mutant)
    process.stdout.write(
      `${noticed === null ? 'SURVIVED' : 'killed'} ${label}${noticed === null ? '' : ` (${noticed})`}\n`,
    )
  }
  process.stdout.write(`${chosen.length - survivors.length} of ${chosen.length} mutants killed\n`)
} finally {
  rmSync(folder, { recursive: true })
}
process.exitCode = survivors.length > 0 ? 1 : 0
