import { connect, type Socket } from 'node:net'
import type { Answer, Shot } from './load.js'

const callTimeoutMs = 30_000

/** A request as the bytes that go over the wire. */
function encode({ url, payment }: Shot): Buffer {
  const { pathname, host } = new URL(url)
  const header = payment === undefined ? '' : `payment-signature: ${payment}\r\n`
  return Buffer.from(`GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\n${header}\r\n`, 'latin1')
}

interface Received {
  readonly text: string
  /** How many bytes it took. */
  readonly end: number
}

/** The body that begins at `start`, once all of it is there. */
function bodyAt(buffer: Buffer, start: number, head: string): Received | undefined {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) {
    const end = start + Number(length)
    return buffer.length < end ? undefined : { text: buffer.toString('utf8', start, end), end }
  }
  // Chunked (RFC 9112, section 7.1), without trailers.
  const parts: Buffer[] = []
  for (let at = start; ; ) {
    const lineEnd = buffer.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(buffer.toString('latin1', at, lineEnd), 16)
    const next = lineEnd + 2 + size + 2
    if (buffer.length < next) return undefined
    if (size === 0) return { text: Buffer.concat(parts).toString('utf8'), end: next }
    parts.push(buffer.subarray(lineEnd + 2, next - 2))
    at = next
  }
}

function headerIn(head: string, name: string): string | undefined {
  return new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1]
}

/** What a connection received, to be taken apart after the clock has stopped. */
interface RawAnswer {
  readonly head: string
  readonly text: string
  readonly firstByteMs: number
  readonly totalMs: number
}

function answerOf({ head, text, firstByteMs, totalMs }: RawAnswer): Answer {
  return {
    status: Number(head.slice(9, 12)),
    text,
    paymentResponse: headerIn(head, 'payment-response'),
    paymentRequired: headerIn(head, 'payment-required'),
    firstByteMs,
    totalMs,
  }
}

/** Sends shots over one connection, one after the other, until `next` has no more. */
function fireOver(socket: Socket, next: () => Buffer | undefined, received: RawAnswer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let buffer: Buffer = Buffer.alloc(0)
    let started = 0
    let firstByteMs: number | undefined
    const shoot = (): void => {
      const shot = next()
      if (shot === undefined) {
        socket.destroy()
        resolve()
        return
      }
      started = performance.now()
      firstByteMs = undefined
      socket.write(shot)
    }
    socket.setTimeout(callTimeoutMs, () => socket.destroy(new Error('no answer in time')))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed the connection')))
    socket.on('connect', shoot)
    socket.on('data', (chunk) => {
      firstByteMs ??= performance.now() - started
      buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk])
      const headEnd = buffer.indexOf('\r\n\r\n')
      if (headEnd === -1) return
      const head = buffer.toString('latin1', 0, headEnd)
      const body = bodyAt(buffer, headEnd + 4, head)
      if (body === undefined) return
      received.push({ head, text: body.text, firstByteMs, totalMs: performance.now() - started })
      buffer = buffer.subarray(body.end)
      shoot()
    })
  })
}

/**
 * Sends all shots over so many kept connections, and says how long that took. Requests are bytes made before the clock starts,
 * answers are taken apart after it has stopped: `node:http` as a client would take more of the machine than our server.
 * @throws Error when a connection breaks or the time is up
 */
export async function fireRaw(
  shots: readonly Shot[],
  concurrency: number,
): Promise<{ readonly elapsedMs: number; readonly answers: readonly Answer[] }> {
  const [first] = shots
  if (first === undefined) return { elapsedMs: 0, answers: [] }
  const { hostname, port } = new URL(first.url)
  const requests = shots.map(encode)
  const received: RawAnswer[] = []
  let index = 0
  const started = performance.now()
  await Promise.all(
    Array.from({ length: Math.min(concurrency, requests.length) }, () =>
      fireOver(connect({ host: hostname, port: Number(port), noDelay: true }), () => requests[index++], received),
    ),
  )
  return { elapsedMs: performance.now() - started, answers: received.map(answerOf) }
}
