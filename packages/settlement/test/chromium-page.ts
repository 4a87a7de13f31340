import { applyChanges, type ReceiptVector, type RefusalCase } from './receipt-vectors.js'
import { runReceiptVector } from './run-receipt-vector.js'

/** What runs inside the page: every published vector, with what came of it. */
async function runPublished(
  url: string,
): Promise<readonly { readonly name: string; readonly found: string; readonly expected: string }[]> {
  const { good, refused }: Published = await (await fetch(url)).json()
  const results: { name: string; found: string; expected: string }[] = []
  for (const vector of good) {
    const { stage, code, notChecked } = await runReceiptVector(vector)
    results.push({
      name: vector.name,
      found: `${stage} ${code} ${notChecked.join(' ')}`,
      expected: `verify OK ${vector.notChecked.join(' ')}`,
    })
  }
  const base = good.find(({ name }) => name === refused.base)
  if (base === undefined) throw new Error('no base vector')
  for (const { name, changes, stage, code } of refused.cases) {
    const result = await runReceiptVector(applyChanges(base, changes))
    results.push({ name, found: `${result.stage} ${result.code}`, expected: `${stage} ${code}` })
  }
  return results
}

interface Published {
  readonly good: readonly (ReceiptVector & { readonly notChecked: readonly string[] })[]
  readonly refused: { readonly base: string; readonly cases: readonly RefusalCase[] }
}

Object.assign(globalThis, { runPublished })
