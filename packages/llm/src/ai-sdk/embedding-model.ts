import { embed } from '../embed.js'
import { isJsonObject, numberAt } from '../json.js'
import { callFailureOf } from './call-failure.js'
import type { ModelContext } from './model-context.js'
import { embedTokensOf, providerName, receiptMetadataOf } from './sdk-metadata.js'
import type { SdkEmbeddingModel } from './specification.js'

/** Creates an embedding model. */
export function createEmbeddingModel<Version extends 'v3' | 'v4'>(
  context: ModelContext<Version>,
  modelId: string,
): SdkEmbeddingModel<Version> {
  return {
    specificationVersion: context.version,
    provider: context.provider,
    modelId,
    maxEmbeddingsPerCall: 512,
    supportsParallelCalls: true,
    async doEmbed(options) {
      const own = options.providerOptions?.[providerName]
      const dimensions = isJsonObject(own) ? numberAt(own, 'dimensions') : undefined
      const body = {
        model: modelId,
        input: [...options.values],
        encoding_format: 'base64' as const,
        ...(dimensions === undefined ? {} : { dimensions }),
      }
      try {
        const result = await embed(context.transport, body, context.callOptionsOf(options))
        const tokens = embedTokensOf(result.usage)
        return {
          embeddings: result.embeddings.map((embedding) => [...embedding]),
          ...(tokens === undefined ? {} : { usage: { tokens } }),
          providerMetadata: receiptMetadataOf(result.usage),
          response: { headers: Object.fromEntries(result.headers), body: result.body },
          warnings: [],
        }
      } catch (error) {
        throw callFailureOf(error, { url: context.url, body })
      }
    },
  }
}
