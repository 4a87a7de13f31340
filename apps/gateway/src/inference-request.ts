import type { ParsedEmbeddingsRequest, ResponsesRequest } from '@og/llm/upstream'
import {
  canonicalize,
  type Hex,
  type InferenceMode,
  type JsonObject,
  type JsonValue,
  type Keccak,
  keccak256,
  mediaTokenBound,
  parseStrictJson,
  SettlementError,
  type SettlementMode,
} from '@og/settlement'
import { checkFiles } from './check-files.js'
import { type Endpoint, parseEndpointBody } from './endpoint-body.js'
import { GatewayError } from './gateway-error.js'
import { hashOpenGradientRequest } from './open-gradient.js'
import { isNoDearer, type Model, type PriceTable } from './prices.js'
import { maxMetadataBytes } from './record-prices.js'
import { parseInferenceMode, parseSettlementMode } from './request-modes.js'
import { vectorNumbersOf } from './vector-load.js'

/** A request as it came in, before anything is believed of it. */
export interface IncomingRequest {
  readonly endpoint: Endpoint
  /** Path with query, as the client sent it. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  readonly sealed: boolean
}

/** A checked request, with everything that pricing, running and recording need. */
export interface InferenceRequest {
  readonly endpoint: Endpoint
  readonly path: string
  /** The body as the client sent it; its canonical form is what the receipt commits to. */
  readonly body: JsonObject
  readonly canonicalBody: string
  readonly requestHash: Hex
  /** What goes to a provider: the body itself, or the chat that asks for the same. */
  readonly upstreamBody: JsonObject
  readonly responses: ResponsesRequest | undefined
  readonly embeddings: ParsedEmbeddingsRequest | undefined
  /** Numbers in the vectors that are asked for; none of a text. */
  readonly vectorNumbers: number
  readonly modelRequested: string
  readonly model: Model
  /** Models that may answer instead when no provider of {@link InferenceRequest.model} does; none of them is dearer. */
  readonly fallbacks: readonly Model[]
  /** The request's hash by OpenGradient's rules, for a caller that wants the `tee_*` fields. */
  readonly openGradientHash: Hex | undefined
  readonly stream: boolean
  readonly includeUsage: boolean
  /** What `promptTokenBound` says. */
  readonly promptTokens: bigint
  readonly maxCompletionTokens: bigint
  readonly inferenceMode: InferenceMode
  readonly settlement: SettlementMode
}

/** Largest request body in bytes. */
export const maxBodyBytes = 1_048_576
/** What a request without `max_tokens` may generate. */
const defaultMaxTokens = 1024
/** The most that any request may generate. */
const maxTokensCap = 16_384
/** Bytes of a SETTLE_METADATA record that are kept for the answer's frame (names, finish reason). */
const transcriptFrameBytes = 1024
/** Depth and count bounds of a body; JSON schemas of tools nest deeply, hostile bodies deeper. */
const bounds = { maxBytes: maxBodyBytes, maxDepth: 64, maxNodes: 50_000 }

/** What a request is checked by. */
interface RequestRules {
  readonly mode: InferenceMode
  readonly prices: PriceTable
  readonly keccak: Keccak
}

/**
 * Checks a request against the node's mode. Nothing has been paid or spent when this throws.
 * @throws GatewayError with the code of the first rule that is broken
 */
export function parseInferenceRequest(
  incoming: IncomingRequest,
  { mode: nodeMode, prices, keccak }: RequestRules,
): InferenceRequest {
  const inferenceMode = parseInferenceMode(incoming.headers['og-inference-mode'])
  const settlementType = incoming.headers['x-settlement-type']
  const settlement = parseSettlementMode(incoming.headers['og-settlement-mode'], settlementType)
  checkMode(inferenceMode, { nodeMode, sealed: incoming.sealed })
  if (settlementType !== undefined && nodeMode !== 'TEE') {
    throw new GatewayError(
      'mode_not_available',
      'This node runs in VANILLA mode and has no tee_* fields to give: use a TEE node, or OG-Settlement-Mode.',
      { param: 'X-SETTLEMENT-TYPE' },
    )
  }
  const body = parseBody(incoming.body)
  const parsed = parseEndpointBody(incoming.endpoint, body)
  const { model: modelRequested, stream, includeUsage, maxTokens, upstreamBody, responses, embeddings } = parsed
  const kind = embeddings === undefined ? 'text' : 'embedding'
  const model = resolveModel(prices, { name: modelRequested, kind, param: 'model' })
  if (settlement === 'SETTLE_METADATA' && embeddings !== undefined) {
    throw new GatewayError('settlement_not_available', 'Vectors are too large to stand on chain: use SETTLE.', {
      param: 'OG-Settlement-Mode',
    })
  }
  const fallbacks = fallbacksOf(body, { model, prices })
  checkFiles(upstreamBody, [model, ...fallbacks])
  const maxCompletionTokens = maxTokens ?? defaultMaxTokens
  if (maxCompletionTokens > maxTokensCap) {
    throw new GatewayError('invalid_request', `max_tokens may be at most ${maxTokensCap}.`, { param: 'max_tokens' })
  }
  const canonicalBody = canonicalize(body)
  const canonicalBytes = Buffer.from(canonicalBody)
  if (settlement === 'SETTLE_METADATA' && canonicalBytes.length > maxMetadataBytes / 2) {
    throw new GatewayError(
      'metadata_too_large',
      `SETTLE_METADATA records requests of up to ${maxMetadataBytes / 2} bytes: shorten it or use SETTLE.`,
    )
  }
  return {
    endpoint: incoming.endpoint,
    path: incoming.path,
    body,
    canonicalBody,
    requestHash: keccak256(canonicalBytes, { keccak }),
    upstreamBody,
    responses,
    embeddings,
    vectorNumbers: embeddings === undefined ? 0 : vectorNumbersOf(embeddings),
    modelRequested,
    model,
    fallbacks,
    openGradientHash:
      settlementType === undefined ? undefined : hashOpenGradientRequest(incoming.endpoint, incoming.body),
    stream,
    includeUsage,
    // What `promptTokenBound` says, from the bytes that are there already.
    promptTokens: BigInt(canonicalBytes.length + mediaTokenBound(body)),
    maxCompletionTokens: BigInt(maxCompletionTokens),
    inferenceMode,
    settlement,
  }
}

/** Most models in a list of fallbacks. */
const maxFallbacks = 8

function resolveModel(
  prices: PriceTable,
  { name, kind, param }: { readonly name: string; readonly kind: Model['kind']; readonly param: string },
): Model {
  const model = prices.resolve(name)
  if (model?.kind === kind) return model
  throw new GatewayError(
    'model_not_found',
    'This node does not offer that model: GET /v1/models lists what it offers.',
    { param },
  )
}

/**
 * Reads `models`, the list of models that the caller takes instead. The offer that is paid for is the one of `model`: a dearer model would
 * be given away or overcharged, so that none is accepted.
 */
function fallbacksOf(
  body: JsonObject,
  { model, prices }: { readonly model: Model; readonly prices: PriceTable },
): readonly Model[] {
  const list = body['models']
  if (list === undefined || list === null) return []
  const refuse = (message: string): GatewayError => new GatewayError('invalid_request', message, { param: 'models' })
  if (!Array.isArray(list) || list.length > maxFallbacks || !list.every((name) => typeof name === 'string')) {
    throw refuse(`models must be a list of at most ${maxFallbacks} names.`)
  }
  const found = list.map((name) => resolveModel(prices, { name, kind: model.kind, param: 'models' }))
  if (!found.every((other) => isNoDearer(other, model))) {
    throw refuse('A model in models is dearer than model, whose price is paid: put the dearest one into model.')
  }
  return found.filter((other, index) => other !== model && found.indexOf(other) === index)
}

/** How many bytes of text an answer to this request may have; `undefined` means that only tokens limit it. */
export function answerByteLimitOf(request: InferenceRequest): number | undefined {
  if (request.settlement !== 'SETTLE_METADATA') return undefined
  return maxMetadataBytes - Buffer.byteLength(request.canonicalBody) - transcriptFrameBytes
}

function checkMode(mode: InferenceMode, node: { readonly nodeMode: InferenceMode; readonly sealed: boolean }): void {
  if (mode !== 'TEE') return
  if (node.nodeMode !== 'TEE') {
    throw new GatewayError(
      'mode_not_available',
      'This node runs in VANILLA mode and cannot attest anything: use a TEE node.',
      {
        param: 'OG-Inference-Mode',
      },
    )
  }
  if (!node.sealed) {
    throw new GatewayError(
      'sealing_required',
      'A TEE request must be sealed to the attested key: GET /v1/attestation, then send it as application/og-sealed.',
    )
  }
}

function parseBody(bytes: Uint8Array): JsonObject {
  let value: JsonValue
  try {
    value = parseStrictJson(bytes, bounds)
  } catch (cause) {
    const rule = cause instanceof SettlementError ? cause.code.toLowerCase() : 'invalid_json'
    throw new GatewayError('invalid_json', `The body is not acceptable JSON (${rule}).`, { wireCode: rule, cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GatewayError('invalid_json', 'The body must be a JSON object.')
  }
  return value as JsonObject
}
