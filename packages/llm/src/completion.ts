import { type AnswerHead, type AnswerSource, answerHeadOf } from './answer-head.js'
import { sendForBody } from './call.js'
import type { CallOptions } from './call-options.js'
import { invalid } from './chat-result.js'
import { type JsonObject, objectsAt, stringAt } from './json.js'
import type { CompletionRequest, FinishReason } from './message.js'
import { finishReasonOf } from './stream/chat-chunk-reader.js'
import type { Transport } from './transport.js'

/** An answer of a completion model. */
export interface CompletionResult extends AnswerHead {
  readonly text: string
  readonly finishReason: FinishReason
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
export function completionResultOf(body: JsonObject, source: AnswerSource): CompletionResult {
  const head = answerHeadOf(body, source)
  const choice = objectsAt(body, 'choices')[0]
  const text = choice && stringAt(choice, 'text')
  const wireReason = choice && stringAt(choice, 'finish_reason')
  if (text === undefined || wireReason === undefined) {
    throw invalid('a body without text or finish_reason', head.requestId)
  }
  return { ...head, text, finishReason: finishReasonOf(wireReason, { hasToolCalls: false }) }
}
