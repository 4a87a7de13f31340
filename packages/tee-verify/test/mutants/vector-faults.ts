import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { judgeVector } from '../judge-vector.js'
import { readVector, vectorNames } from '../vector-files.js'
import { vectorVerifiers } from '../vector-verifiers.js'

/** The vectors whose judgement is not the one on record. */
export async function vectorFaults(): Promise<readonly string[]> {
  const file = join(import.meta.dirname, '..', 'vectors', 'judgements.json')
  const judgements: Readonly<Record<string, readonly unknown[]>> = JSON.parse(readFileSync(file, 'utf8'))
  const faults: string[] = []
  for (const kind of ['real', 'synthetic'] as const) {
    for (const name of vectorNames(kind)) {
      const { ok, status, code, failedStep } = await judgeVector(name, readVector(kind, name), vectorVerifiers.node)
      const found = [ok, `${status}`, `${code}`, `${failedStep}`]
      if (JSON.stringify(found) !== JSON.stringify(judgements[name])) faults.push(`${name}: ${found.join(' ')}`)
    }
  }
  return faults
}
