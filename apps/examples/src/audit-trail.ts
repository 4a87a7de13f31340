// An agent acts; later an auditor proves from its receipts what it asked and what it was told, in order.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, verifyReceipt } from '@og/client'
import { baseUrl, policy, privateKey, rpcUrl } from './network.js'

const folder = mkdtempSync(join(tmpdir(), 'audit-trail-'))

// The agent.
const client = createClient({ privateKey, baseUrl, policy, rpcUrl, inferenceMode: 'TEE' })
const questions = ['May this invoice be paid?', 'Is the supplier known?', 'What is the total?']
for (const [number, content] of questions.entries()) {
  const result = await client.llmChat({ model: 'openai/gpt-4o', messages: [{ role: 'user', content }] })
  const settlement = await result.settlement()
  const { request, response } = result
  const entry = { receipt: client.receiptBundle(result, settlement), request, response }
  writeFileSync(join(folder, `${number}.json`), JSON.stringify(entry))
}

// The auditor has the files and a chain to ask, and trusts neither the agent nor the node.
for (const file of readdirSync(folder).sort()) {
  const { receipt, request, response } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const verdict = await verifyReceipt(receipt, { trust: policy, request, response, rpcUrl })
  if (!verdict.ok) throw new Error(`${file}: ${verdict.code}`)
  const at = new Date(Number(verdict.bundle.receipt.finishedAt) * 1000).toISOString()
  console.log(at, 'asked:', request.messages[0].content, '· proven by', verdict.steps.length, 'checks')
}
console.log('kept in', folder)
