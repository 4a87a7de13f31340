import type { AssistantMessage, FinishReason } from '@og/llm'
import type { Hex } from '@og/settlement'
import type { ChatResult, CompletionResult } from '../inference-result.js'
import type { InferenceStream } from '../inference-stream.js'

/** Result of `llm_completion` and `llm_chat`, in the spelling of the OpenGradient API. */
export interface TextGenerationOutput<Result = ChatResult | CompletionResult> {
  /** Transaction of the record; null, because the answer comes before it. `await output.result.settlement()` has it. */
  readonly transaction_hash: null
  readonly finish_reason: FinishReason
  /** The answer of a completion; null of a chat. */
  readonly completion_output: Result extends CompletionResult ? string : null
  /** The message of a chat; null of a completion. */
  readonly chat_output: Result extends ChatResult ? AssistantMessage : null
  readonly payment_hash: Hex
  /** Everything else that is known: verification, receipt, charge, settlement. */
  readonly result: Result
}

/** One piece of a streamed answer. */
export interface StreamChunk {
  readonly choices: readonly [
    {
      readonly index: 0
      readonly delta: { readonly role?: 'assistant'; readonly content?: string }
      readonly finish_reason: FinishReason | null
    },
  ]
  /** True for the last one, which comes once the receipt has been checked. */
  readonly is_final: boolean
  /** Of the last one. */
  readonly payment_hash: Hex | null
}

/** A streamed answer; iterating ends with an error when the receipt does not hold. */
export interface TextGenerationStream<Output> extends AsyncIterable<StreamChunk> {
  /** The whole, verified answer. */
  final(): Promise<Output>
}

/** Writes a completion in the spelling of the OpenGradient API. */
export function completionOutputOf(result: CompletionResult): TextGenerationOutput<CompletionResult> {
  const { finishReason, completionOutput, paymentHash } = result
  return {
    transaction_hash: null,
    finish_reason: finishReason,
    completion_output: completionOutput,
    chat_output: null,
    payment_hash: paymentHash,
    result,
  }
}

/** Writes a chat answer in the spelling of the OpenGradient API. */
export function chatOutputOf(result: ChatResult): TextGenerationOutput<ChatResult> {
  const { finishReason, chatOutput, paymentHash } = result
  return {
    transaction_hash: null,
    finish_reason: finishReason,
    completion_output: null,
    chat_output: chatOutput,
    payment_hash: paymentHash,
    result,
  }
}

/** Writes a stream in the spelling of the OpenGradient API. */
export function generationStreamOf<Result extends ChatResult | CompletionResult, Output>(
  stream: InferenceStream<Result>,
  outputOf: (result: Result) => Output,
): TextGenerationStream<Output> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const text of stream.textStream()) yield chunkOf({ content: text }, null)
      const { finishReason, paymentHash } = await stream.final()
      yield chunkOf({}, { finishReason, paymentHash })
    },
    final: async () => outputOf(await stream.final()),
  }
}

function chunkOf(
  delta: { readonly content?: string },
  end: { readonly finishReason: FinishReason; readonly paymentHash: Hex } | null,
): StreamChunk {
  return {
    choices: [{ index: 0, delta, finish_reason: end?.finishReason ?? null }],
    is_final: end !== null,
    payment_hash: end?.paymentHash ?? null,
  }
}
