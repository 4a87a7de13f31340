import { UptoEvmScheme } from '@x402/evm'
import { registerExactEvmScheme } from '@x402/evm/exact/client'
import { wrapFetchWithPayment, x402Client } from '@x402/fetch'
import type { PrivateKeyAccount } from 'viem'

/**
 * The HTTP exchanges of OpenGradient's TypeScript SDK 2.1.1 with an explicit server URL, written down from its source
 * (github.com/OpenGradient/typescript-sdk, commit 119caca, `src/llm.ts`; MIT): the same bodies, the same header fields, the same x402
 * client with the same schemes registered. The SDK itself is not on npm; `docs/operate.md` says how to run it.
 */
export interface OpenGradientCall {
  readonly url: string
  readonly account: PrivateKeyAccount
  readonly settlement: 'private' | 'batch' | 'individual'
}

/** What its `chat` sends, defaults included. */
export interface OpenGradientChat {
  readonly model: string
  readonly messages: readonly object[]
  readonly maxTokens?: number
  readonly stopSequence?: readonly string[]
  readonly temperature?: number
  readonly tools?: readonly object[]
  readonly toolChoice?: string
  readonly stream?: boolean
}

const placeholderKey = '0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef'

/** The body of a chat; the model goes without its provider. */
export function chatPayload(chat: OpenGradientChat): Record<string, unknown> {
  const { maxTokens = 100, temperature = 0.0, stopSequence, tools, toolChoice } = chat
  return {
    model: stripProvider(chat.model),
    messages: chat.messages,
    max_tokens: maxTokens,
    temperature,
    ...(chat.stream === true ? { stream: true } : {}),
    ...(stopSequence !== undefined && stopSequence.length > 0 ? { stop: stopSequence } : {}),
    ...(tools !== undefined && tools.length > 0 ? { tools, tool_choice: toolChoice ?? 'auto' } : {}),
  }
}

/** The body of a completion. */
export function completionPayload({ model, prompt }: { readonly model: string; readonly prompt: string }): object {
  return { model: stripProvider(model), prompt, max_tokens: 100, temperature: 0.0 }
}

/** Sends a body as the SDK does and returns the paid answer. */
export function sendOnce(call: OpenGradientCall, path: string, body: object): Promise<Response> {
  const client = new x402Client()
  registerExactEvmScheme(client, { signer: call.account })
  client.register('eip155:*', new UptoEvmScheme(call.account))
  const paidFetch = wrapFetchWithPayment(fetch, client)
  return paidFetch(`${call.url}${path}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${placeholderKey}`,
      'X-SETTLEMENT-TYPE': call.settlement,
    },
    body: JSON.stringify(body),
  })
}

/** A chunk as the SDK sees it. */
export interface OpenGradientChunk {
  readonly content: string | undefined
  readonly isFinal: boolean
  readonly data: Readonly<Record<string, unknown>>
}

/** Reads a stream line by line as the SDK does; the last final chunk is held back until the end mark. */
export async function readStream(response: Response): Promise<readonly OpenGradientChunk[]> {
  const chunks: OpenGradientChunk[] = []
  let pendingFinal: OpenGradientChunk | undefined
  for (const raw of (await response.text()).split('\n')) {
    const line = raw.trim()
    if (!line.startsWith('data: ')) continue
    const text = line.slice(6).trim()
    if (text === '[DONE]') break
    const data = JSON.parse(text) as {
      readonly choices?: readonly {
        readonly delta?: { readonly content?: string }
        readonly finish_reason?: string | null
      }[]
      readonly usage?: object | null
    }
    const choices = data.choices ?? []
    const isFinal = choices.some(({ finish_reason: reason }) => reason != null) || data.usage != null
    const chunk = { content: choices[0]?.delta?.content, isFinal, data: data as Record<string, unknown> }
    if (isFinal) pendingFinal = chunk
    else chunks.push(chunk)
  }
  return pendingFinal === undefined ? chunks : [...chunks, pendingFinal]
}

function stripProvider(model: string): string {
  const slash = model.indexOf('/')
  return slash === -1 ? model : model.slice(slash + 1)
}
