import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Dice } from './dice.js'

/** A node between the services and the chain, with the manners of a bad one. */
export interface FaultyRpc {
  readonly url: string
  /** From now on it behaves. */
  heal(): void
  readonly counts: {
    requests: number
    /** Answered with 503, nothing was done. */
    errors: number
    /** Done, and the connection cut instead of an answer. */
    lostReplies: number
    /** Transactions that were taken and forgotten. */
    swallowed: number
    /** Transactions that came to the chain later than others that were sent after them. */
    reordered: number
  }
  close(): Promise<void>
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of request) parts.push(part as Uint8Array)
  return Buffer.concat(parts).toString('utf8')
}

/** Starts it in front of a node. */
export async function startFaultyRpc(options: { readonly target: string; readonly dice: Dice }): Promise<FaultyRpc> {
  const { target, dice } = options
  const counts = { requests: 0, errors: 0, lostReplies: 0, swallowed: 0, reordered: 0 }
  let isHealthy = false

  async function forward(body: string): Promise<string> {
    const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    return answer.text()
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request)
    counts.requests += 1
    if (!isHealthy) {
      const isSending = body.includes('eth_sendRawTransaction')
      if (dice.percent(10)) {
        counts.errors += 1
        response.writeHead(503).end()
        return
      }
      if (isSending && dice.percent(10)) {
        counts.swallowed += 1
        response.end(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(body).id, result: `0x${'00'.repeat(32)}` }))
        return
      }
      if (isSending && dice.percent(15)) {
        counts.reordered += 1
        await new Promise((resolve) => setTimeout(resolve, dice.between(100, 500)))
      }
    }
    const answer = await forward(body)
    if (!isHealthy && dice.percent(10)) {
      counts.lostReplies += 1
      request.socket.destroy()
      return
    }
    response.setHeader('content-type', 'application/json')
    response.end(answer)
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    heal: () => {
      isHealthy = true
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
