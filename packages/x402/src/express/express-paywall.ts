import { createPaywall, type PaidContext, type PaywallOptions } from '../server/create-paywall.js'

/** The part of an express (or plain `node:http`) request that is used. */
export interface ExpressRequest extends AsyncIterable<unknown> {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly originalUrl?: string | undefined
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined }
  readonly rawHeaders: readonly string[]
  readonly socket: object
}

/** The part of an express (or plain `node:http`) response that is used. */
export interface ExpressResponse {
  readonly writableEnded: boolean
  readonly destroyed: boolean
  writeHead(status: number, headers: Record<string, string | string[]>): unknown
  write(chunk: Uint8Array): boolean
  end(): unknown
  once(event: 'drain' | 'close', listener: () => void): unknown
  off(event: 'drain' | 'close', listener: () => void): unknown
  destroy(error?: Error): unknown
}

/** Options of {@link expressPaywall}. */
export interface ExpressPaywallOptions extends PaywallOptions {
  /** Serves a paid request. Its answer is a `Response`, so that it can be settled and streamed. */
  readonly handler: (paid: PaidContext, request: ExpressRequest) => Promise<Response>
  /** Origin that clients reach this server under, such as `https://api.example`; from the `Host` header when absent. */
  readonly origin?: string
}

function requestOf(incoming: ExpressRequest, origin: string | undefined, signal: AbortSignal): Request {
  const headers = new Headers()
  // The raw list keeps doubled headers; joined by a comma they do not parse as a payment.
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    const [name = '', value = ''] = incoming.rawHeaders.slice(index, index + 2)
    if (!name.startsWith(':')) headers.append(name, value)
  }
  const { host } = incoming.headers
  const base =
    origin ?? `${'encrypted' in incoming.socket ? 'https' : 'http'}://${typeof host === 'string' ? host : 'localhost'}`
  const method = incoming.method ?? 'GET'
  const url = new URL(`${base}${incoming.originalUrl ?? incoming.url ?? '/'}`)
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers, signal })
  const source = incoming[Symbol.asyncIterator]()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await source.next()
      if (done === true) controller.close()
      else controller.enqueue(value as Uint8Array) // node's streams of requests yield bytes
    },
  })
  return new Request(url, { method, headers, body, signal, duplex: 'half' } as RequestInit)
}

async function untilDrained(outgoing: ExpressResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const go = (): void => {
      outgoing.off('drain', go)
      outgoing.off('close', go)
      resolve()
    }
    outgoing.once('drain', go)
    outgoing.once('close', go)
  })
}

async function send(response: Response, outgoing: ExpressResponse): Promise<void> {
  const headers: Record<string, string | string[]> = Object.fromEntries(response.headers)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) headers['set-cookie'] = cookies
  outgoing.writeHead(response.status, headers)
  const reader = response.body?.getReader()
  if (reader !== undefined) {
    const onClose = (): void => void reader.cancel().catch(() => undefined)
    outgoing.once('close', onClose)
    for (;;) {
      const { done, value } = await reader.read()
      if (done || outgoing.destroyed) break
      if (!outgoing.write(value)) await untilDrained(outgoing)
    }
    outgoing.off('close', onClose)
  }
  outgoing.end()
}

/**
 * A paywall as an express handler, which also fits `node:http` and connect. Mount it before body parsers: it reads the
 * body itself. The handler answers with a `Response`; streams pass through chunk by chunk. A handler that throws goes to
 * `next`.
 * @example app.post('/v1/chat', expressPaywall({ requirementsFor, store, facilitator, handler }))
 */
export function expressPaywall(
  options: ExpressPaywallOptions,
): (request: ExpressRequest, response: ExpressResponse, next: (error?: unknown) => void) => Promise<void> {
  const { handler, origin, ...rest } = options
  const paywall = createPaywall(rest)
  return async (incoming, outgoing, next) => {
    const gone = new AbortController()
    outgoing.once('close', () => {
      if (!outgoing.writableEnded) gone.abort()
    })
    let response: Response
    try {
      response = await paywall(requestOf(incoming, origin, gone.signal), (paid) => handler(paid, incoming))
    } catch (error) {
      next(error)
      return
    }
    try {
      await send(response, outgoing)
    } catch (error) {
      // The head is out: all that is left to say is that the body is not whole.
      outgoing.destroy(error instanceof Error ? error : undefined)
    }
  }
}
