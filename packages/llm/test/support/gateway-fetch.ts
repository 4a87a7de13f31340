import type { JsonObject } from '../../src/json.js'
import {
  createChatAssembler,
  createChatChunkEncoder,
  createCompletionAssembler,
  createCompletionChunkEncoder,
  createResponsesEncoder,
  embeddingsBodyOf,
  encodeSse,
  encodeUsage,
  parseChatRequest,
  parseCompletionRequest,
  parseEmbeddingsRequest,
  responsesToChatRequest,
  sseDone,
  type Upstream,
  UpstreamError,
  type UpstreamEvent,
  UpstreamRequestError,
} from '../../src/upstream/index.js'

/** A gateway in this process: what a server does with an upstream, behind a `fetch`. */
export interface GatewayFetch {
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  /** Bodies that came in, in order. */
  readonly requests: { readonly path: string; readonly body: JsonObject; readonly headers: Headers }[]
}

/** What the gateway puts into `usage` besides the token counts. */
const receiptExtra: JsonObject = { cost: '0.001', og: { payment_hash: '0xabc', receipt: { digest: '0xdef' } } }

const identity = { created: 1_700_000_000 }

/** Creates the gateway. `before` may answer instead of it, to fail as servers do. */
export function gatewayFetch(
  upstream: Upstream,
  options: { readonly before?: (call: number) => Response | undefined } = {},
): GatewayFetch {
  const requests: GatewayFetch['requests'] = []
  return {
    requests,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const path = new URL(request.url).pathname
      const body: JsonObject = JSON.parse(await request.text())
      requests.push({ path, body, headers: request.headers })
      const instead = options.before?.(requests.length)
      if (instead) return instead
      try {
        return await answer(upstream, { path, body, signal: request.signal })
      } catch (error) {
        if (!(error instanceof UpstreamRequestError) && !(error instanceof UpstreamError)) throw error
        return Response.json(error.toBody(), { status: error.status })
      }
    },
  }
}

interface Call {
  readonly path: string
  readonly body: JsonObject
  readonly signal: AbortSignal
}

async function answer(upstream: Upstream, { path, body, signal }: Call): Promise<Response> {
  switch (path) {
    case '/v1/embeddings': {
      const { model, input, dimensions, encoding } = parseEmbeddingsRequest(body)
      if (!upstream.embed) throw new UpstreamError('UPSTREAM_MODEL')
      const { embeddings, promptTokens } = await upstream.embed({ model, input, dimensions }, { signal })
      return reply(
        embeddingsBodyOf({ model, embeddings, encoding, promptTokens: promptTokens ?? 0, usageExtra: receiptExtra }),
      )
    }
    case '/v1/responses': {
      const request = responsesToChatRequest(body)
      const parsed = parseChatRequest(request.chatBody)
      const { events } = await upstream.send({ ...parsed, body: parsed.body }, { signal })
      const encoder = createResponsesEncoder({ id: 'resp_test', createdAt: identity.created, request })
      if (!request.stream) {
        const usage = await drain(events, (event) => encoder.push(event))
        return reply(encoder.body({ usage }))
      }
      return stream(events, {
        start: encoder.start(),
        push: (event) => encoder.push(event),
        end: (usage) => encoder.end({ usage }),
        fail: (error) => encoder.fail(error.toBody()),
      })
    }
    case '/v1/chat/completions':
    case '/v1/completions': {
      const isChat = path === '/v1/chat/completions'
      const parsed = isChat ? parseChatRequest(body) : parseCompletionRequest(body)
      const { events } = await upstream.send({ ...parsed, body: parsed.body }, { signal })
      const about = { ...identity, id: isChat ? 'chatcmpl-test' : 'cmpl-test', model: parsed.model }
      if (!parsed.stream) {
        const assembler = isChat ? createChatAssembler(about) : createCompletionAssembler(about)
        const usage = await drain(events, (event) => assembler.push(event))
        return reply(assembler.body({ usage }))
      }
      const settings = { ...about, includeUsage: parsed.includeUsage }
      const encoder = isChat ? createChatChunkEncoder(settings) : createCompletionChunkEncoder(settings)
      return stream(events, {
        start: '',
        push: (event) => encoder.push(event).map(encodeSse).join(''),
        end: (usage) => encoder.end({ usage }).map(encodeSse).join('') + sseDone,
        fail: (error) => encodeSse(error.toBody()),
      })
    }
    default:
      return Response.json({ error: { message: 'no such path', type: 'x', param: null, code: null } }, { status: 404 })
  }
}

function reply(body: JsonObject): Response {
  return Response.json(body, { headers: { 'x-request-id': 'req-gateway' } })
}

async function drain(
  events: AsyncIterable<UpstreamEvent>,
  push: (event: UpstreamEvent) => unknown,
): Promise<JsonObject | null> {
  let usage: JsonObject | null = null
  for await (const event of events) {
    push(event)
    if (event.type === 'usage') usage = encodeUsage(event.usage, receiptExtra)
  }
  return usage
}

function stream(
  events: AsyncIterable<UpstreamEvent>,
  encoder: {
    readonly start: string
    readonly push: (event: UpstreamEvent) => string
    readonly end: (usage: JsonObject | null) => string
    readonly fail: (error: UpstreamError) => string
  },
): Response {
  const utf8 = new TextEncoder()
  const iterator = events[Symbol.asyncIterator]()
  let usage: JsonObject | null = null
  let isStarted = false
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let text = isStarted ? '' : encoder.start
        isStarted = true
        try {
          while (text === '') {
            const { done, value } = await iterator.next()
            if (done) {
              controller.enqueue(utf8.encode(encoder.end(usage)))
              controller.close()
              return
            }
            if (value.type === 'usage') usage = encodeUsage(value.usage, receiptExtra)
            text = encoder.push(value)
          }
          controller.enqueue(utf8.encode(text))
        } catch (error) {
          if (!(error instanceof UpstreamError)) throw error
          controller.enqueue(utf8.encode(encoder.fail(error)))
          controller.close()
        }
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req-gateway' },
  })
}
