// A chat with a tool. The client runs it and goes on; each turn is a payment of its own.
import { createClient } from '@og/client'
import { baseUrl, privateKey } from './network.js'
import { weatherTool } from './weather-tool.js'

const client = createClient({ privateKey, baseUrl })

const result = await client.llmChat({
  model: 'mistralai/mistral-7b-instruct-v0.3',
  messages: [
    { role: 'system', content: 'You are a AI assistant that helps the user with tasks. Use tools if necessary.' },
    { role: 'user', content: 'Hi! How are you doing today?' },
    { role: 'assistant', content: "I'm doing well! How can I help you?" },
    { role: 'user', content: 'Can you tell me what the temperate will be in Dallas, in fahrenheit?' },
  ],
  tools: [weatherTool],
})
console.log('Response:', result.chatOutput.content)
for (const turn of result.turns) console.log('Payment hash:', turn.paymentHash)
