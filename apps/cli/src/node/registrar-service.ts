import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Hex, signDigest } from '@og/settlement'
import {
  encodeNodeStatement,
  hashNodeStatement,
  type NodeStatement,
  type RegistryDomain,
} from '@og/settlement/contracts'
import { type Judgement, refusalStatuses } from './judge-evidence.js'

/** A registrar's service that listens. */
export interface RegistrarService {
  readonly url: string
  readonly close: () => Promise<void>
}

/** One decision, for the log. */
export interface RegistrarDecision {
  readonly nodeId: Hex | null
  readonly verdict: 'signed' | 'refused' | 'failed'
  readonly code?: string
}

/** What {@link startRegistrarService} needs. */
export interface RegistrarServiceOptions {
  readonly host: string
  readonly port: number
  readonly domain: RegistryDomain
  /** Of the registrar. */
  readonly privateKey: Hex
  readonly judge: (body: Uint8Array) => Promise<Judgement>
  readonly onDecision: (decision: RegistrarDecision) => void
}

/** Evidence with a quote of real hardware and its collateral takes some 60 kB. */
const maxBodyBytes = 262_144
const maxJudged = 4
const maxConnections = 64
const maxRemembered = 1000
const drainMs = 5000

/** Starts the service that `registrarUrl` of a gateway names: `POST /register` with evidence answers `{ statement, signature }`. */
export async function startRegistrarService(options: RegistrarServiceOptions): Promise<RegistrarService> {
  const { domain, privateKey } = options
  const callers = new Set<string>()
  const remembered = new Map<Hex, NodeStatement>()

  /** A node that asks again brings another quote of the same keys: it is given what was signed for the first, and nothing contradicts it. */
  function onceFor(statement: NodeStatement): NodeStatement {
    const known = remembered.get(statement.nodeId)
    if (known !== undefined) return known
    remembered.set(statement.nodeId, statement)
    for (const nodeId of remembered.keys()) {
      if (remembered.size <= maxRemembered) break
      remembered.delete(nodeId)
    }
    return statement
  }

  async function decide(body: Uint8Array, response: ServerResponse): Promise<void> {
    try {
      const judgement = await options.judge(body)
      if (!judgement.ok) {
        const { nodeId, code, message } = judgement
        options.onDecision({ nodeId, verdict: 'refused', code })
        return refuse(response, refusalStatuses[code], { code, message })
      }
      const statement = judgement.isRegistered ? judgement.statement : onceFor(judgement.statement)
      const signature = signDigest(hashNodeStatement(statement, domain), privateKey)
      options.onDecision({ nodeId: statement.nodeId, verdict: 'signed' })
      answer(response, 200, { statement: encodeNodeStatement(statement), signature })
    } catch {
      // What went wrong may name the chain's address and the key in it: nobody outside hears of it.
      options.onDecision({ nodeId: null, verdict: 'failed', code: 'UNAVAILABLE' })
      refuse(response, 503, { code: 'UNAVAILABLE', message: 'nothing can be judged now: ask again later' })
    }
  }

  async function register(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const length = request.headers['content-length']
    if (length === undefined || !/^[0-9]{1,15}$/.test(length)) {
      return refuse(response, 400, { code: 'MALFORMED', message: 'the body needs a content-length' })
    }
    if (Number(length) > maxBodyBytes) {
      return refuse(response, 413, { code: 'TOO_LARGE', message: `evidence has at most ${maxBodyBytes} bytes` })
    }
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk)
    const caller = request.socket.remoteAddress ?? ''
    if (callers.has(caller) || callers.size >= maxJudged) {
      response.setHeader('retry-after', '5')
      return refuse(response, 429, { code: 'BUSY', message: 'others are being judged: ask again later' })
    }
    callers.add(caller)
    try {
      await decide(Buffer.concat(chunks), response)
    } finally {
      callers.delete(caller)
    }
  }

  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 15_000, connectionsCheckingInterval: 1000, maxHeaderSize: 16_384 },
    (request, response) => {
      const path = request.url?.split('?', 1)[0]
      if (path === '/health' && request.method === 'GET') {
        const { chainId, verifyingContract } = domain
        return answer(response, 200, { status: 'ok', chainId: chainId.toString(), nodeRegistry: verifyingContract })
      }
      if (path !== '/register')
        return refuse(response, 404, { code: 'NOT_FOUND', message: 'evidence goes to /register' })
      if (request.method !== 'POST') {
        response.setHeader('allow', 'POST')
        return refuse(response, 405, { code: 'METHOD_NOT_ALLOWED', message: 'evidence is posted' })
      }
      // The sender went away before the end: nobody is left to answer.
      register(request, response).catch(() => response.destroy())
    },
  )
  server.maxConnections = maxConnections
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => resolve())
  })
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${options.port}/register`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeIdleConnections()
      const late = setTimeout(() => server.closeAllConnections(), drainMs)
      await closed
      clearTimeout(late)
    },
  }
}

function answer(response: ServerResponse, status: number, json: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(json))
}

/** What is left of the body is passed over by the server, for no longer than a request may take. */
function refuse(
  response: ServerResponse,
  status: number,
  error: { readonly code: string; readonly message: string },
): void {
  answer(response, status, { error })
}
