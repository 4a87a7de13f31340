/**
 * Judges folders of test vectors and prints one JSON line for each:
 * `npm run --silent vectors -- [folder …] [--backend node|webcrypto|noble]`.
 * A folder with a quote.bin or a vector.json is a vector, whatever it is called and wherever it stands below: it holds quote.bin,
 * collateral (collateral.json, the responses of Intel's PCS, or both), root.pem, and vector.json with the time. What is missing
 * or malformed is a refusal with a code. `ok` means accepted by the verifier and by the default policy, with measurements and
 * report data waived; `status` is given whenever the cryptography held.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { judgeVector, type ReadVectorFile, type VectorJudgement } from '../test/judge-vector.js'
import { vectorVerifiers } from '../test/vector-verifiers.js'

const ownVectors = join(dirname(fileURLToPath(import.meta.url)), '..', 'test', 'vectors')
const own = ['real', 'synthetic'].map((kind) => join(ownVectors, kind))

function fail(reason: string): never {
  process.stderr.write(`vectors: ${reason}\n`)
  process.exit(2)
}

function argumentsOf(): { readonly folders: readonly string[]; readonly backend: keyof typeof vectorVerifiers } {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { backend: { type: 'string' } } })
  const name = values.backend ?? 'node'
  const backend = (['node', 'webcrypto', 'noble'] as const).find((known) => known === name)
  if (backend === undefined) fail(`unknown backend ${name}: one of node, webcrypto, noble`)
  const folders = positionals.length > 0 ? positionals.map((folder) => resolve(folder)) : own
  for (const folder of folders) if (!existsSync(folder)) fail(`${folder} does not exist`)
  return { folders, backend }
}

/** The vectors in a folder and below, each once: links are followed, but not in circles. */
function vectorsIn(folder: string, seen: Set<string>): readonly string[] {
  const place = realpathSync(folder)
  if (seen.has(place)) return []
  seen.add(place)
  const names = namesIn(folder)
  const below = names.filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() === true)
  const isVector = names.includes('quote.bin') || names.includes('vector.json')
  return [...(isVector ? [folder] : []), ...below.flatMap((name) => vectorsIn(join(folder, name), seen))]
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

/** What is no readable file is missing. */
function readerOf(folder: string): ReadVectorFile {
  return (name) => {
    try {
      return new Uint8Array(readFileSync(join(folder, name)))
    } catch {
      return undefined
    }
  }
}

// A reader such as `head` may stop early.
process.stdout.on('error', () => process.exit(0))

async function main(): Promise<void> {
  const { folders, backend } = argumentsOf()
  const seen = new Set<string>()
  const found = folders.flatMap((each) => vectorsIn(each, seen))
  // Silence would read as if all had passed.
  if (found.length === 0) fail(`no vector stands in ${folders.join(', ')}`)
  for (const folder of found) {
    const judgement = await judgeVector(basename(folder), readerOf(folder), vectorVerifiers[backend])
    const { id, ok, status, code, failedStep, platform } = judgement
    const line: VectorJudgement = { id, ok, status, code, failedStep, platform }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
}

await main().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)))
