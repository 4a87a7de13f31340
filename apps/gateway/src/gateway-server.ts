import { createServer, type RequestListener, type Server } from 'node:http'
import { refuseUnreadable, serverOptions } from './gateway-listener.js'

/** A connection on which nothing moves for so long is over: longer than any answer is silent, and no answer waits longer to be read. */
const quietConnectionMs = 600_000

/** Creates the HTTP server of a gateway, which does not listen yet. */
export function createGatewayServer(
  listener: RequestListener,
  { quietMs = quietConnectionMs }: { readonly quietMs?: number } = {},
): Server {
  const server = createServer(serverOptions, listener)
  server.on('clientError', refuseUnreadable)
  server.timeout = quietMs
  return server
}
