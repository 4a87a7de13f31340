import { type CompletionResult as Completion, complete, streamComplete } from '@og/llm'
import {
  type CallOptions,
  createEvidenceTransport,
  createResult,
  type EvidenceTransport,
  type InferenceContext,
  lastEvidenceOf,
  settingsOf,
  signalOptionOf,
} from './call-options.js'
import { completionRequestOf, type SamplingOptions } from './inference-request.js'
import type { CompletionResult } from './inference-result.js'
import { type InferenceStream, inferenceStreamOf } from './inference-stream.js'
import { failureOf } from './translate-error.js'

/** Options of `llmCompletion`. */
export interface LlmCompletionOptions extends SamplingOptions, CallOptions {
  readonly prompt: string
  readonly stream?: boolean
}

/** `llmCompletion`: a promise of the verified result, or of a stream when `stream: true`. */
export interface LlmCompletion {
  (options: LlmCompletionOptions & { readonly stream: true }): Promise<InferenceStream<CompletionResult>>
  (options: LlmCompletionOptions & { readonly stream?: false }): Promise<CompletionResult>
}

/** Completes a prompt. @throws ClientError */
export async function fetchCompletion(
  context: InferenceContext,
  options: LlmCompletionOptions,
): Promise<CompletionResult> {
  const settings = settingsOf(options, context.defaults)
  const transport = createEvidenceTransport(context, settings)
  try {
    return resultOf(
      context,
      transport,
      await complete(transport, completionRequestOf(options), signalOptionOf(settings)),
    )
  } catch (error) {
    throw failureOf(error, settings)
  }
}

/** Completes a prompt as a stream. @throws ClientError when the options are wrong; later errors come out of the stream. */
export function streamCompletion(
  context: InferenceContext,
  options: LlmCompletionOptions,
): InferenceStream<CompletionResult> {
  const settings = settingsOf(options, context.defaults)
  const transport = createEvidenceTransport(context, settings)
  const request = completionRequestOf(options)
  return inferenceStreamOf(async function* (finish) {
    try {
      for await (const event of streamComplete(transport, request, signalOptionOf(settings))) {
        if (event.type === 'text-delta') yield { type: 'text', text: event.text }
        else if (event.type === 'end') {
          finish(resultOf(context, transport, event.result))
          yield { type: 'turn-end', finishReason: event.result.finishReason }
        }
      }
    } catch (error) {
      throw failureOf(error, settings)
    }
  })
}

function resultOf(context: InferenceContext, transport: EvidenceTransport, answer: Completion): CompletionResult {
  return createResult(context, lastEvidenceOf(transport), {
    completionOutput: answer.text,
    finishReason: answer.finishReason,
  })
}
