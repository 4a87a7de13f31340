import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A provider that counts what it is asked, by payment and attempt. */
export interface CountingUpstream {
  readonly url: string
  /** Calls by `name attempt`. */
  readonly calls: ReadonlyMap<string, number>
  close(): Promise<void>
}

/** Starts it on a free port of this machine. */
export async function startUpstream(): Promise<CountingUpstream> {
  const calls = new Map<string, number>()
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://upstream')
    const key = `${searchParams.get('name')} ${searchParams.get('attempt')}`
    calls.set(key, (calls.get(key) ?? 0) + 1)
    response.end(`answer to ${key}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
