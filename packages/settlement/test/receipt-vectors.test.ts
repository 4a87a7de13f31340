import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { inferenceModes, settlementModes } from '../src/modes.js'
import { receiptVectorFiles } from './receipt-vector-files.js'
import { applyChanges, goodVectors, type ReceiptVector, type RefusalCase, refusalCases } from './receipt-vectors.js'
import { runReceiptVector } from './run-receipt-vector.js'

const folder = new URL('./vectors/receipts/', import.meta.url)
const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
const good = names.filter((name) => name !== 'refused.json')
const refused: { readonly base: string; readonly cases: readonly RefusalCase[] } = read('refused.json')

describe('receipt vectors', () => {
  test('behavior: the checked-in files are those that the script writes', async () => {
    const { files, published } = await receiptVectorFiles(goodVectors(), refusalCases())
    expect(readFileSync(new URL('../vectors/receipts.json', import.meta.url), 'utf8')).toBe(published)
    expect([...files.keys()].sort()).toEqual([...names].sort())
    for (const [name, text] of files) expect(readFileSync(new URL(name, folder), 'utf8'), name).toBe(text)
  })

  test('behavior: one good vector for each mode and settlement', async () => {
    expect(good).toHaveLength(inferenceModes.length * settlementModes.length)
    for (const name of good) {
      const vector: ReceiptVector & { readonly notChecked: readonly string[] } = read(name)
      expect(await runReceiptVector(vector), name).toEqual({
        stage: 'verify',
        code: 'OK',
        notChecked: vector.notChecked,
      })
    }
  })

  test('error: every refusal has its code', async () => {
    const base: ReceiptVector = read(refused.base)
    for (const { name, changes, stage, code } of refused.cases) {
      expect(changes.length, name).toBeGreaterThan(0)
      const result = await runReceiptVector(applyChanges(base, changes))
      expect.soft([result.stage, result.code], name).toEqual([stage, code])
    }
    expect(refused.cases.length).toBe(139)
    expect(new Set(refused.cases.map(({ code }) => code)).size).toBe(38)
  })
})
