import { readFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'
import { buildExplorer } from './build-explorer.js'
import { securityHeaders } from './security-headers.js'

/** A running explorer. */
export interface ServedExplorer {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** What is served. */
export interface ServeExplorerOptions {
  /** The network's description, see `src/network/network.ts`. */
  readonly network: Readonly<Record<string, unknown>>
  /** A free one unless given. */
  readonly port?: number
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

/** Builds the page if it has to, and serves it with the network's description on 127.0.0.1. */
export async function serveExplorer(options: ServeExplorerOptions): Promise<ServedExplorer> {
  const folder = await buildExplorer()
  const description = JSON.stringify(options.network)
  const server = createServer((request, response) => {
    const path = decodedPath(request.url ?? '/')
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405)
    if (path === '/network.json') return answer(response, 200, { type: '.json', body: description })
    void sendFile(response, { folder, path: path === '/' ? '/index.html' : path })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  return { url: `http://127.0.0.1:${portOf(server)}`, stop: () => close(server) }
}

async function sendFile(
  response: ServerResponse,
  file: { readonly folder: string; readonly path: string },
): Promise<void> {
  const full = normalize(join(file.folder, file.path))
  if (!full.startsWith(file.folder + sep) || !(extname(full) in contentTypes)) return answer(response, 404)
  try {
    answer(response, 200, { type: extname(full), body: await readFile(full) })
  } catch {
    answer(response, 404)
  }
}

function answer(
  response: ServerResponse,
  status: number,
  content: { readonly type: string; readonly body: string | Uint8Array } = { type: '.json', body: '{}' },
): void {
  response.writeHead(status, { ...securityHeaders, 'content-type': contentTypes[content.type] ?? 'text/plain' })
  response.end(content.body)
}

function decodedPath(url: string): string {
  try {
    return decodeURIComponent(new URL(url, 'http://127.0.0.1').pathname)
  } catch {
    return '/404'
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the explorer has no port')
  return address.port
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
