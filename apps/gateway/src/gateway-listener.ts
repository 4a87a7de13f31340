import type { IncomingMessage, RequestListener, ServerOptions, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import {
  ChannelError,
  type ChannelServer,
  type OpenedRequest,
  plainErrorOf,
  SEALED_CONTENT_TYPE,
} from '@og/tee-verify/channel'
import type { Hono } from 'hono'
import { corsHeaders } from './cors.js'
import { errorBodyOf, GatewayError, statusOf } from './gateway-error.js'
import { type Endpoint, type IncomingRequest, maxBodyBytes } from './inference-request.js'
import type { Log } from './log.js'
import { createReply, type Reply } from './reply.js'

/** How Node's HTTP server is to be set up: slow or endless senders are cut off. */
export const serverOptions: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 1000,
}

/** What the HTTP shell hands requests to. */
export interface GatewayListenerOptions {
  readonly serve: (request: IncomingRequest, reply: Reply) => Promise<void>
  /** The free JSON routes. */
  readonly publicRoutes: Hono
  /** The server half of the sealed channel; absent on a VANILLA node. */
  readonly channel: ChannelServer | undefined
  readonly log: Log
}

const paidPaths: Readonly<Record<string, Endpoint>> = {
  '/v1/chat/completions': 'chat.completions',
  '/v1/completions': 'completions',
}

/** A sealed body is a little longer than the plain one: head, keys and tags. */
const maxSealedBytes = maxBodyBytes + 65_536

/** Creates the request listener of a gateway: paid routes on the raw response, everything else on hono. */
export function createGatewayListener(options: GatewayListenerOptions): RequestListener {
  const publicListener = getRequestListener(options.publicRoutes.fetch)

  async function servePaid(endpoint: Endpoint, request: IncomingMessage, response: ServerResponse): Promise<void> {
    let incoming: IncomingRequest
    let reply: Reply
    try {
      const sealed = mediaTypeOf(request) === SEALED_CONTENT_TYPE
      const body = await readBody(request, sealed ? maxSealedBytes : maxBodyBytes)
      const path = request.url ?? '/'
      if (sealed) {
        const opened = await openSealed({ method: request.method ?? 'POST', path: pathOf(request), body })
        incoming = { endpoint, path: opened.path, headers: opened.headers, body: opened.body, sealed: true }
        reply = createReply(response, opened.sealer)
      } else {
        if (mediaTypeOf(request) !== 'application/json') {
          throw new GatewayError('unsupported_media_type', 'Send the body as application/json.')
        }
        incoming = { endpoint, path, headers: singleHeaders(request), body, sealed: false }
        reply = createReply(response)
      }
    } catch (error) {
      if (error instanceof ChannelError) {
        const plain = plainErrorOf(error)
        response.writeHead(plain.status, { ...plain.headers, ...corsHeaders })
        response.end(plain.body)
        return
      }
      if (!(error instanceof GatewayError)) throw error
      sendError(response, error)
      return
    }
    await options.serve(incoming, reply)
  }

  function openSealed(input: { method: string; path: string; body: Uint8Array }): Promise<OpenedRequest> {
    if (options.channel === undefined) {
      throw new GatewayError(
        'sealing_not_available',
        'This node has no attested key to seal to: it runs in VANILLA mode.',
      )
    }
    return options.channel.open(input)
  }

  return (request, response) => {
    const endpoint = request.method === 'POST' ? paidPaths[pathOf(request)] : undefined
    if (endpoint === undefined) {
      void publicListener(request, response)
      return
    }
    servePaid(endpoint, request, response).catch((error: unknown) => {
      options.log.error('request failed', { error: error instanceof Error ? error.name : 'unknown' })
      if (!response.headersSent)
        sendError(response, new GatewayError('internal_error', 'The request failed inside the node.'))
      else response.destroy()
    })
  }
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/'
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

function mediaTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** Header fields that came once; a repeated one is joined by Node and will not parse where it matters. */
function singleHeaders(request: IncomingMessage): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(request.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : value
  return headers
}

/** Reads a body, counting while reading: an oversized one is never held. */
async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  if (request.headers['content-encoding'] !== undefined) {
    throw new GatewayError('unsupported_media_type', 'Send the body without Content-Encoding.')
  }
  const tooLarge = (): GatewayError =>
    new GatewayError('request_too_large', `The body may have at most ${limit} bytes.`)
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge()
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limit) throw tooLarge()
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks, length))
}

function sendError(response: ServerResponse, error: GatewayError): void {
  const close: Record<string, string> = error.code === 'request_too_large' ? { connection: 'close' } : {}
  response.writeHead(statusOf(error), {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...corsHeaders,
    ...close,
  })
  response.end(JSON.stringify(errorBodyOf(error)))
}
