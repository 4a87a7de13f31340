import type { LanguageModelV3, LanguageModelV3StreamPart } from '@ai-sdk/provider'
import { sse, sseResponse } from '../support/streams.js'
import type { ProviderFixture } from './fixtures/provider-fixture.js'

/** What an answer comes to, whoever read it. */
export interface Answer {
  readonly text: string
  readonly reasoning: string
  readonly signatures: readonly string[]
  readonly calls: readonly { readonly id: string; readonly name: string; readonly input: unknown }[]
  readonly finish: string
  readonly usage: readonly number[]
}

/** The part of `fetch` that all of them take. */
export type FetchLike = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** Reads an answer through a model of the AI SDK. */
export async function answerByAiSdk(model: LanguageModelV3): Promise<Answer> {
  const { stream } = await model.doStream({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] })
  const draft = { text: '', reasoning: '', finish: '', signatures: [] as string[], usage: [] as number[] }
  const calls: { id: string; name: string; input: unknown }[] = []
  const reader = stream.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const part: LanguageModelV3StreamPart = next.value
    if (part.type === 'error') throw part.error
    if (part.type === 'text-delta') draft.text += part.delta
    if (part.type === 'reasoning-delta') draft.reasoning += part.delta
    if (part.type === 'tool-call') {
      calls.push({ id: part.toolCallId, name: part.toolName, input: part.input === '' ? {} : JSON.parse(part.input) })
    }
    const metadata =
      'providerMetadata' in part
        ? {
            ...part.providerMetadata?.['anthropic'],
            ...part.providerMetadata?.['google'],
            ...part.providerMetadata?.['openai'],
          }
        : {}
    const signature =
      metadata['signature'] ??
      metadata['redactedData'] ??
      metadata['thoughtSignature'] ??
      metadata['reasoningEncryptedContent']
    if (typeof signature === 'string' && !draft.signatures.includes(signature)) draft.signatures.push(signature)
    if (part.type === 'finish') {
      draft.finish = part.finishReason.unified.replace('-', '_')
      const { inputTokens, outputTokens } = part.usage
      draft.usage = [inputTokens.total, inputTokens.cacheRead, outputTokens.total, outputTokens.reasoning].map(
        (n) => n ?? 0,
      )
    }
  }
  return { ...draft, calls }
}

/** The fixture as a provider sends it, in pieces of a size that cuts lines, words and characters. */
export function providerFetch(
  fixture: ProviderFixture,
  options: { readonly named: boolean; readonly size: number },
): FetchLike {
  const lines = fixture.events.map((event) => {
    const name = options.named ? `event: ${String((event as { type?: string }).type)}\n` : ''
    return `${name}${sse(event)}`
  })
  const bytes = new TextEncoder().encode(lines.join(''))
  const pieces: Uint8Array[] = []
  for (let from = 0; from < bytes.length; from += options.size) pieces.push(bytes.slice(from, from + options.size))
  return async () => sseResponse(pieces)
}
