import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An answer on its way back to the client. */
export interface PassingAnswer {
  readonly path: string
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
}

/** A machine in the middle, on this machine: it passes everything on and changes what its tampering says. */
export interface HostileProxy {
  readonly url: string
  /** Changes answers from now on; `undefined` passes them on untouched. */
  readonly tamper: (change: ((answer: PassingAnswer) => PassingAnswer | Promise<PassingAnswer>) | undefined) => void
  readonly close: () => Promise<void>
}

/** Starts a proxy in front of a gateway. */
export async function startHostileProxy(target: () => string): Promise<HostileProxy> {
  let change: ((answer: PassingAnswer) => PassingAnswer | Promise<PassingAnswer>) | undefined
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      try {
        const path = request.url ?? '/'
        const headers = new Headers()
        for (const [name, value] of Object.entries(request.headers)) {
          if (!['host', 'connection', 'content-length', 'transfer-encoding'].includes(name))
            headers.set(name, String(value))
        }
        const body = Buffer.concat(chunks)
        const upstream = await fetch(`${target()}${path}`, {
          method: request.method ?? 'GET',
          headers,
          ...(body.length === 0 ? {} : { body }),
        })
        const answer: PassingAnswer = {
          path,
          status: upstream.status,
          headers: upstream.headers,
          body: new Uint8Array(await upstream.arrayBuffer()),
        }
        const changed = change === undefined ? answer : await change(answer)
        const outgoing: Record<string, string> = {}
        for (const [name, value] of changed.headers) {
          if (!['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'content-encoding'].includes(name))
            outgoing[name] = value
        }
        response.writeHead(changed.status, outgoing)
        response.end(changed.body)
      } catch {
        response.writeHead(502).end()
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tamper: (next) => {
      change = next
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Changes the JSON body of an answer. */
export function changeJson(answer: PassingAnswer, change: (json: Record<string, unknown>) => unknown): PassingAnswer {
  const json = JSON.parse(new TextDecoder().decode(answer.body))
  return { ...answer, body: new TextEncoder().encode(JSON.stringify(change(json))) }
}
