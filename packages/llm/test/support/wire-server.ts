import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Answers one request; `attempt` counts from 1. */
export type Answer = (response: ServerResponse, attempt: number, body: string) => void | Promise<void>

/** A real server on this machine whose every byte a test decides. */
export interface WireServer {
  /** A base URL whose requests are answered so. */
  readonly serve: (answer: Answer) => string
  /** How often the base URL was asked. */
  readonly attemptsOf: (baseUrl: string) => number
  readonly close: () => Promise<void>
}

/** Starts the server. */
export async function startWireServer(): Promise<WireServer> {
  const answers: Answer[] = []
  const attempts: number[] = []
  const server = createServer((request, response) => {
    const id = Number(request.url?.split('/')[1])
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (piece: string) => {
      body += piece
    })
    request.on('end', () => {
      attempts[id] = (attempts[id] ?? 0) + 1
      void answers[id]?.(response, attempts[id] ?? 1, body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    serve(answer) {
      answers.push(answer)
      return `http://127.0.0.1:${port}/${answers.length - 1}/v1`
    },
    attemptsOf: (baseUrl) => attempts[Number(new URL(baseUrl).pathname.split('/')[1])] ?? 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Answers with an event stream, written piece by piece. */
export function streams(
  pieces: readonly (string | Uint8Array)[],
  options: { readonly headers?: Readonly<Record<string, string>>; readonly cut?: boolean } = {},
): Answer {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req-1', ...options.headers })
    for (const piece of pieces) {
      response.write(piece)
      if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve))
    }
    if (!options.cut) {
      response.end()
      return
    }
    // The bytes have to be on their way before the connection is torn down.
    await new Promise((resolve) => setTimeout(resolve, 20))
    response.destroy()
  }
}

/** Answers with a status and a body. */
export function answers(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req-1', ...headers }).end(body)
  }
}
