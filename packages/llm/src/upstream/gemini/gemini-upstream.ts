import { type JsonDraft, type JsonObject, objectAt, objectsAt, stringAt } from '../../json.js'
import { readVector } from '../embeddings.js'
import { createHttpUpstream, type HttpUpstreamOptions } from '../http/http-upstream.js'
import type { Wire } from '../http/wire.js'
import type { EmbeddingsRequest, Upstream } from '../upstream.js'
import { UpstreamError, type UpstreamErrorCode } from '../upstream-error.js'
import { geminiBodyOf } from './gemini-body.js'
import { createGeminiReader } from './gemini-reader.js'

/** Options of {@link geminiUpstream}. */
export interface GeminiUpstreamOptions extends HttpUpstreamOptions {
  readonly apiKey: string
  readonly id?: string
  /** Google's public API unless given: `https://generativelanguage.googleapis.com/v1beta`. */
  readonly baseUrl?: string
}

/** Creates an upstream for the Gemini API in its own shape. The key travels in a header, never in a URL. @throws UpstreamError `UPSTREAM_CONFIG` */
export function geminiUpstream(options: GeminiUpstreamOptions): Upstream {
  return createHttpUpstream({
    ...options,
    id: options.id ?? 'google',
    baseUrl: options.baseUrl ?? 'https://generativelanguage.googleapis.com/v1beta',
    auth: { 'x-goog-api-key': options.apiKey },
    wire: geminiWire,
  })
}

const geminiWire: Wire = {
  callOf: (request) => ({
    path: `/models/${modelPathOf(request.model)}:streamGenerateContent?alt=sse`,
    body: geminiBodyOf(request),
    reader: createGeminiReader(),
    usesEventNames: false,
  }),
  embeddingsCallOf(request) {
    const model = modelPathOf(request.model)
    return {
      path: `/models/${model}:batchEmbedContents`,
      body: { requests: request.input.map((text) => embedRequestOf(text, { model, request })) },
      read(body) {
        const embeddings = objectsAt(body, 'embeddings').map((item) => readVector(item['values']))
        if (embeddings.length !== request.input.length) throw new UpstreamError('UPSTREAM_INVALID')
        return { embeddings, promptTokens: undefined, model: '' }
      },
    }
  },
  errorCodeOf: geminiErrorCode,
}

/** The name becomes a part of the path: nothing in it may leave its place there. @throws UpstreamError `UPSTREAM_MODEL` */
function modelPathOf(model: string): string {
  const name = model.replace(/^models\//, '')
  if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}$/.test(name)) throw new UpstreamError('UPSTREAM_MODEL')
  return name
}

function embedRequestOf(
  text: string,
  { model, request }: { readonly model: string; readonly request: EmbeddingsRequest },
): JsonObject {
  const draft: JsonDraft = { model: `models/${model}`, content: { parts: [{ text }] } }
  if (request.dimensions !== undefined) draft['outputDimensionality'] = request.dimensions
  return draft
}

/** What an error body of a Google API means; its words are looked at where the status is not enough, and go no further. */
function geminiErrorCode(body: JsonObject, status: number | undefined): UpstreamErrorCode | undefined {
  const error = objectAt(body, 'error') ?? {}
  switch (stringAt(error, 'status')) {
    case 'INVALID_ARGUMENT':
    case 'FAILED_PRECONDITION':
    case 'OUT_OF_RANGE': {
      const isKey = objectsAt(error, 'details').some((detail) => stringAt(detail, 'reason') === 'API_KEY_INVALID')
      if (isKey) return 'UPSTREAM_AUTH'
      if (/token count .* exceeds/i.test(stringAt(error, 'message') ?? '')) return 'UPSTREAM_CONTEXT_LENGTH'
      return status === undefined ? 'UPSTREAM_REJECTED' : undefined
    }
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED':
      return 'UPSTREAM_AUTH'
    case 'NOT_FOUND':
      return 'UPSTREAM_MODEL'
    case 'RESOURCE_EXHAUSTED':
      return 'UPSTREAM_RATE_LIMITED'
    case 'UNAVAILABLE':
      return 'UPSTREAM_OVERLOADED'
    case 'DEADLINE_EXCEEDED':
      return 'UPSTREAM_TIMEOUT'
    case 'INTERNAL':
      return 'UPSTREAM_FAILED'
    default:
      return undefined
  }
}
