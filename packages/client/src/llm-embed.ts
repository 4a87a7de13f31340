import { embed } from '@og/llm'
import {
  type CallOptions,
  createEvidenceTransport,
  type InferenceContext,
  lastEvidenceOf,
  settingsOf,
  signalOptionOf,
} from './call-options.js'
import { ClientError } from './client-error.js'
import { type InferenceResult, inferenceResultOf } from './inference-result.js'
import { failureOf } from './translate-error.js'

/** Options of `embed`. */
export interface EmbedOptions extends Omit<CallOptions, 'verify'> {
  readonly model: string
  /** One text or several. */
  readonly input: string | readonly string[]
  /** Length of the vectors, where the model lets it be chosen. */
  readonly dimensions?: number
}

/** Result of `embed`. It has no `finishReason` of its own: vectors are made as a whole. */
export interface EmbedResult extends InferenceResult {
  /** One vector for each text, in their order. */
  readonly embeddings: readonly (readonly number[])[]
}

/** Turns texts into vectors. @throws ClientError */
export async function fetchEmbeddings(context: InferenceContext, options: EmbedOptions): Promise<EmbedResult> {
  const settings = settingsOf(options, context.defaults)
  const { model, input, dimensions } = options
  if (typeof model !== 'string' || model === '') throw invalid('model must be a non-empty string')
  if (input.length === 0) throw invalid('input must be a text or a list of texts')
  const transport = createEvidenceTransport(context, settings)
  try {
    // Vectors in base64 are exact, and a quarter of the size.
    const request = {
      model,
      input,
      encoding_format: 'base64',
      ...(dimensions === undefined ? {} : { dimensions }),
    } as const
    const { embeddings } = await embed(transport, request, signalOptionOf(settings))
    const evidence = lastEvidenceOf(transport)
    const base = inferenceResultOf(evidence, {
      finishReason: 'stop',
      settlement: (wanted) => context.settle(evidence, wanted),
    })
    return { ...base, embeddings }
  } catch (error) {
    throw failureOf(error, settings)
  }
}

function invalid(message: string): ClientError {
  return new ClientError('INVALID_REQUEST', message)
}
