import type { PaywallRequest } from '../server/paywall-request.js'
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

/** @throws TypeError when the request line or the `Host` header is no URL */
function urlOf(incoming: NodeRequest, origin: string | undefined): string {
  const { host } = incoming.headers
  const base =
    origin ?? `${'encrypted' in incoming.socket ? 'https' : 'http'}://${typeof host === 'string' ? host : 'localhost'}`
  // Normalised as in a Request, so that spellings of one path are one resource.
  return new URL(`${base}${incoming.originalUrl ?? incoming.url ?? '/'}`).href
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
    if (size > maxBytes) return undefined
    chunks.push(chunk)
  }
  const body = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.length
  }
  return body
}

function streamOf(incoming: NodeRequest): ReadableStream<Uint8Array> {
  const source = incoming[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await source.next()
      if (done === true) controller.close()
      else controller.enqueue(value as Uint8Array) // as above
    },
  })
}

/** Reads a `node:http` request. @throws TypeError when it has no URL */
export function nodePaywallRequest(
  incoming: NodeRequest,
  outgoing: NodeResponse,
  options: {
    /** Origin that clients reach this server under; from the `Host` header when absent. */
    readonly origin: string | undefined
  },
): NodePaywallRequest {
  const method = incoming.method ?? 'GET'
  const isBodiless = method === 'GET' || method === 'HEAD'
  const url = urlOf(incoming, options.origin)
  let whole: Promise<Uint8Array<ArrayBuffer> | undefined> | undefined
  let gone: AbortController | undefined
  const signal = (): AbortSignal => {
    if (gone === undefined) {
      const controller = new AbortController()
      gone = controller
      if (outgoing.destroyed && !outgoing.writableEnded) controller.abort()
      outgoing.once('close', () => {
        if (!outgoing.writableEnded) controller.abort()
      })
    }
    return gone.signal
  }
  return {
    incoming,
    method,
    url,
    get signal() {
      return signal()
    },
    header(name) {
      const value = incoming.headers[name]
      if (value === undefined) return null
      return typeof value === 'string' ? value : value.join(', ')
    },
    readBody(maxBytes) {
      whole ??= isBodiless ? Promise.resolve(new Uint8Array(0)) : collect(incoming, maxBytes)
      return whole
    },
    toRequest(body) {
      const common = { method, headers: headersOf(incoming), signal: signal() }
      if (isBodiless || body?.length === 0) return new Request(url, common)
      if (body !== undefined) return new Request(url, { ...common, body })
      return new Request(url, { ...common, body: streamOf(incoming), duplex: 'half' } as RequestInit)
    },
  }
}
