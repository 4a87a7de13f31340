import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GatewayError } from './gateway-error.js'

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'in use by another process',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'this machine has no such address',
}

/**
 * Starts to listen; resolves to the URL.
 * @throws GatewayError `config_invalid` that says why it cannot
 */
export async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: Error & { readonly code?: string }) => {
      const reason = reasons[cause.code ?? ''] ?? cause.code ?? 'unknown'
      reject(new GatewayError('config_invalid', `host, port: cannot listen on ${host}:${port}: ${reason}.`, { cause }))
    })
    server.listen(port, host, resolve)
  })
  return `http://${host}:${(server.address() as AddressInfo).port}`
}
