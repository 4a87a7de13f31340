import { applyChanges, baseName, type ReceiptVector, type RefusalCase } from './receipt-vectors.js'
import { runReceiptVector } from './run-receipt-vector.js'

/** The files of test/vectors/receipts by name, as they are checked in. */
export async function receiptVectorFiles(
  good: readonly ReceiptVector[],
  refusals: readonly Omit<RefusalCase, 'stage'>[],
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  for (const vector of good) {
    const { code, notChecked } = await runReceiptVector(vector)
    if (code !== 'OK') throw new Error(`${vector.name} is refused: ${code}`)
    files.set(`${vector.name}.json`, `${JSON.stringify({ ...vector, notChecked }, null, 1)}\n`)
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
  return files
}
