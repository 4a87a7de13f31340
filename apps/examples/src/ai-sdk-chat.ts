// A streaming chat for the web with the AI SDK: the route answers a browser's `useChat`, the receipt is in the metadata.
import { serve } from '@hono/node-server'
import { createClient } from '@og/client'
import { createOpenGradientV3 } from '@og/llm/ai-sdk'
import { convertToModelMessages, streamText, type UIMessage } from 'ai'
import { Hono } from 'hono'
import { baseUrl, policy, privateKey } from './network.js'

const model = createOpenGradientV3({ client: createClient({ privateKey, baseUrl, policy, inferenceMode: 'TEE' }) })

const app = new Hono()
app.post('/api/chat', async (context) => {
  const { messages } = await context.req.json<{ messages: UIMessage[] }>()
  const result = streamText({ model: model('openai/gpt-4.1'), messages: await convertToModelMessages(messages) })
  return result.toUIMessageStreamResponse({ sendReasoning: true })
})

const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, async ({ port }) => {
  const url = `http://127.0.0.1:${port}/api/chat`
  console.log(`chat route at ${url}; asking it as a page would:`)
  const parts = [{ type: 'text', text: 'Hello! How are you doing?' }]
  const body = JSON.stringify({ messages: [{ id: '1', role: 'user', parts }] })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  for (const line of (await response.text()).split('\n').filter((text) => text.includes('delta'))) console.log(line)
  server.close()
})
