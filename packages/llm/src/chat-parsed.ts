import type { CallOptions } from './call-options.js'
import { chat } from './chat.js'
import type { ChatRequest } from './message.js'
import { type ChatStream, streamChat } from './stream-chat.js'
import { type OutputOptions, type ParsedChatResult, parseOutput, requestWithSchema } from './structured-output.js'
import type { Transport } from './transport.js'

/**
 * Asks a chat model for JSON of a form; `parsed` is its typed value. The answer is checked here, whatever the provider promised.
 * @throws LlmError; OutputError when the model refused, was cut, or answered something else.
 * @example
 * const schema = z.object({ city: z.string(), degrees: z.number() })
 * const { parsed } = await chatParsed(transport, { model, messages }, { schema })
 * parsed.degrees // a number
 */
export async function chatParsed<Output>(
  transport: Transport,
  request: ChatRequest,
  options: CallOptions & OutputOptions<Output>,
): Promise<ParsedChatResult<Output>> {
  return parseOutput(await chat(transport, requestWithSchema(request, options), options), options)
}

/** The same as a stream: events as they come, and `final()` with the typed `parsed`. @throws LlmError */
export function streamChatParsed<Output>(
  transport: Transport,
  request: ChatRequest,
  options: CallOptions & OutputOptions<Output>,
): ChatStream<ParsedChatResult<Output>> {
  const stream = streamChat(transport, requestWithSchema(request, options), options)
  const final = async (): Promise<ParsedChatResult<Output>> => parseOutput(await stream.final(), options)
  return { ...stream, final }
}
