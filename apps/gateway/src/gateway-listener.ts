import {
  type IncomingMessage,
  type RequestListener,
  type ServerOptions,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import {
  ChannelError,
  type ChannelServer,
  type OpenedRequest,
  plainErrorOf,
  SEALED_CONTENT_TYPE,
} from '@og/tee-verify/channel'
import { createPipelineLimit } from '@og/x402/node'
import type { Hono } from 'hono'
import { corsHeaders } from './cors.js'
import { errorBodyOf, GatewayError, statusOf } from './gateway-error.js'
import { type IncomingRequest, maxBodyBytes } from './inference-request.js'
import type { Log } from './log.js'
import { createReply, type Reply } from './reply.js'

/** How Node's HTTP server is to be set up: slow or endless senders are cut off. */
export const serverOptions: ServerOptions = {
  // A payment echoes the offer and may grow by extensions: as much as its decoder takes, and room for the other fields.
  maxHeaderSize: 40_960,
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 1000,
}

/** What the HTTP shell hands requests to. */
export interface GatewayListenerOptions {
  /** The routes that take a body, plain or sealed, by their exact path. */
  readonly postRoutes: Readonly<Record<string, PostRoute>>
  /** Answers `GET` on paid paths, by their exact spelling; absent on a node without payment channels. */
  readonly refunds: { readonly paths: readonly string[]; readonly routes: Hono } | undefined
  /** The free JSON routes. */
  readonly publicRoutes: Hono
  /** The server half of the sealed channel; absent on a VANILLA node. */
  readonly channel: ChannelServer | undefined
  /** While it says so, every answer closes its connection: clients go to another node. */
  readonly isDraining: () => boolean
  readonly log: Log
}

/** A request that was read and, if it came sealed, opened. */
type ReceivedRequest = Omit<IncomingRequest, 'endpoint'>

/** Answers one request. */
export type PostRoute = (request: ReceivedRequest, reply: Reply) => Promise<void>

/** A sealed body is a little longer than the plain one: head, keys and tags. */
const maxSealedBytes = maxBodyBytes + 65_536

/** Creates the request listener of a gateway: paid routes on the raw response, everything else on hono. */
export function createGatewayListener(options: GatewayListenerOptions): RequestListener {
  const publicListener = getRequestListener(options.publicRoutes.fetch, {
    // Only what is no URL comes here: the routes answer for their own failures.
    errorHandler: () => {
      const refused = new GatewayError('invalid_http', 'The request names no readable URL.')
      return Response.json(errorBodyOf(refused), { status: statusOf(refused), headers: corsHeaders })
    },
  })

  async function servePost(route: PostRoute, request: IncomingMessage, response: ServerResponse): Promise<void> {
    let incoming: ReceivedRequest
    let reply: Reply
    try {
      if (request.method !== 'POST') {
        throw new GatewayError('method_not_allowed', 'This route takes POST only.')
      }
      const mediaType = mediaTypeOf(request)
      const sealed = mediaType === SEALED_CONTENT_TYPE
      if (!sealed && mediaType !== 'application/json') {
        throw new GatewayError('unsupported_media_type', 'Send the body as application/json.')
      }
      const body = await readBody(request, sealed ? maxSealedBytes : maxBodyBytes)
      const path = request.url ?? '/'
      if (sealed) {
        const opened = await openSealed({ method: request.method ?? 'POST', path: pathOf(request), body })
        incoming = { path: opened.path, headers: opened.headers, body: opened.body, sealed: true }
        reply = createReply(response, opened.sealer)
      } else {
        incoming = { path, headers: singleHeaders(request), body, sealed: false }
        reply = createReply(response)
      }
    } catch (error) {
      if (error instanceof ChannelError) {
        const plain = plainErrorOf(error)
        response.writeHead(plain.status, { ...plain.headers, ...corsHeaders })
        response.end(plain.body)
        return
      }
      // The client hung up while sending: there is nobody to tell.
      if (response.destroyed) return
      if (!(error instanceof GatewayError)) throw error
      refuseUpload(request, response, error)
      return
    }
    await route(incoming, reply)
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

  const { refunds } = options
  const isTooFarAhead = createPipelineLimit()
  const refundListener = refunds === undefined ? undefined : getRequestListener(refunds.routes.fetch)

  return (request, response) => {
    if (isTooFarAhead(request, response)) return
    const path = pathOf(request)
    if (options.isDraining()) response.setHeader('connection', 'close')
    if (request.method === 'GET' && refundListener !== undefined && refunds?.paths.includes(path) === true) {
      void refundListener(request, response)
      return
    }
    const isPost = request.method !== 'OPTIONS' && Object.hasOwn(options.postRoutes, path)
    const route = isPost ? options.postRoutes[path] : undefined
    if (route === undefined) {
      void publicListener(request, response)
      return
    }
    servePost(route, request, response).catch((error: unknown) => {
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

/** A network's pieces have hundreds of bytes. One of a single byte takes two hundred of memory, so that a megabyte of them would fill it. */
const maxPieces = 16_384

/** Reads a body, counting while reading: an oversized one is never held. */
function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (request.headers['content-encoding'] !== undefined) {
      throw new GatewayError('unsupported_media_type', 'Send the body without Content-Encoding.')
    }
    const tooLarge = (): GatewayError =>
      new GatewayError('request_too_large', `The body may have at most ${limit} bytes.`)
    if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge()
    const chunks: Buffer[] = []
    let length = 0
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      chunks.push(chunk)
      if (length <= limit && chunks.length <= maxPieces) return
      request.off('data', onData)
      chunks.length = 0
      reject(length > limit ? tooLarge() : new GatewayError('request_too_large', 'The body comes in too many pieces.'))
    }
    request.on('data', onData)
    request.once('end', () => {
      const [only] = chunks
      const whole = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length)
      resolve(new Uint8Array(whole.buffer, whole.byteOffset, whole.length))
    })
    request.once('error', reject)
    // It comes after every request: an error is made only for one that was cut off.
    request.once('close', () => {
      if (!request.readableEnded) reject(new Error('the client hung up'))
    })
  })
}

/** Bytes that are still taken from a client whose body was refused, and for how long. */
const discardBytes = 33_554_432
const discardMs = 5000

/** Refuses at once but hangs up late: a client that is still sending would find a reset connection and never read the refusal. */
function refuseUpload(request: IncomingMessage, response: ServerResponse, error: GatewayError): void {
  writeError(response, error)
  const end = (): void => void response.end()
  if (request.readableEnded) {
    end()
    return
  }
  let left = discardBytes
  const timer = setTimeout(end, discardMs)
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) end()
  })
  request.once('end', end)
  request.once('close', () => clearTimeout(timer))
  request.on('error', () => undefined)
}

/** How long a caller that was refused may take to read why. */
const hangUpMs = 1000

/** Answers what Node could not read as HTTP: the same shape of error as everywhere. */
export function refuseUnreadable(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const refused =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new GatewayError('headers_too_large', 'The header fields are too large.')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new GatewayError('request_timeout', 'The request did not arrive in time.')
        : new GatewayError('invalid_http', 'The request is not well-formed HTTP.')
  const body = JSON.stringify(errorBodyOf(refused))
  const head = [
    `HTTP/1.1 ${statusOf(refused)} ${STATUS_CODES[statusOf(refused)] ?? ''}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  // Whoever does not hang up by itself is hung up on: half a connection costs as much as a whole one.
  setTimeout(() => socket.destroy(), hangUpMs).unref()
}

function sendError(response: ServerResponse, error: GatewayError): void {
  writeError(response, error)
  response.end()
}

function writeError(response: ServerResponse, error: GatewayError): void {
  const body = JSON.stringify(errorBodyOf(error))
  const allow: Record<string, string> = error.code === 'method_not_allowed' ? { allow: 'POST, OPTIONS' } : {}
  response.writeHead(statusOf(error), {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...corsHeaders,
    ...allow,
  })
  response.write(body)
}
