import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createFastRecover, createFastSigner } from '@og/x402/node'
import Database from 'libsql'
import { Pool } from 'undici'
import { serveParent } from '../end-to-end/child-process.js'
import { listen } from '../end-to-end/listen.js'

interface BareStepsConfig {
  readonly upstream: string
  readonly databasePath: string
}

/**
 * What no paid call can do without, and nothing else: node:http in front, one recovery of a signer, undici behind, one signature over the
 * answer, one durable row whose commit is shared by what ends together. It checks nothing and would be paid by anybody.
 */
serveParent<BareStepsConfig>(async ({ upstream, databasePath }) => {
  const pool = new Pool(upstream, { connections: 128 })
  const { recover } = createFastRecover()
  const { signDigestNow } = createFastSigner({ privateKey: `0x${'5e'.repeat(32)}` })
  const digest = Buffer.alloc(32, 0xa5)
  const signature = Buffer.from(signDigestNow(`0x${digest.toString('hex')}`).slice(2), 'hex')
  const signed = { compact: signature.subarray(0, 64), recovery: signature[64] === 28 ? 1 : 0 } as const

  const database = new Database(databasePath)
  database.pragma('locking_mode=EXCLUSIVE')
  database.pragma('journal_mode=WAL')
  database.pragma('synchronous=FULL')
  database.exec('CREATE TABLE receipt (id INTEGER PRIMARY KEY, text TEXT NOT NULL, answer BLOB NOT NULL) STRICT')
  const insert = database.prepare('INSERT INTO receipt (text, answer) VALUES (?, ?)')
  let waiting: { readonly text: string; readonly answer: Buffer; readonly done: () => void }[] = []

  function commitTogether(): void {
    const group = waiting
    waiting = []
    database.exec('BEGIN IMMEDIATE')
    for (const { text, answer } of group) insert.run([text, answer])
    database.exec('COMMIT')
    for (const { done } of group) done()
  }

  function commit(text: string, answer: Buffer): Promise<void> {
    return new Promise((done) => {
      if (waiting.push({ text, answer, done }) === 1) setImmediate(commitTogether)
    })
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const payer = recover(digest, signed)
    const answered = await pool.request({
      path: '/v1/chat/completions',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.concat(parts),
    })
    const answer = Buffer.from(await answered.body.arrayBuffer())
    const receipt = signDigestNow(`0x${Buffer.from(payer.subarray(1, 33)).toString('hex')}`)
    await commit(receipt, answer)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length, receipt })
    response.end(answer)
  }

  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  return {
    ready: { url: await listen(server) },
    answer: () => {
      const { user, system } = process.cpuUsage()
      return { cpuMs: (user + system) / 1000 }
    },
  }
})
