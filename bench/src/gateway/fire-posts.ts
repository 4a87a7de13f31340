import { connect, type Socket } from 'node:net'

/** What came of one request. */
export interface PostAnswer {
  readonly status: number
  readonly text: string
  readonly firstEventMs: number
  readonly totalMs: number
}

/** A request as bytes, made before the clock starts. */
export function encodePost(options: {
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}): Buffer {
  const lines = Object.entries({
    host: 'bench',
    'content-type': 'application/json',
    'content-length': `${Buffer.byteLength(options.body)}`,
    ...options.headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST /v1/chat/completions HTTP/1.1\r\n${lines.join('')}\r\n${options.body}`)
}

/** Sends requests over so many kept connections; a client in JavaScript would take more of the machine than the server. */
export async function firePosts(
  url: string,
  requests: readonly Buffer[],
  concurrency: number,
): Promise<{ readonly elapsedMs: number; readonly answers: readonly PostAnswer[] }> {
  const { hostname, port } = new URL(url)
  const answers: PostAnswer[] = []
  let next = 0
  const started = performance.now()
  await Promise.all(
    Array.from({ length: Math.min(concurrency, requests.length) }, () =>
      fireOver(connect({ host: hostname, port: Number(port), noDelay: true }), () => requests[next++], answers),
    ),
  )
  return { elapsedMs: performance.now() - started, answers }
}

function fireOver(socket: Socket, next: () => Buffer | undefined, answers: PostAnswer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let parts: Buffer[] = []
    let head: string | undefined
    let length: number | undefined
    let received = 0
    let started = 0
    let firstEventMs: number | undefined
    const shoot = (): void => {
      const request = next()
      if (request === undefined) {
        socket.destroy()
        resolve()
        return
      }
      parts = []
      head = undefined
      received = 0
      firstEventMs = undefined
      started = performance.now()
      socket.write(request)
    }
    socket.setTimeout(60_000, () => socket.destroy(new Error('no answer in time')))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed the connection')))
    socket.on('connect', shoot)
    socket.on('data', (chunk) => {
      parts.push(chunk)
      received += chunk.length
      if (head === undefined) {
        const whole = Buffer.concat(parts)
        const end = whole.indexOf('\r\n\r\n')
        if (end === -1) return
        head = whole.toString('latin1', 0, end)
        const given = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
        length = given === undefined ? undefined : end + 4 + Number(given)
        if (whole.length > end + 4) firstEventMs = performance.now() - started
      }
      firstEventMs ??= performance.now() - started
      const isOver = length === undefined ? endsChunked(chunk, parts) : received >= length
      if (!isOver) return
      const totalMs = performance.now() - started
      const text = Buffer.concat(parts).toString('utf8')
      answers.push({ status: Number(head.slice(9, 12)), text, firstEventMs, totalMs })
      shoot()
    })
  })
}

/** Whether the last chunk of a chunked body has come, also when it came in pieces. */
function endsChunked(chunk: Buffer, parts: readonly Buffer[]): boolean {
  const end = '0\r\n\r\n'
  const tail = chunk.length >= 7 ? chunk : Buffer.concat(parts.slice(-3))
  return tail.toString('latin1', tail.length - 7) === `\r\n${end}` || tail.toString('latin1').endsWith(`\r\n${end}`)
}
