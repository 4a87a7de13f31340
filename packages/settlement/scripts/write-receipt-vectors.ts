import { writeFileSync } from 'node:fs'
import { receiptVectorFiles } from '../test/receipt-vector-files.js'
import { goodVectors, refusalCases } from '../test/receipt-vectors.js'

/** Writes test/vectors/receipts and vectors/receipts.json anew: tsx packages/settlement/scripts/write-receipt-vectors.ts */
const folder = new URL('../test/vectors/receipts/', import.meta.url)
const { files, published } = await receiptVectorFiles(goodVectors(), refusalCases())
for (const [name, text] of files) writeFileSync(new URL(name, folder), text)
writeFileSync(new URL('../vectors/receipts.json', import.meta.url), published)
