import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseCollateral, parseQuote, type QuoteVerdict, verifyQuote } from '../src/index.js'
import type { ReadVectorFile } from './judge-vector.js'

const folder = join(import.meta.dirname, 'vectors')

/** The names of all vectors of one kind. */
export function vectorNames(kind: 'real' | 'synthetic'): readonly string[] {
  return readdirSync(join(folder, kind)).sort()
}

/** Reads the files of one vector. */
export function readVector(kind: 'real' | 'synthetic', name: string): ReadVectorFile {
  return (file) => {
    const path = join(folder, kind, name, file)
    return existsSync(path) ? new Uint8Array(readFileSync(path)) : undefined
  }
}

/** One file of a vector; the test fails without it. */
export function vectorFile(kind: 'real' | 'synthetic', name: string, file: string): Uint8Array {
  const bytes = readVector(kind, name)(file)
  if (bytes === undefined) throw new Error(`no ${file} in ${name}`)
  return bytes
}

/** One JSON file of a vector. */
export function vectorJson(kind: 'real' | 'synthetic', name: string, file: string): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(vectorFile(kind, name, file)))
}

/** The verdict on one real quote with its own collateral, at the time of the vector. */
export function realVerdict(name: string): QuoteVerdict {
  const now = BigInt(Number(vectorJson('real', name, 'vector.json')['now']))
  const collateral = parseCollateral(vectorJson('real', name, 'collateral.json'))
  return verifyQuote(parseQuote(vectorFile('real', name, 'quote.bin')), { collateral, now })
}
