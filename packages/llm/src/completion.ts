import { sendForBody } from './call.js'
import type { CallOptions } from './call-options.js'
import { invalid } from './chat-result.js'
import { type JsonObject, objectAt, objectsAt, stringAt } from './json.js'
import type { CompletionRequest, FinishReason } from './message.js'
import { finishReasonOf } from './stream/chat-chunk-reader.js'
import type { Transport } from './transport.js'

/** An answer of a completion model. */
export interface CompletionResult {
  readonly text: string
  readonly finishReason: FinishReason
  /** The server's `usage` object as it stands, unknown members included; `null` when it sent none. */
  readonly usage: JsonObject | null
  readonly model: string
  readonly id: string
  /** The request body that was sent. */
  readonly request: JsonObject
  /** The unstreamed response body; rebuilt from the chunks when the answer was streamed. */
  readonly body: JsonObject
  readonly headers: Headers
  /** HTTP status. */
  readonly status: number
  readonly requestId: string | undefined
}

/**
 * Completes a prompt and waits for the whole answer.
 * @throws LlmError
 * @example
 * const { text } = await completion(transport, { model: 'openai/gpt-4o', prompt: 'Say hello', max_tokens: 50 })
 */
export async function completion(
  transport: Transport,
  request: CompletionRequest,
  options: CallOptions = {},
): Promise<CompletionResult> {
  const { body, ...head } = await sendForBody(transport, { path: '/completions', body: request }, options)
  return completionResultOf(body, { request, ...head })
}

/** Reads an unstreamed completion body. @throws LlmError `INVALID_RESPONSE` */
export function completionResultOf(
  body: JsonObject,
  options: { readonly request: JsonObject; readonly headers: Headers; readonly status: number },
): CompletionResult {
  const requestId = options.headers.get('x-request-id') ?? undefined
  const choice = objectsAt(body, 'choices')[0]
  const text = choice && stringAt(choice, 'text')
  const wireReason = choice && stringAt(choice, 'finish_reason')
  if (text === undefined || wireReason === undefined) {
    throw invalid('a body without text or finish_reason', requestId)
  }
  return {
    text,
    finishReason: finishReasonOf(wireReason, { hasToolCalls: false }),
    usage: objectAt(body, 'usage') ?? null,
    model: stringAt(body, 'model') ?? '',
    id: stringAt(body, 'id') ?? '',
    request: options.request,
    body,
    headers: options.headers,
    status: options.status,
    requestId,
  }
}
