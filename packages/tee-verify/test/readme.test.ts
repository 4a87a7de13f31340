import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { verifyStepNames } from '../src/index.js'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** The members of the union type with this name. */
function codesOf(file: string, type: string): readonly string[] {
  const text = readFileSync(join(root, 'src', file), 'utf8')
  const union = text.slice(text.indexOf(`export type ${type} =`)).split('\n\n')[0] ?? ''
  return [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code ?? '')
}

describe('README', () => {
  it('behavior: names every step and explains every code', () => {
    const codes = [
      ...codesOf('verify/verify-step.ts', 'QuoteRejectionCode'),
      ...codesOf('policy/check-policy.ts', 'PolicyRejectionCode'),
      ...codesOf('quote-error.ts', 'QuoteErrorCode').filter((code) => !code.startsWith('COLLATERAL_')),
    ]
    expect(codes.length).toBeGreaterThan(60)
    const missing = [...verifyStepNames, ...codes].filter((name) => !readme.includes(`\`${name}\``))
    expect(missing).toEqual([])
  })
})
