import { writeFileSync } from 'node:fs'
import { receiptVectorFiles } from '../test/receipt-vector-files.js'
import { goodVectors, refusalCases } from '../test/receipt-vectors.js'

/** Writes test/vectors/receipts anew: tsx packages/settlement/scripts/write-receipt-vectors.ts */
const folder = new URL('../test/vectors/receipts/', import.meta.url)
for (const [name, text] of await receiptVectorFiles(goodVectors(), refusalCases())) {
  writeFileSync(new URL(name, folder), text)
}
