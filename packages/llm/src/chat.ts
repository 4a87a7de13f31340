import { sendForBody } from './call.js'
import type { CallOptions } from './call-options.js'
import { type ChatResult, chatResultOf } from './chat-result.js'
import type { ChatRequest } from './message.js'
import type { Transport } from './transport.js'

/**
 * Asks a chat model and waits for the whole answer.
 * @throws LlmError
 * @example
 * const transport = httpTransport({ baseUrl: 'https://host/v1' })
 * const { text } = await chat(transport, { model: 'openai/gpt-4.1', messages: [{ role: 'user', content: 'Hello' }] })
 */
export async function chat(transport: Transport, request: ChatRequest, options: CallOptions = {}): Promise<ChatResult> {
  const { body, ...head } = await sendForBody(transport, { path: '/chat/completions', body: request }, options)
  return chatResultOf(body, { request, ...head })
}
