import { createServer } from 'node:http'
import { Pool } from 'undici'
import { serveParent } from '../end-to-end/child-process.js'
import { listen } from '../end-to-end/listen.js'

/** The least that can stand between a client and a provider: node:http in front, undici behind, bytes piped through. */
serveParent<{ readonly upstream: string }>(async ({ upstream }) => {
  const pool = new Pool(upstream, { connections: 128 })
  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    const headers = { 'content-type': 'application/json', 'content-length': request.headers['content-length'] ?? '0' }
    pool
      .request({ path: '/v1/chat/completions', method: 'POST', headers, body: request })
      .then(({ statusCode, headers: answered, body }) => {
        response.writeHead(statusCode, { 'content-type': String(answered['content-type']) })
        body.pipe(response)
      })
      .catch(() => response.destroy())
  })
  return { ready: { url: await listen(server) } }
})
