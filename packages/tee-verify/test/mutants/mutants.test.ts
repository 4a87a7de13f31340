import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { killSuite } from './kill-suite.js'
import { mutants } from './mutants.js'

const source = join(import.meta.dirname, '..', '..', 'src')

describe('mutants of the verifier', () => {
  it('behavior: at least sixty, each of one place that exists once', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(60)
    const misplaced = mutants.filter(({ file, original, mutated }) => {
      const text = readFileSync(join(source, file), 'utf8')
      return original === mutated || text.split(original).length !== 2
    })
    expect(misplaced).toEqual([])
  })

  it('behavior: the suite that has to notice them finds nothing wrong with the verifier itself', async () => {
    expect(await killSuite()).toEqual([])
  })
})
