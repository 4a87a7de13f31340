// Many inferences in one transaction, and the proof that one of them is among them: `receipt.json` convinces anybody, offline.
import { createClient, verifyReceipt } from '@og/client'
import { baseUrl, policy, privateKey, rpcUrl } from './network.js'

const client = createClient({ privateKey, baseUrl, policy, rpcUrl })

const result = await client.llmChat({
  model: 'openai/gpt-4.1',
  messages: [{ role: 'user', content: 'Hello!' }],
  inferenceMode: 'TEE',
  settlementMode: 'SETTLE_BATCH',
})
const settlement = await result.settlement()
console.log(`leaf ${settlement.inclusion?.index} of ${settlement.inclusion?.size} in ${settlement.record.transaction}`)

const receipt = client.receiptBundle(result, settlement)
const { request, response } = result
const verdict = await verifyReceipt(receipt, { trust: policy, request, response, rpcUrl })
for (const step of verdict.steps) console.log(step.ok ? 'ok    ' : 'FAILED', step.name)
for (const name of verdict.notChecked) console.log('not checked:', name)

const tampered = await verifyReceipt(receipt, {
  trust: policy,
  request,
  response: { ...response, model: 'another' },
  rpcUrl,
})
console.log('a changed answer:', tampered.ok ? 'accepted' : tampered.code)
