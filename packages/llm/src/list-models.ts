import { sendForBody } from './call.js'
import type { CallOptions } from './call-options.js'
import { invalid } from './chat-result.js'
import { isJsonArray, type JsonObject, numberAt, objectsAt, stringAt } from './json.js'
import type { Transport } from './transport.js'

/** A model that a server offers. */
export interface ModelInfo {
  readonly id: string
  /** Unix seconds; 0 when the server does not say. */
  readonly created: number
  readonly ownedBy: string
  /** Everything that the server says of it: prices, context length, … */
  readonly body: JsonObject
}

/** Asks for the models of a server. @throws LlmError */
export async function listModels(transport: Transport, options: CallOptions = {}): Promise<readonly ModelInfo[]> {
  const { body, headers } = await sendForBody(transport, { path: '/models', method: 'GET', body: {} }, options)
  if (!isJsonArray(body['data'])) {
    const requestId = headers.get('x-request-id') ?? undefined
    throw invalid('no list of models', requestId)
  }
  return objectsAt(body, 'data').flatMap((model) => modelOf(model) ?? [])
}

/** Asks for one model; names with a slash are escaped. @throws LlmError `NOT_FOUND` */
export async function getModel(transport: Transport, id: string, options: CallOptions = {}): Promise<ModelInfo> {
  const path = `/models/${encodeURIComponent(id)}` as const
  const { body, headers } = await sendForBody(transport, { path, method: 'GET', body: {} }, options)
  const model = modelOf(body)
  if (model) return model
  const requestId = headers.get('x-request-id') ?? undefined
  throw invalid('a model without a name', requestId)
}

function modelOf(body: JsonObject): ModelInfo | undefined {
  const id = stringAt(body, 'id')
  if (!id) return undefined
  return { id, created: numberAt(body, 'created') ?? 0, ownedBy: stringAt(body, 'owned_by') ?? '', body }
}
