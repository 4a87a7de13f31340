// Code that uses the official openai package stays as it is: one argument more, and every call is paid, sealed and verified.
import { createClient } from '@og/client'
import { openaiOptions } from '@og/llm/openai'
import OpenAI from 'openai'
import { baseUrl, policy, privateKey } from './network.js'

const client = createClient({ privateKey, baseUrl, policy, inferenceMode: 'TEE' })
const openai = new OpenAI(openaiOptions({ client }))

const completion = await openai.chat.completions.create({
  model: 'openai/gpt-4.1',
  messages: [{ role: 'user', content: "Translate the following English text to French: 'Hello, how are you?'" }],
})
console.log(completion.choices[0]?.message.content)

const stream = await openai.chat.completions.create({
  model: 'openai/gpt-4.1',
  messages: [{ role: 'user', content: 'Hello! How are you doing?' }],
  stream: true,
})
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '')
console.log()
for (const entry of client.spend.entries()) console.log('paid', entry.paymentHash)
