import { joinChunks, MAX_PIECES } from '../read-body.js'
import type { PaywallRequest } from '../server/paywall-request.js'
import { X402Error } from '../x402-error.js'
import type { NodeRequest, NodeResponse } from './node-messages.js'

/** A `node:http` request behind a paywall. A `Request` is made of it only where one is asked for. */
export interface NodePaywallRequest extends PaywallRequest {
  readonly incoming: NodeRequest
}

function headersOf(incoming: NodeRequest): Headers {
  const headers = new Headers()
  // The raw list keeps doubled headers.
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    const [name = '', value = ''] = incoming.rawHeaders.slice(index, index + 2)
    if (!name.startsWith(':')) headers.append(name, value)
  }
  return headers
}

/** The absolute URL of a request, normalised as in a `Request`, so that spellings of one path are one resource. */
export type ReadUrl = (incoming: NodeRequest) => string

// Nothing in such a path is changed by normalisation: no dots, no escapes, no backslashes, nothing to escape.
const PLAIN_PATH = /^\/[A-Za-z0-9_\-/]*(?:\?[A-Za-z0-9_\-=&]*)?$/
const MAX_HOSTS = 64

/**
 * Builds a reader of URLs under `origin`, or under the `Host` header when absent. It throws a TypeError when the request line or the
 * header is no URL.
 */
export function createUrlReader(origin: string | undefined): ReadUrl {
  const origins = new Map<string, string>()
  return (incoming) => {
    const { host } = incoming.headers
    const scheme = 'encrypted' in incoming.socket ? 'https' : 'http'
    const base = origin ?? `${scheme}://${typeof host === 'string' ? host : 'localhost'}`
    const path = incoming.originalUrl ?? incoming.url ?? '/'
    const known = PLAIN_PATH.test(path) ? origins.get(base) : undefined
    if (known !== undefined) return known + path
    const url = new URL(`${base}${path}`)
    // Only a base that is an origin and nothing else stands for itself before every path.
    if (URL.canParse(base) && new URL(base).href === `${url.origin}/`) {
      if (origins.size >= MAX_HOSTS) origins.clear()
      origins.set(base, url.origin)
    }
    return url.href
  }
}

async function collect(incoming: NodeRequest, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  // Not `for await`, which would destroy the socket when it is left, and the answer with it.
  const source = incoming[Symbol.asyncIterator]()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await source.next()
    if (done === true) break
    const chunk = value as Uint8Array // node's streams of requests yield bytes
    size += chunk.length
    if (size > maxBytes || chunks.length >= MAX_PIECES) return undefined
    chunks.push(chunk)
  }
  return joinChunks(chunks, size)
}

/** A signal that is aborted when the client goes away before its answer is out. */
function signalOf(outgoing: NodeResponse): AbortSignal {
  const controller = new AbortController()
  if (outgoing.destroyed && !outgoing.writableEnded) controller.abort()
  outgoing.once('close', () => {
    if (!outgoing.writableEnded) controller.abort()
  })
  return controller.signal
}

/** How a request is read. */
export interface NodeRequestOptions {
  readonly readUrl: ReadUrl
}

function withStream(url: string, init: RequestInit, pull: UnderlyingDefaultSource<Uint8Array>['pull']): Request {
  // Nothing is read before the body is asked for.
  const body = new ReadableStream<Uint8Array>(pull === undefined ? {} : { pull }, { highWaterMark: 0 })
  return new Request(url, { ...init, body, duplex: 'half' } as RequestInit)
}

/** A `Request` of a `node:http` request, whose body is read as it comes. @throws TypeError when it has no URL */
export function webRequestOf(incoming: NodeRequest, outgoing: NodeResponse, options: NodeRequestOptions): Request {
  const method = incoming.method ?? 'GET'
  const url = options.readUrl(incoming)
  const init = { method, headers: headersOf(incoming), signal: signalOf(outgoing) }
  if (method === 'GET' || method === 'HEAD') return new Request(url, init)
  const source = incoming[Symbol.asyncIterator]()
  return withStream(url, init, async (controller) => {
    const { done, value } = await source.next()
    if (done === true) controller.close()
    else controller.enqueue(value as Uint8Array) // as above
  })
}

/** What a {@link NodeCall} is made of. */
interface NodeCallParts {
  readonly incoming: NodeRequest
  readonly outgoing: NodeResponse
  readonly url: string
  readonly maxBodyBytes: number
}

/** A class, because closures and a getter for each request cost more than all that most requests ask of them. */
class NodeCall implements NodePaywallRequest {
  readonly incoming: NodeRequest
  readonly method: string
  readonly url: string
  readonly #outgoing: NodeResponse
  readonly #maxBodyBytes: number
  #signal: AbortSignal | undefined
  #whole: Promise<Uint8Array<ArrayBuffer> | undefined> | undefined

  constructor({ incoming, outgoing, url, maxBodyBytes }: NodeCallParts) {
    this.incoming = incoming
    this.method = incoming.method ?? 'GET'
    this.url = url
    this.#outgoing = outgoing
    this.#maxBodyBytes = maxBodyBytes
  }

  get signal(): AbortSignal {
    this.#signal ??= signalOf(this.#outgoing)
    return this.#signal
  }

  get #isBodiless(): boolean {
    return this.method === 'GET' || this.method === 'HEAD'
  }

  /** Read once, for whoever asks: what the payment is bound to is what price and handler see. */
  #readWhole(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#whole ??= this.#isBodiless ? Promise.resolve(new Uint8Array(0)) : collect(this.incoming, this.#maxBodyBytes)
    return this.#whole
  }

  header(name: string): string | null {
    const value = this.incoming.headers[name]
    if (value === undefined) return null
    return typeof value === 'string' ? value : value.join(', ')
  }

  async readBody(maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const body = await this.#readWhole()
    return body === undefined || body.length > maxBytes ? undefined : body
  }

  toRequest(body?: Uint8Array<ArrayBuffer>): Request {
    const init = { method: this.method, headers: headersOf(this.incoming), signal: this.signal }
    if (this.#isBodiless || body?.length === 0) return new Request(this.url, init)
    if (body !== undefined) return new Request(this.url, { ...init, body })
    return withStream(this.url, init, async (controller) => {
      const bytes = await this.#readWhole()
      if (bytes === undefined) throw new X402Error('BODY_NOT_REPEATABLE', 'the body is above the limit')
      if (bytes.length > 0) controller.enqueue(bytes)
      controller.close()
    })
  }
}

/** Reads a `node:http` request. @throws TypeError when it has no URL */
export function nodePaywallRequest(
  incoming: NodeRequest,
  outgoing: NodeResponse,
  options: NodeRequestOptions & { readonly maxBodyBytes: number },
): NodePaywallRequest {
  return new NodeCall({ incoming, outgoing, url: options.readUrl(incoming), maxBodyBytes: options.maxBodyBytes })
}
