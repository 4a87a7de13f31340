import { applyChanges, baseName, type ReceiptVector, type RefusalCase } from './receipt-vectors.js'
import { runReceiptVector } from './run-receipt-vector.js'

/** The files of test/vectors/receipts by name, as they are checked in, and all of them in one as it is published. */
export async function receiptVectorFiles(
  good: readonly ReceiptVector[],
  refusals: readonly Omit<RefusalCase, 'stage'>[],
): Promise<{ readonly files: ReadonlyMap<string, string>; readonly published: string }> {
  const files = new Map<string, string>()
  const vectors: Record<string, unknown>[] = []
  for (const vector of good) {
    const { code, notChecked } = await runReceiptVector(vector)
    if (code !== 'OK') throw new Error(`${vector.name} is refused: ${code}`)
    files.set(`${vector.name}.json`, `${JSON.stringify({ ...vector, notChecked }, null, 1)}\n`)
    vectors.push({ ...vector, notChecked })
  }
  const base = good.find(({ name }) => name === baseName)
  if (base === undefined) throw new Error('no base vector')
  const cases: RefusalCase[] = []
  for (const refusal of refusals) {
    const { stage, code } = await runReceiptVector(applyChanges(base, refusal.changes))
    if (code !== refusal.code) throw new Error(`${refusal.name}: expected ${refusal.code}, got ${code}`)
    cases.push({ ...refusal, stage })
  }
  const lines = cases.map((one) => ` ${JSON.stringify(one)}`).join(',\n')
  files.set('refused.json', `{"base": "${baseName}.json", "cases": [\n${lines}\n]}\n`)
  const published = { version: 'og-receipt-vectors-1', good: vectors, refused: { base: baseName, cases } }
  return { files, published: `${JSON.stringify(published)}\n` }
}
