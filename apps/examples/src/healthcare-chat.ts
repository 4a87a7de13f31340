// Patient data travels sealed to the attested enclave; only salted hashes reach the chain.
import { createClient } from '@og/client'
import { baseUrl, policy, privateKey } from './network.js'

const client = createClient({ privateKey, baseUrl, policy })

const result = await client.llmChat({
  model: 'claude-3-opus',
  messages: [
    {
      role: 'system',
      content: 'You are a medical assistant. Analyze patient symptoms and provide preliminary guidance.',
    },
    {
      role: 'user',
      content:
        'Patient: 45-year-old male, presenting with chest pain and shortness of breath. Blood pressure: 140/90. What are the potential causes?',
    },
  ],
  maxTokens: 300,
  temperature: 0.1,
  inferenceMode: 'TEE',
})
console.log('Response:', result.chatOutput.content)
console.log('Payment hash:', result.paymentHash)
console.log('Platform:', result.verification.platform, '· checks passed:', result.verification.steps.length)
