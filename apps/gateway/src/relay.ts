import type { RequestListener } from 'node:http'
import { encodeUsage } from '@og/llm/upstream'
import { createFastKeccak } from '@og/x402/node'
import { Hono } from 'hono'
import { createAnswerEncoder } from './answer-encoder.js'
import type { GatewayConfig } from './config.js'
import { createConfiguredUpstreams } from './configured-upstreams.js'
import { createDelivery } from './delivery.js'
import { createGatewayListener, type PostRoute } from './gateway-listener.js'
import { parseInferenceRequest } from './inference-request.js'
import type { Log } from './log.js'
import { meterOf } from './meter.js'
import { passOn } from './pass-on.js'
import { createPriceTable } from './prices.js'
import type { StreamWitness } from './stream-checkpoint.js'
import { upstreamBodyOf } from './upstream-body.js'
import { createUpstreamPool } from './upstream-pool.js'

/** A stream that nobody will have to prove. */
const noWitness: StreamWitness = {
  add: () => undefined,
  room: () => Number.POSITIVE_INFINITY,
  hasNews: () => false,
  comment: () => '',
}

/** An answer that is not streamed is made to its end. */
const endless = new AbortController()

/**
 * The way of a chat call through the gateway with payment, ledger and receipt left out: the same listener, checks, provider pool, meter and
 * encoder. It is for measuring what this way costs, and no node serves by it.
 */
export async function createRelay(
  config: Pick<GatewayConfig, 'upstreams' | 'prices' | 'token'>,
  { log }: { readonly log: Log },
): Promise<RequestListener> {
  const prices = createPriceTable(config.prices, config.token.decimals)
  const { keccak } = await createFastKeccak()
  const pool = createUpstreamPool({
    members: createConfiguredUpstreams(config).members,
    clock: () => performance.now(),
    pause: () => Promise.resolve(),
    random: () => 0,
    onResult: () => undefined,
    onBreaker: () => undefined,
  })
  const relay: PostRoute = async (incoming, reply) => {
    const request = parseInferenceRequest(
      { endpoint: 'chat.completions', ...incoming },
      { mode: 'VANILLA', prices, keccak },
    )
    const { model, batches } = await pool.ask({
      models: [request.model, ...request.fallbacks],
      endpoint: 'chat.completions',
      body: upstreamBodyOf(request),
      signal: request.stream ? reply.signal() : endless.signal,
    })
    const meter = meterOf({ maxCompletionTokens: request.maxCompletionTokens, byteLimit: undefined })
    const encoder = createAnswerEncoder({
      endpoint: 'chat.completions',
      responses: undefined,
      id: 'chatcmpl-relay',
      created: Math.floor(Date.now() / 1000),
      model: model.id,
      stream: request.stream,
      includeUsage: request.includeUsage,
    })
    const delivery = request.stream
      ? createDelivery(reply, { headers: {}, witness: noWitness, onFirstEvent: () => undefined })
      : undefined
    try {
      for await (const batch of batches) if (await passOn(batch, { meter, encoder, delivery })) break
    } finally {
      delivery?.close()
    }
    const used = meter.usage({ promptTokens: request.promptTokens })
    const usage = encodeUsage({
      promptTokens: Number(used.promptTokens),
      cachedPromptTokens: Number(used.cachedPromptTokens),
      completionTokens: Number(used.completionTokens),
      reasoningTokens: Number(used.reasoningTokens),
    })
    if (delivery !== undefined) await delivery.finish(encoder.end(usage, {}))
    else await reply.whole(200, { 'content-type': 'application/json' }, encoder.answer(usage, {}).bytes)
  }
  return createGatewayListener({
    postRoutes: { '/v1/chat/completions': relay },
    publicRoutes: new Hono(),
    channel: undefined,
    isDraining: () => false,
    refunds: undefined,
    log,
  })
}
