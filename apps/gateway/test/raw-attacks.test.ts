import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGatewayListener } from '../src/gateway-listener.js'
import { createGatewayServer } from '../src/gateway-server.js'
import { createReply } from '../src/reply.js'

/** The real HTTP shell of the gateway around a paid route that counts: no chain is needed to attack it. */
let server: Server
let port: number
let served: string[] = []
let asked = 0
beforeAll(async () => {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const publicRoutes = new Hono()
  publicRoutes.get('/health', (context) => {
    asked += 1
    return context.json({ status: 'ok' })
  })
  publicRoutes.notFound((context) => context.json({ error: { code: 'not_found' } }, 404))
  const listener = createGatewayListener({
    postRoutes: {
      '/v1/chat/completions': async (request, reply) => {
        served.push(Buffer.from(request.body).toString())
        await reply.head(402, { 'content-type': 'application/json', 'cache-control': 'no-store, private' })
        await reply.write(Buffer.from('{"paid":false}'))
        await reply.end()
      },
    },
    publicRoutes,
    channel: undefined,
    isDraining: () => false,
    refunds: undefined,
    log,
  })
  server = createGatewayServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** Sends bytes as they are and returns everything that comes back until the node hangs up, or for a while. */
function exchange(bytes: string, waitMs = 400): Promise<{ readonly text: string; readonly closed: boolean }> {
  served = []
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    let text = ''
    const timer = setTimeout(() => {
      socket.destroy()
      resolve({ text, closed: false })
    }, waitMs)
    socket.on('data', (part) => {
      text += part.toString('latin1')
    })
    socket.on('error', reject)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve({ text, closed: true })
    })
  })
}

const head = (lines: readonly string[], body = ''): string => `${lines.join('\r\n')}\r\n\r\n${body}`
const post = 'POST /v1/chat/completions HTTP/1.1'
const json = 'content-type: application/json'
const smuggled = 'POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 8\r\n\r\nSMUGGLED'

describe('D3: request smuggling', () => {
  test.each<[string, string]>([
    ['CL.TE', head([post, 'host: a', json, 'content-length: 6', 'transfer-encoding: chunked'], `0\r\n\r\n${smuggled}`)],
    [
      'TE.CL',
      head(
        [post, 'host: a', json, 'transfer-encoding: chunked', 'content-length: 3'],
        `1\r\nA\r\n0\r\n\r\n${smuggled}`,
      ),
    ],
    ['two lengths', head([post, 'host: a', json, 'content-length: 2', 'content-length: 60'], `{}${smuggled}`)],
    ['two lengths in one field', head([post, 'host: a', json, 'content-length: 2, 60'], `{}${smuggled}`)],
    ['a length with a sign', head([post, 'host: a', json, 'content-length: +2'], `{}${smuggled}`)],
    ['a length in hexadecimal', head([post, 'host: a', json, 'content-length: 0x2'], `{}${smuggled}`)],
    [
      'an unknown transfer encoding',
      head([post, 'host: a', json, 'transfer-encoding: xchunked'], `0\r\n\r\n${smuggled}`),
    ],
    [
      'chunked, not last',
      head([post, 'host: a', json, 'transfer-encoding: chunked, identity'], `0\r\n\r\n${smuggled}`),
    ],
    [
      'a space before the colon',
      head([post, 'host: a', json, 'transfer-encoding : chunked', 'content-length: 2'], `{}${smuggled}`),
    ],
    [
      'a folded field',
      head([post, 'host: a', json, 'x: a\r\n transfer-encoding: chunked', 'content-length: 2'], `{}${smuggled}`),
    ],
    ['a bare line feed', `${post}\nhost: a\n${json}\ncontent-length: 2\n\n{}${smuggled}`],
    ['a zero byte in a field', head([post, 'host: a', json, 'x: a\0b', 'content-length: 2'], `{}${smuggled}`)],
    [
      'a chunk size that overflows',
      head([post, 'host: a', json, 'transfer-encoding: chunked'], 'fffffffffffffffff\r\nA'),
    ],
    ['no host', head([post, json, 'content-length: 2'], '{}')],
    ['a version of its own', head(['POST /v1/chat/completions HTTP/9.9', 'host: a', json], '')],
  ])('%s: refused, hung up, and nothing behind it is served', async (_name, bytes) => {
    const { text, closed } = await exchange(bytes)
    expect(closed).toBe(true)
    expect(text).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(served.join('')).not.toContain('SMUGGLED')
    expect(text).not.toMatch(/node_modules|at \w+ \(|HPE_/)
  })

  test('an honest pipeline is answered in order', async () => {
    const honest = head([post, 'host: a', json, 'content-length: 2'], '{}')
    const { text } = await exchange(honest + honest)
    expect(text.match(/HTTP\/1\.1 402/g)).toHaveLength(2)
    expect(served).toEqual(['{}', '{}'])
  })
})

describe('A11, A12: what leads around the price or into a cache', () => {
  test.each([
    ['absolute form', 'POST http://elsewhere.example/v1/chat/completions HTTP/1.1'],
    ['encoded slash', 'POST /v1%2Fchat%2Fcompletions HTTP/1.1'],
    ['double slash', 'POST //v1/chat/completions HTTP/1.1'],
    ['dot segments', 'POST /health/../v1/chat/completions HTTP/1.1'],
    ['a semicolon', 'POST /v1/chat/completions;x HTTP/1.1'],
    ['capitals', 'POST /V1/chat/completions HTTP/1.1'],
    ['a slash at the end', 'POST /v1/chat/completions/ HTTP/1.1'],
    ['a backslash', 'POST /v1\\chat\\completions HTTP/1.1'],
    ['authority form', 'POST elsewhere.example:80 HTTP/1.1'],
    ['a method of its own', 'BREW /v1/chat/completions HTTP/1.1'],
  ])('%s', async (_name, line) => {
    const { text } = await exchange(head([line, 'host: a', json, 'content-length: 2'], '{}'))
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])
    expect(status === 402 || (status >= 400 && status < 500)).toBe(true)
  })

  test('the price of one caller is in no shared cache', async () => {
    const { text } = await exchange(head([post, 'host: evil.example', json, 'content-length: 2'], '{}'))
    expect(text).toMatch(/cache-control: no-store, private/i)
    expect(text).not.toContain('evil.example')
  })
})

describe('D6: senders without end', () => {
  test('hundreds of senders that never finish their header fields: honest callers notice nothing, and they are hung up on', {
    timeout: 40_000,
  }, async () => {
    const slow: Socket[] = []
    for (let index = 0; index < 300; index += 1) {
      const socket = connect(port, '127.0.0.1', () => socket.write('POST /v1/chat/completions HTTP/1.1\r\nx: '))
      socket.on('error', () => undefined)
      slow.push(socket)
    }
    const drip = setInterval(() => {
      for (const socket of slow) if (!socket.destroyed) socket.write('a')
    }, 500)
    const honest = head([post, 'host: a', json, 'content-length: 2', 'connection: close'], '{}')
    const began = performance.now()
    for (let call = 0; call < 20; call += 1) expect((await exchange(honest, 5000)).text).toMatch(/^HTTP\/1\.1 402/)
    const each = (performance.now() - began) / 20
    expect(each).toBeLessThan(500)
    const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)))
    expect(await connections()).toBeGreaterThanOrEqual(300)
    const deadline = Date.now() + 20_000
    while ((await connections()) > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100))
    clearInterval(drip)
    const left = await connections()
    for (const socket of slow) socket.destroy()
    expect(left).toBe(0)
  })
})

test('D5: a body in pieces without number is refused, and one in many is taken', async () => {
  const inPieces = (count: number): string =>
    head(
      [post, 'host: a', json, 'connection: close', 'transfer-encoding: chunked'],
      `${'1\r\n \r\n'.repeat(count - 2)}2\r\n{}\r\n0\r\n\r\n`,
    )
  expect((await exchange(inPieces(4000), 2000)).text).toMatch(/^HTTP\/1\.1 402/)
  const { text } = await exchange(inPieces(40_000), 2000)
  expect(text).toMatch(/^HTTP\/1\.1 413/)
  expect(served).toEqual([])
})

test('D7: a caller who asks a thousand times ahead and reads nothing is hung up on', async () => {
  asked = 0
  const ahead = 'GET /health HTTP/1.1\r\nhost: a\r\n\r\n'
  expect((await exchange(ahead.repeat(1000))).closed).toBe(true)
  expect(asked).toBeLessThan(20)
  expect((await exchange(ahead.repeat(5))).text.match(/HTTP\/1\.1 200/g)).toHaveLength(5)
})

test('D7: a free answer that nobody reads does not hold its connection for ever', async () => {
  let isHeld = true
  const body = Buffer.alloc(16 * 1_048_576)
  const waiting = createGatewayServer(
    (_, response) => {
      response.on('close', () => {
        isHeld = false
      })
      response.end(body)
    },
    { quietMs: 300 },
  )
  await new Promise<void>((resolve) => waiting.listen(0, '127.0.0.1', resolve))
  const socket = connect((waiting.address() as AddressInfo).port, '127.0.0.1', () => {
    socket.pause()
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  })
  socket.on('error', () => undefined)
  const deadline = Date.now() + 5000
  while (isHeld && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(isHeld).toBe(false)
  socket.destroy()
  await new Promise((resolve) => waiting.close(resolve))
})

test('an answer that can no longer be sealed is cut off, and ends nothing but itself', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  const broken = {
    outerHeaders: () => ({}),
    head: async () => Buffer.from('head'),
    chunk: () => Promise.reject(new Error('no more frames')),
    end: async () => Buffer.from('end'),
  }
  const sealing = createServer(async (_, response) => {
    const reply = createReply(response, broken)
    await reply.head(200, {})
    await reply.write(Buffer.from('data: 1'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    await reply.end()
  })
  await new Promise<void>((resolve) => sealing.listen(0, '127.0.0.1', resolve))
  const { port: sealed } = sealing.address() as AddressInfo
  const answer = await fetch(`http://127.0.0.1:${sealed}/`)
  await expect(answer.text()).rejects.toThrow()
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
  await new Promise((resolve) => sealing.close(resolve))
})

test('D7: a client that takes nothing is gone after a while, and holds no more than a buffer until then', async () => {
  let aborted = false
  let written = 0
  const stalling = createServer((_, response) => {
    const reply = createReply(response, undefined, { stallMs: 300 })
    reply.signal().addEventListener('abort', () => {
      aborted = true
    })
    const produce = async (): Promise<void> => {
      await reply.head(200, { 'content-type': 'text/event-stream' })
      const piece = Buffer.alloc(65_536, 'x')
      while (!reply.signal().aborted && written < 64 * 1_048_576) {
        await reply.write(piece)
        written += piece.length
      }
    }
    void produce()
  })
  await new Promise<void>((resolve) => stalling.listen(0, '127.0.0.1', resolve))
  const socket = connect((stalling.address() as AddressInfo).port, '127.0.0.1', () => {
    socket.pause()
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  })
  socket.on('error', () => undefined)
  const deadline = Date.now() + 10_000
  while (!aborted && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(aborted).toBe(true)
  // The kernel's socket buffers take a few megabytes; a node that did not wait would have written all 64.
  expect(written).toBeLessThan(32 * 1_048_576)
  socket.destroy()
  await new Promise((resolve) => stalling.close(resolve))
})
