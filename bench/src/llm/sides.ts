import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { chat, httpTransport, streamChat } from '@og/llm'
import OpenAI from 'openai'
import { type RecordedStream, responseOf } from './recorded-stream.js'

/** Who is measured. `hand` is the least that can be done: decode, split, parse, take the text. */
export type LlmSide = 'ours' | 'openai' | 'ai-sdk' | 'hand'

const model = 'gpt-4.1'
const content = 'What is the answer?'
const baseURL = 'http://127.0.0.1:9/v1'
const messages: [{ role: 'user'; content: string }] = [{ role: 'user', content }]

/** Reads a whole stream, event by event, and returns the length of its text. */
export type ReadStream = (stream: RecordedStream) => Promise<number>

/** How each side reads a stream; the network is a function. */
export const streamReaders: Readonly<Record<LlmSide, ReadStream>> = {
  async ours(stream) {
    const transport = httpTransport({ baseUrl: baseURL, fetch: async () => responseOf(stream) })
    let length = 0
    for await (const event of streamChat(transport, { model, messages })) {
      if (event.type === 'text-delta') length += event.text.length
    }
    return length
  },
  async openai(stream) {
    const client = new OpenAI({ apiKey: 'unused', baseURL, fetch: async () => responseOf(stream) })
    const options = { model, messages, stream: true, stream_options: { include_usage: true } } as const
    let length = 0
    for await (const chunk of await client.chat.completions.create(options)) {
      length += chunk.choices[0]?.delta.content?.length ?? 0
    }
    return length
  },
  async 'ai-sdk'(stream) {
    const provider = createOpenAICompatible({
      name: 'bench',
      baseURL,
      includeUsage: true,
      fetch: async () => responseOf(stream),
    })
    const answer = await provider(model).doStream({
      prompt: [{ role: 'user', content: [{ type: 'text', text: content }] }],
    })
    let length = 0
    const reader = answer.stream.getReader()
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (part.value.type === 'text-delta') length += part.value.delta.length
    }
    return length
  },
  async hand(stream) {
    let length = 0
    let rest = ''
    const decoder = new TextDecoder()
    const reader = responseOf(stream).body?.getReader()
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
      rest += decoder.decode(piece.value, { stream: true })
      let start = 0
      for (let end = rest.indexOf('\n\n'); end !== -1; end = rest.indexOf('\n\n', start)) {
        const data = rest.slice(start + 6, end)
        start = end + 2
        if (data !== '[DONE]') length += JSON.parse(data).choices[0]?.delta.content?.length ?? 0
      }
      rest = rest.slice(start)
    }
    return length
  },
}

/** Makes one unstreamed call and returns the length of its text. */
type MakeCall = () => Promise<number>

/** How each side makes a call that is answered at once; `hand` is its transport alone. */
export function createCallers(body: string): Readonly<Record<LlmSide, MakeCall>> {
  const headers = { 'content-type': 'application/json', 'x-request-id': 'req_bench' }
  const fetch = async (): Promise<Response> => new Response(body, { headers })
  const transport = httpTransport({ baseUrl: baseURL, fetch })
  const client = new OpenAI({ apiKey: 'unused', baseURL, fetch })
  const provider = createOpenAICompatible({ name: 'bench', baseURL, fetch })
  return {
    ours: async () => (await chat(transport, { model, messages })).text.length,
    openai: async () => {
      const answer = await client.chat.completions.create({ model, messages })
      return answer.choices[0]?.message.content?.length ?? 0
    },
    'ai-sdk': async () => {
      const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: content }] }]
      const [part] = (await provider(model).doGenerate({ prompt })).content
      return part?.type === 'text' ? part.text.length : 0
    },
    hand: async () => {
      const answer: { choices: { message: { content: string } }[] } = JSON.parse(await (await fetch()).text())
      return answer.choices[0]?.message.content.length ?? 0
    },
  }
}
