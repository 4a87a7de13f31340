import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JsonObject } from '../../src/json.js'
import {
  createChatAssembler,
  createChatChunkEncoder,
  createCompletionAssembler,
  createCompletionChunkEncoder,
  encodeSse,
  encodeUsage,
  estimatePromptTokens,
  parseChatRequest,
  parseCompletionRequest,
  sseDone,
  sseHeartbeat,
  type Upstream,
  UpstreamError,
  UpstreamRequestError,
} from '../../src/upstream/index.js'

/** A running server. */
export interface Served {
  readonly baseUrl: string
  /** JSON of each chunk and body that was sent. */
  readonly sent: JsonObject[]
  readonly close: () => Promise<void>
}

/** Serves an upstream as an OpenAI-compatible API, the way a gateway does. */
export async function serve(upstream: Upstream): Promise<Served> {
  const sent: JsonObject[] = []
  const server = createServer((request, response) => {
    answer(upstream, request, response, sent).catch((error: unknown) => {
      const known =
        error instanceof UpstreamRequestError || error instanceof UpstreamError
          ? error
          : new UpstreamError('UPSTREAM_INVALID')
      if (response.headersSent) {
        response.end(encodeSse(known.toBody()))
        return
      }
      response.writeHead(known.status, { 'content-type': 'application/json' }).end(JSON.stringify(known.toBody()))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { baseUrl: `http://127.0.0.1:${port}/v1`, sent, close }
}

async function answer(
  upstream: Upstream,
  request: IncomingMessage,
  response: ServerResponse,
  sent: JsonObject[],
): Promise<void> {
  let text = ''
  for await (const piece of request.setEncoding('utf8')) text += piece
  const json: JsonObject = JSON.parse(text)
  const isChat = request.url === '/v1/chat/completions'
  const parsed = isChat ? parseChatRequest(json) : parseCompletionRequest(json)
  const controller = new AbortController()
  response.on('close', () => controller.abort())
  const { events } = await upstream.send(
    { endpoint: parsed.endpoint, model: parsed.model, body: parsed.body },
    { signal: controller.signal },
  )
  const identity = { id: isChat ? 'chatcmpl-test' : 'cmpl-test', created: 1_700_000_000, model: parsed.model }
  const assembler = isChat ? createChatAssembler(identity) : createCompletionAssembler(identity)
  const options = { ...identity, includeUsage: parsed.includeUsage }
  const encoder = isChat ? createChatChunkEncoder(options) : createCompletionChunkEncoder(options)
  let usage = encodeUsage({
    promptTokens: estimatePromptTokens(json),
    cachedPromptTokens: 0,
    completionTokens: 0,
    reasoningTokens: 0,
  })
  const write = (chunk: JsonObject): void => {
    sent.push(chunk)
    response.write(encodeSse(chunk))
  }
  if (parsed.stream) {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req-served' })
    response.write(sseHeartbeat)
  }
  for await (const event of events) {
    assembler.push(event)
    if (event.type === 'usage') usage = encodeUsage(event.usage, { cost: '0.001', og: { payment_hash: '0xabc' } })
    if (parsed.stream) for (const chunk of encoder.push(event)) write(chunk)
  }
  if (!parsed.stream) {
    const body = assembler.body({ usage })
    sent.push(body)
    response
      .writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'req-served' })
      .end(JSON.stringify(body))
    return
  }
  for (const chunk of encoder.end({ usage })) write(chunk)
  response.end(sseDone)
}
