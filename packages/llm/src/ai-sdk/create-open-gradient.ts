import { apiUrlOf, type ModeOptions, modeHeadersOf, type PayingClient } from '../openai/paying-client.js'
import { httpTransport } from '../transport.js'
import { createEmbeddingModel } from './embedding-model.js'
import { createLanguageModel } from './language-model.js'
import type { ModelContext } from './model-context.js'
import { providerName } from './sdk-metadata.js'
import type { SdkEmbeddingModel, SdkLanguageModel } from './specification.js'

/** Options of {@link createOpenGradient}. */
export interface OpenGradientOptions extends ModeOptions {
  readonly client: PayingClient
  /** Sent with each call. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A provider of the AI SDK. Called like a function, it gives a chat model. */
export interface OpenGradientProvider<Version extends 'v3' | 'v4'> {
  (modelId: string): SdkLanguageModel<Version>
  readonly specificationVersion: Version
  languageModel(modelId: string): SdkLanguageModel<Version>
  embeddingModel(modelId: string): SdkEmbeddingModel<Version>
  /** @throws Error `AI_NoSuchModelError`, always */
  imageModel(modelId: string): never
}

/**
 * Creates a provider for version 7 of the AI SDK (specification V4). Every answer is paid, sealed and verified by the client; cost and receipt
 * are in `providerMetadata.opengradient`. Options by call: `providerOptions.opengradient` with `reasoningEffort`, `parallelToolCalls`,
 * `strictJsonSchema`, `user`, `dimensions`.
 * @example
 * const { text, providerMetadata } = await generateText({ model: createOpenGradient({ client })('openai/gpt-4.1'), prompt })
 */
export function createOpenGradient(options: OpenGradientOptions): OpenGradientProvider<'v4'> {
  return createProvider('v4', options)
}

/** The same provider for version 6 of the AI SDK (specification V3). */
export function createOpenGradientV3(options: OpenGradientOptions): OpenGradientProvider<'v3'> {
  return createProvider('v3', options)
}

function createProvider<Version extends 'v3' | 'v4'>(
  version: Version,
  options: OpenGradientOptions,
): OpenGradientProvider<Version> {
  const { client } = options
  const url = apiUrlOf(client)
  const transport = httpTransport({
    baseUrl: url,
    fetch: (input, init) => client.fetch(input, init),
    headers: { ...modeHeadersOf(options), ...options.headers },
    retries: 0,
  })
  const contextOf = (kind: string): ModelContext<Version> => ({
    version,
    provider: `${providerName}.${kind}`,
    transport,
    url,
    callOptionsOf: ({ abortSignal, headers = {} }) => ({
      ...(abortSignal ? { signal: abortSignal } : {}),
      headers: Object.fromEntries(
        Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
    }),
  })
  const languageModel = (modelId: string): SdkLanguageModel<Version> => createLanguageModel(contextOf('chat'), modelId)
  return Object.assign((modelId: string) => languageModel(modelId), {
    specificationVersion: version,
    languageModel,
    embeddingModel: (modelId: string) => createEmbeddingModel(contextOf('embedding'), modelId),
    imageModel(modelId: string): never {
      throw noSuchModel(modelId, 'imageModel')
    },
  })
}

function noSuchModel(modelId: string, modelType: string): Error {
  const error = new Error(`No such ${modelType}: ${modelId}`)
  error.name = 'AI_NoSuchModelError'
  return Object.assign(error, {
    [Symbol.for('vercel.ai.error')]: true,
    [Symbol.for('vercel.ai.error.AI_NoSuchModelError')]: true,
    modelId,
    modelType,
  })
}
