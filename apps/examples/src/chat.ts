// A chat. The system message has a name, and the model is asked for it.
import { createClient } from '@og/client'
import { baseUrl, privateKey } from './network.js'

const client = createClient({ privateKey, baseUrl })

const result = await client.llmChat({
  model: 'openai/gpt-4.1',
  messages: [
    { role: 'system', content: 'You are a helpful AI assistant.', name: 'HAL' },
    { role: 'user', content: 'Hello! How are you doing? Can you repeat my name?' },
  ],
})
console.log('Response:', result.chatOutput.content)
console.log('Payment hash:', result.paymentHash)
