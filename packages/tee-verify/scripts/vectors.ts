/**
 * Judges folders of test vectors and prints one JSON line for each: `pnpm vectors [folder …]`.
 * A folder holds quote.bin, collateral (collateral.json, the responses of Intel's PCS, or both), root.pem and vector.json with
 * the time. A folder without quote.bin is searched for such folders.
 */
import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { judgeVector, type ReadVectorFile } from '../test/judge-vector.js'

const own = join(dirname(fileURLToPath(import.meta.url)), '..', 'test', 'vectors')
const named = process.argv.slice(2)

function vectorsIn(folder: string): readonly string[] {
  if (existsSync(join(folder, 'quote.bin'))) return [folder]
  const isFolder = (entry: Dirent): boolean => entry.isDirectory()
  const folders = readdirSync(folder, { withFileTypes: true }).filter(isFolder)
  return folders.flatMap((entry) => vectorsIn(join(folder, entry.name))).sort()
}

function readerOf(folder: string): ReadVectorFile {
  return (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : undefined)
}

// A reader such as `head` may stop early.
process.stdout.on('error', () => process.exit(0))

for (const folder of (named.length > 0 ? named.map((name) => resolve(name)) : [own]).flatMap(vectorsIn)) {
  // Vectors of class "policy" differ from the baseline P01 beside them in what the policy forbids.
  const isPolicy = JSON.parse(readFileSync(join(folder, 'vector.json'), 'utf8')).class === 'policy'
  const p01 = join(dirname(folder), 'P01')
  const options = isPolicy && existsSync(p01) ? { baseline: readerOf(p01) } : {}
  const { steps: _, ...line } = judgeVector(basename(folder), readerOf(folder), options)
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
