import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ChannelError } from './channel-error.js'
import { type ChannelServer, createChannelServer, type OpenedRequest } from './channel-server.js'
import { plainErrorOf } from './plain-error.js'
import { SEALED_RESPONSE_HEADERS } from './protocol.js'
import { sealFetch } from './seal-fetch.js'
import { createSealingKey, type SealingKeyPair } from './sealing-key.js'

// The whole channel over real sockets: globalThis.fetch on one side, node:http on the other.
let server: Server
let key: SealingKeyPair
let channel: ChannelServer
let base: string
let isConnectionClosed = false
let writtenFrames = 0
const lastBodies: Uint8Array[] = []
const hasReadHalf = deferred()
function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((given) => {
    resolve = given
  })
  return { promise, resolve: () => resolve() }
}
const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))
const write = async (response: ServerResponse, bytes: Uint8Array): Promise<void> => {
  if (!response.write(bytes))
    await new Promise<void>((resolve) => {
      const proceed = (): void => {
        response.off('drain', proceed)
        response.off('close', proceed)
        resolve()
      }
      response.once('drain', proceed)
      response.once('close', proceed)
    })
}

async function answer(request: OpenedRequest, response: ServerResponse): Promise<void> {
  const { sealer } = request
  const path = request.path.split('?')[0]
  response.writeHead(200, SEALED_RESPONSE_HEADERS)
  if (path === '/status') {
    const status = Number(request.path.split('=')[1])
    response.write(await sealer.head({ status, headers: { 'x-inner': 'yes' } }))
    if (status === 402) response.write(await sealer.chunk(new TextEncoder().encode('{"error":"pay"}')))
    response.end(await sealer.end())
  } else if (path === '/bytewise') {
    const all = Buffer.concat([
      await sealer.head({ status: 200, headers: { 'content-type': 'text/event-stream' } }),
      await sealer.chunk(new TextEncoder().encode('data: one\n\n')),
      await sealer.chunk(new TextEncoder().encode('data: two\n\n')),
      await sealer.end(),
    ])
    for (const byte of all) {
      response.write(new Uint8Array([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    response.end()
  } else if (path === '/flood') {
    response.write(await sealer.head({ status: 200, headers: {} }))
    for (writtenFrames = 0; writtenFrames < 4_000 && !response.destroyed; writtenFrames++) {
      await write(response, await sealer.chunk(new Uint8Array(65_000)))
    }
    response.end(await sealer.end())
  } else if (path === '/drip') {
    response.write(await sealer.head({ status: 200, headers: {} }))
    while (!response.destroyed) {
      response.write(await sealer.chunk(new TextEncoder().encode('drip')))
      await wait(5)
    }
  } else if (path === '/cut') {
    response.write(await sealer.head({ status: 200, headers: {} }))
    await write(response, await sealer.chunk(new TextEncoder().encode('half')))
    // What a transport still holds is lost when it breaks: cut only once the client has read it.
    await hasReadHalf.promise
    response.destroy()
  } else if (path === '/quiet-end') {
    response.write(await sealer.head({ status: 200, headers: {} }))
    response.end(await sealer.chunk(new TextEncoder().encode('half')))
  } else {
    response.write(await sealer.head({ status: 200, headers: { 'x-path': request.path } }))
    await write(response, await sealer.chunk(request.body))
    response.end(await sealer.end())
  }
}

async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('close', () => {
    isConnectionClosed = true
  })
  const pieces: Buffer[] = []
  for await (const piece of incoming) pieces.push(piece as Buffer)
  const body = Buffer.concat(pieces)
  lastBodies.push(Uint8Array.from(body))
  try {
    const opened = await channel.open({ method: incoming.method ?? '', path: incoming.url ?? '', body })
    await answer(opened, response)
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error
    const plain = plainErrorOf(error)
    response.writeHead(plain.status, plain.headers).end(plain.body)
  }
}

beforeAll(async () => {
  key = await createSealingKey()
  channel = createChannelServer({ keys: () => [key] })
  server = createServer((incoming, response) => {
    void serve(incoming, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
const fetch: typeof globalThis.fetch = (input, init) => sealFetch({ key })(input, init)

describe('the channel over HTTP', () => {
  it('default: an unstreamed round trip', async () => {
    const response = await fetch(`${base}/echo?a=b`, { method: 'POST', body: 'hello' })
    expect(response.headers.get('x-path')).toBe('/echo?a=b')
    expect(await response.text()).toBe('hello')
  })

  it('behavior: an answer that arrives byte by byte', async () => {
    const response = await fetch(`${base}/bytewise`)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const pieces: string[] = []
    const decoder = new TextDecoder()
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) pieces.push(decoder.decode(piece))
    expect(pieces).toEqual(['data: one\n\n', 'data: two\n\n'])
  })

  it('behavior: 402, 404, 500 come back sealed with their bodies and headers', async () => {
    for (const status of [402, 404, 500]) {
      const response = await fetch(`${base}/status?is=${status}`, { method: 'POST', body: '{}' })
      expect(response.status).toBe(status)
      expect(response.ok).toBe(false)
      expect(response.headers.get('x-inner')).toBe('yes')
      expect(await response.text()).toBe(status === 402 ? '{"error":"pay"}' : '')
    }
  })

  it('behavior: 204 and 304 have no body', async () => {
    for (const status of [204, 304]) {
      const response = await fetch(`${base}/status?is=${status}`)
      expect(response.status).toBe(status)
      expect(response.body).toBeNull()
    }
  })

  it('behavior: 2 MB there and back', async () => {
    const body = new Uint8Array(2_000_000)
    for (let index = 0; index < body.length; index++) body[index] = (index * 31) % 251
    const response = await fetch(`${base}/echo`, { method: 'POST', body })
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true)
  })

  it('behavior: 50 at once, each with its own answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        (await fetch(`${base}/echo`, { method: 'POST', body: `request ${index}` })).text(),
      ),
    )
    expect(answers).toEqual(Array.from({ length: 50 }, (_, index) => `request ${index}`))
  })

  it('behavior: a slow consumer holds the node back', async () => {
    const response = await fetch(`${base}/flood`)
    const reader = response.body?.getReader()
    await reader?.read()
    // Socket buffers fill up, then nothing moves; all 4,000 frames would be 260 MB.
    let before = -1
    await expect
      .poll(
        () => {
          const hasStopped = before === writtenFrames
          before = writtenFrames
          return hasStopped
        },
        { interval: 150, timeout: 10_000 },
      )
      .toBe(true)
    expect(writtenFrames).toBeLessThan(1_000)
    await reader?.cancel()
  })

  it('behavior: cancelling the body closes the connection', async () => {
    const response = await fetch(`${base}/drip`)
    const reader = response.body?.getReader()
    await reader?.read()
    isConnectionClosed = false
    await reader?.cancel()
    await expect.poll(() => isConnectionClosed, { timeout: 10_000 }).toBe(true)
  })

  it('behavior: an abort ends the stream and closes the connection', async () => {
    const abort = new AbortController()
    const response = await fetch(`${base}/drip`, { signal: abort.signal })
    const reader = response.body?.getReader()
    await reader?.read()
    isConnectionClosed = false
    abort.abort()
    await expect(
      (async () => {
        for (;;) await reader?.read()
      })(),
    ).rejects.toMatchObject({ name: 'AbortError' })
    await expect.poll(() => isConnectionClosed, { timeout: 10_000 }).toBe(true)
  })

  it('error: a connection that is cut, and one that ends without the end frame', async () => {
    for (const path of ['/cut', '/quiet-end']) {
      const reader = (await fetch(`${base}${path}`)).body?.getReader()
      expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('half')
      hasReadHalf.resolve()
      await expect(reader?.read()).rejects.toMatchObject({ code: 'TRUNCATED' })
    }
  })

  it('error: recorded bytes sent again, to the same and to another path', async () => {
    await (await fetch(`${base}/echo`, { method: 'POST', body: 'pay once' })).text()
    const body = Buffer.from(lastBodies.at(-1) ?? [])
    const again = await globalThis.fetch(`${base}/echo`, { method: 'POST', body })
    expect(again.status).toBe(409)
    expect(await again.json()).toMatchObject({ error: { code: 'seal_replayed' } })
    const elsewhere = await globalThis.fetch(`${base}/status`, { method: 'POST', body })
    expect(elsewhere.status).toBe(400)
    expect(await elsewhere.json()).toMatchObject({ error: { code: 'seal_unreadable' } })
  })

  it('error: a rotated key is told apart with 421', async () => {
    const other = await createSealingKey()
    const rotated = sealFetch({ key: other })
    await expect(rotated(`${base}/echo`)).rejects.toMatchObject({ code: 'KEY_ROTATED' })
    const refreshed = sealFetch({ key: other, onKeyRotated: () => key })
    expect(await (await refreshed(`${base}/echo`, { method: 'POST', body: 'x' })).text()).toBe('x')
  })
})
