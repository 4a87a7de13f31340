import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { anthropicUpstream, createSseWriter, encodeUsage, geminiUpstream, openAiUpstream } from '@og/llm/upstream'
import { type ProviderName, type ProviderStream, responseOf } from './translators-streams.js'

/** Reads a provider's stream and writes it again as an OpenAI stream; returns the bytes written. */
export type Translate = (provider: ProviderName, stream: ProviderStream) => Promise<readonly Uint8Array[]>

const apiKey = 'key'
const identity = { id: 'chatcmpl-1', created: 1_790_000_000, model: 'openai/gpt-4.1', includeUsage: true }
const models = { openai: 'gpt-4.1', anthropic: 'claude-sonnet-4-5', gemini: 'gemini-2.5-flash' } as const
const upstreams = { openai: openAiUpstream, anthropic: anthropicUpstream, gemini: geminiUpstream } as const
/** Events that one write to a socket carries: what comes in one network piece leaves in one. */
const eventsPerWrite = 64

/** Ours: provider events to bytes. */
export const translateOurs: Translate = async (provider, stream) => {
  const upstream = upstreams[provider]({ apiKey, fetch: async () => responseOf(stream) })
  const body = { messages: [{ role: 'user', content: 'x' }], max_tokens: 100 }
  const { signal } = new AbortController()
  const { events } = await upstream.send({ endpoint: 'chat.completions', model: models[provider], body }, { signal })
  const writer = createSseWriter({ ...identity, endpoint: 'chat.completions' })
  const written: Uint8Array[] = []
  let usage: ReturnType<typeof encodeUsage> | null = null
  let count = 0
  for await (const event of events) {
    writer.push(event)
    if (event.type === 'usage') usage = encodeUsage(event.usage)
    count += 1
    if (count % eventsPerWrite === 0) written.push(writer.take())
  }
  writer.end({ usage })
  written.push(writer.take())
  return written
}

/** The usual way: a provider of the AI SDK, its parts written as chunks. */
export const translateByAiSdk: Translate = async (provider, stream) => {
  const settings = { apiKey, fetch: async () => responseOf(stream) }
  const model = {
    openai: () => createOpenAI(settings).chat(models.openai),
    anthropic: () => createAnthropic(settings)(models.anthropic),
    gemini: () => createGoogleGenerativeAI(settings)(models.gemini),
  }[provider]()
  const { id, created } = identity
  const answer = await model.doStream({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] })
  const reader = answer.stream.getReader()
  const utf8 = new TextEncoder()
  const written: Uint8Array[] = []
  const write = (choices: readonly object[], more: object = {}): void => {
    const chunk = { id, object: 'chat.completion.chunk', created, model: identity.model, choices, ...more }
    written.push(utf8.encode(`data: ${JSON.stringify(chunk)}\n\n`))
  }
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const part = next.value
    if (part.type === 'text-delta') {
      write([{ index: 0, delta: { content: part.delta }, logprobs: null, finish_reason: null }])
    }
    if (part.type === 'finish') {
      write([{ index: 0, delta: {}, logprobs: null, finish_reason: part.finishReason.unified }])
      const { inputTokens, outputTokens } = part.usage
      write([], { usage: { prompt_tokens: inputTokens.total, completion_tokens: outputTokens.total } })
    }
  }
  written.push(utf8.encode('data: [DONE]\n\n'))
  return written
}

/** The text that a translated stream carries. */
export function textLengthOf(written: readonly Uint8Array[]): number {
  const decoder = new TextDecoder()
  let text = ''
  for (const bytes of written) text += decoder.decode(bytes, { stream: true })
  let length = 0
  for (const line of text.split('\n\n')) {
    if (!line.startsWith('data: {')) continue
    length += JSON.parse(line.slice(6)).choices[0]?.delta.content?.length ?? 0
  }
  return length
}
