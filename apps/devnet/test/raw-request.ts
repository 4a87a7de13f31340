import { request } from 'node:http'

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** A request that no well-behaved client would tidy up first: the path goes out as it is, the body may be endless. */
export interface RawRequest {
  readonly url: string
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
  /** Sends so many bytes of spaces as the body instead, with `transfer-encoding: chunked`. */
  readonly endlessBytes?: number
}

/** Sends a request and reads the answer, also when the server stops listening to the body. */
export function sendRaw(options: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(options.url)
  const { method = 'POST', path = '/v1/chat/completions', body = '', endlessBytes } = options
  return new Promise((resolve, reject) => {
    const outgoing = request({
      hostname,
      port,
      method,
      path,
      agent: false,
      headers: {
        'content-type': 'application/json',
        ...(endlessBytes === undefined ? { 'content-length': Buffer.byteLength(body) } : {}),
        ...(options.headers as Record<string, string | string[]>),
      },
    })
    let answered = false
    outgoing.on('response', (answer) => {
      answered = true
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => {
        outgoing.destroy()
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text: Buffer.concat(parts).toString('utf8'),
        })
      })
    })
    outgoing.on('error', (error) => {
      if (!answered) reject(error)
    })
    if (endlessBytes === undefined) {
      outgoing.end(body)
      return
    }
    const piece = Buffer.alloc(65_536, ' ')
    let left = endlessBytes
    const pump = (): void => {
      while (left > 0 && !answered) {
        left -= piece.length
        if (!outgoing.write(piece)) {
          outgoing.once('drain', pump)
          return
        }
      }
      if (!answered) outgoing.end()
    }
    pump()
  })
}
