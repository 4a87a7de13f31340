import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * What the proxy does with one POST: passes it on; answers 500 instead of passing it on; passes it on and answers 500 instead of the
 * answer; passes it on and cuts the connection at once.
 */
type ProxyStep = 'pass' | 'refuse' | 'lose' | 'cut'

/** A proxy between client and node that fails as proxies do. It changes nothing that it passes on. */
export interface FlakyProxy {
  readonly url: string
  /** What it does with the next POSTs, in order; afterwards it passes everything. */
  plan: (steps: readonly ProxyStep[]) => void
  /** The steps that were taken since the last plan. */
  readonly taken: ProxyStep[]
  /** Every `PAYMENT-SIGNATURE` that came by in the clear since the last plan. */
  readonly payments: string[]
  readonly close: () => Promise<void>
}

/** Starts a proxy in front of a node. */
export async function startFlakyProxy(target: () => string): Promise<FlakyProxy> {
  let steps: ProxyStep[] = []
  const taken: ProxyStep[] = []
  const payments: string[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const step = request.method === 'POST' ? (steps.shift() ?? 'pass') : 'pass'
    if (request.method === 'POST') taken.push(step)
    const payment = request.headers['payment-signature']
    if (typeof payment === 'string') payments.push(payment)
    const fail = (): void => {
      response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>upstream connect error</h1>')
    }
    if (step === 'refuse') return fail()
    const headers = new Headers()
    for (const [name, value] of Object.entries(request.headers)) {
      if (!['host', 'connection', 'content-length', 'transfer-encoding', 'expect'].includes(name)) {
        headers.set(name, String(value))
      }
    }
    const stop = new AbortController()
    const forwarded = fetch(target() + request.url, {
      method: request.method ?? 'GET',
      headers,
      signal: stop.signal,
      ...(request.method === 'POST' ? { body: Buffer.concat(parts) } : {}),
    })
    if (step === 'cut') {
      // The node has the whole request before its connection breaks.
      await new Promise((resolve) => setTimeout(resolve, 100))
      stop.abort()
      forwarded.then((answer) => answer.body?.cancel()).catch(() => undefined)
      request.socket.destroy()
      return
    }
    const answer = await forwarded
    const body = Buffer.from(await answer.arrayBuffer())
    if (step === 'lose') return fail()
    const passed = Object.fromEntries(
      [...answer.headers].filter(
        ([name]) => !/^(content-(length|encoding)|transfer-encoding|connection|keep-alive)$/.test(name),
      ),
    )
    response.writeHead(answer.status, passed).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    plan: (next) => {
      steps = [...next]
      taken.length = 0
      payments.length = 0
    },
    taken,
    payments,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
