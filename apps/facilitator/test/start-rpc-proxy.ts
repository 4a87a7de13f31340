import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A way to the chain on which something can happen between two reads. */
export interface RpcProxy {
  readonly url: string
  /** Runs once, after the chain has answered the next read of a contract and before anybody learns of that answer. */
  afterNextCall: (action: () => Promise<unknown>) => void
  readonly close: () => Promise<void>
}

/** Starts a proxy in front of a JSON-RPC node. */
export async function startRpcProxy(target: string): Promise<RpcProxy> {
  let pending: (() => Promise<unknown>) | undefined
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const text = await answer.text()
    if (pending !== undefined && body.includes('"eth_call"')) {
      const action = pending
      pending = undefined
      await action()
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    afterNextCall: (action) => {
      pending = action
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
