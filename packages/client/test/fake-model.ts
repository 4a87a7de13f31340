import {
  type AnswerIdentity,
  createChatAssembler,
  createChatChunkEncoder,
  createCompletionAssembler,
  createCompletionChunkEncoder,
  embeddingsBodyOf,
  encodeSse,
  encodeUsage,
  parseEmbeddingsRequest,
  scriptedUpstream,
  sseDone,
  type UpstreamEvent,
} from '@og/llm/upstream'
import type { Endpoint, JsonObject, Terms } from '@og/settlement'
import { isObject } from './fake-http.js'
import type { NodeFaults } from './node-faults.js'

type Tokens = Pick<Terms, 'promptTokens' | 'cachedPromptTokens' | 'completionTokens' | 'reasoningTokens'>

/** What the scripted model said, before anybody signs for it. */
export interface ModelAnswer {
  readonly requestBytes: Uint8Array
  readonly tokens: Tokens
  /** 0 complete, 1 length. */
  readonly outcome: 0 | 1
  /** The answer in its unstreamed shape. */
  body(usageExtra: JsonObject): JsonObject
  /** The answer as it was asked for: whole, or as a stream. */
  respond(usageExtra: JsonObject, faults: NodeFaults): Response
}

const upstream = scriptedUpstream()

/** Asks the scripted model. */
export async function askModel(
  endpoint: Endpoint,
  work: { readonly body: JsonObject; readonly identity: AnswerIdentity },
): Promise<ModelAnswer> {
  if (endpoint === 'embeddings') return embed(work.body, work.identity)
  const { body, identity } = work
  const { requestBytes, events } = await upstream.send(
    { endpoint, model: identity.model, body: { ...body, max_tokens: body['max_tokens'] ?? 1024 } },
    { signal: new AbortController().signal },
  )
  const all: UpstreamEvent[] = []
  for await (const event of events) all.push(event)
  const assembler = endpoint === 'completions' ? createCompletionAssembler(identity) : createChatAssembler(identity)
  for (const event of all) assembler.push(event)
  const counted = all.find((event) => event.type === 'usage')?.usage
  const counts = {
    promptTokens: counted?.promptTokens ?? 10,
    cachedPromptTokens: counted?.cachedPromptTokens ?? 0,
    completionTokens: counted?.completionTokens ?? 5,
    reasoningTokens: counted?.reasoningTokens ?? 0,
  }
  const whole = (extra: JsonObject): JsonObject => assembler.body({ usage: encodeUsage(counts, extra) })
  return {
    requestBytes,
    tokens: {
      promptTokens: BigInt(counts.promptTokens),
      cachedPromptTokens: BigInt(counts.cachedPromptTokens),
      completionTokens: BigInt(counts.completionTokens),
      reasoningTokens: BigInt(counts.reasoningTokens),
    },
    outcome: assembler.finishReason() === 'length' ? 1 : 0,
    body: whole,
    respond(extra, faults) {
      if (body['stream'] !== true) return respondWhole(whole(extra), faults)
      return streamOf({ endpoint, identity, events: all, usage: encodeUsage(counts, extra), request: body, faults })
    },
  }
}

async function embed(body: JsonObject, { model }: AnswerIdentity): Promise<ModelAnswer> {
  const { input, dimensions, encoding } = parseEmbeddingsRequest(body)
  const answer = await upstream.embed?.({ model, input, dimensions }, { signal: new AbortController().signal })
  if (answer === undefined) throw new Error('the scripted model has embeddings')
  const { requestBytes, embeddings, promptTokens = 0 } = answer
  const whole = (usageExtra: JsonObject): JsonObject =>
    embeddingsBodyOf({ model, embeddings, encoding, promptTokens, usageExtra })
  return {
    requestBytes,
    tokens: {
      promptTokens: BigInt(promptTokens),
      cachedPromptTokens: 0n,
      completionTokens: 0n,
      reasoningTokens: 0n,
    },
    outcome: 0,
    body: whole,
    respond: (extra, faults) => respondWhole(whole(extra), faults),
  }
}

function respondWhole(body: JsonObject, faults: NodeFaults): Response {
  return Response.json(faults.answer?.(body) ?? body)
}

function streamOf(input: {
  readonly endpoint: Endpoint
  readonly identity: AnswerIdentity
  readonly events: readonly UpstreamEvent[]
  readonly usage: JsonObject
  readonly request: JsonObject
  readonly faults: NodeFaults
}): Response {
  const { faults, identity } = input
  const streamOptions = input.request['stream_options']
  const includeUsage = isObject(streamOptions) && streamOptions['include_usage'] === true
  const options = { ...identity, includeUsage }
  const encoder =
    input.endpoint === 'completions' ? createCompletionChunkEncoder(options) : createChatChunkEncoder(options)
  const chunks = [...input.events.flatMap((event) => encoder.push(event)), ...encoder.end({ usage: input.usage })].map(
    (chunk) => faults.answer?.(chunk) ?? chunk,
  )
  const events = [...chunks.map(encodeSse), sseDone]
  const lines = faults.events?.(events) ?? events
  const utf8 = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const line of lines) controller.enqueue(utf8.encode(line))
      controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}
