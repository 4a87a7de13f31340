import { type CallOptions, sendForBody } from './call.js'
import { type ChatResult, chatResultOf } from './chat-result.js'
import type { ChatRequest } from './message.js'
import { type OutputOptions, type ParsedChatResult, parseOutput, requestWithSchema } from './structured-output.js'
import type { Transport } from './transport.js'

/**
 * Asks a chat model and waits for the whole answer. With `schema` the answer is JSON of that form, and `parsed` is its typed value.
 * @throws LlmError; OutputError when the answer is not what the schema asks for.
 * @example
 * const transport = httpTransport({ baseUrl: 'https://host/v1' })
 * const { text } = await chat(transport, { model: 'openai/gpt-4.1', messages: [{ role: 'user', content: 'Hello' }] })
 */
export function chat<Output>(
  transport: Transport,
  request: ChatRequest,
  options: CallOptions & OutputOptions<Output>,
): Promise<ParsedChatResult<Output>>
export function chat(transport: Transport, request: ChatRequest, options?: CallOptions): Promise<ChatResult>
export async function chat(
  transport: Transport,
  request: ChatRequest,
  options: CallOptions & Partial<OutputOptions<unknown>> = {},
): Promise<ChatResult> {
  const { schema } = options
  const output = schema === undefined ? undefined : { ...options, schema }
  const sent = output ? requestWithSchema(request, output) : request
  const { body, ...head } = await sendForBody(transport, { path: '/chat/completions', body: sent }, options)
  const result = chatResultOf(body, { request: sent, ...head })
  return output ? parseOutput(result, output) : result
}
