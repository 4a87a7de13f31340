// A completion, signed and settled, on a node without hardware attestation.
import { createClient } from '@og/client'
import { baseUrl, privateKey } from './network.js'

const client = createClient({ privateKey, baseUrl })

const result = await client.llmCompletion({
  model: 'openai/gpt-4o',
  prompt: "Translate the following English text to French: 'Hello, how are you?'",
  maxTokens: 50,
  temperature: 0,
})
console.log('Response:', result.completionOutput)
console.log('Payment hash:', result.paymentHash)
