import {
  type ParsedEmbeddingsRequest,
  parseChatRequest,
  parseCompletionRequest,
  parseEmbeddingsRequest,
  type ResponsesRequest,
  responsesToChatRequest,
  UpstreamRequestError,
} from '@og/llm/upstream'
import type { JsonObject } from '@og/settlement'
import { GatewayError } from './gateway-error.js'

/** The paid endpoints. */
export type Endpoint = 'chat.completions' | 'completions' | 'responses' | 'embeddings'

/** What the gateway needs of a checked body, whatever the endpoint. */
export interface EndpointBody {
  readonly model: string
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly maxTokens: number | undefined
  /** What goes to a provider: the body itself, or the chat that asks for the same. */
  readonly upstreamBody: JsonObject
  readonly responses: ResponsesRequest | undefined
  readonly embeddings: ParsedEmbeddingsRequest | undefined
}

/**
 * Checks a body by the rules of its endpoint.
 * @throws GatewayError `invalid_request` with OpenAI's `param` and `code`
 */
export function parseEndpointBody(endpoint: Endpoint, body: JsonObject): EndpointBody {
  try {
    return readBody(endpoint, body)
  } catch (cause) {
    if (!(cause instanceof UpstreamRequestError)) throw cause
    throw new GatewayError('invalid_request', cause.message, { param: cause.param, wireCode: cause.code, cause })
  }
}

function readBody(endpoint: Endpoint, body: JsonObject): EndpointBody {
  switch (endpoint) {
    case 'chat.completions':
      return plain(body, parseChatRequest(body))
    case 'completions':
      return plain(body, parseCompletionRequest(body))
    case 'responses': {
      const responses = responsesToChatRequest(body)
      const { model, stream, chatBody } = responses
      const { maxTokens } = parseChatRequest(chatBody)
      return { model, stream, maxTokens, includeUsage: true, upstreamBody: chatBody, responses, embeddings: undefined }
    }
    case 'embeddings': {
      const embeddings = parseEmbeddingsRequest(body)
      // Vectors are not generated token by token: only the texts are paid.
      const fixed = { stream: false, includeUsage: false, maxTokens: 0, upstreamBody: body, responses: undefined }
      return { ...fixed, model: embeddings.model, embeddings }
    }
  }
}

/** A body that goes to a provider as it is. */
function plain(
  upstreamBody: JsonObject,
  parsed: ReturnType<typeof parseChatRequest> | ReturnType<typeof parseCompletionRequest>,
): EndpointBody {
  const { model, stream, includeUsage, maxTokens } = parsed
  return { model, stream, includeUsage, maxTokens, upstreamBody, responses: undefined, embeddings: undefined }
}
