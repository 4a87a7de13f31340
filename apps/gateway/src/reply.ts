import type { ServerResponse } from 'node:http'
import type { ResponseSealer } from '@og/tee-verify/channel'
import { corsHeaders } from './cors.js'

/** Where an answer goes: the same few steps for a plain and for a sealed answer. */
export interface Reply {
  /** A signal that aborts when the client is gone; made when first asked for. */
  readonly signal: () => AbortSignal
  readonly head: (status: number, headers: Readonly<Record<string, string>>) => Promise<void>
  /** Hands bytes over; resolves when more are welcome. What is written within one tick leaves together. */
  readonly write: (bytes: Uint8Array) => Promise<void>
  readonly end: () => Promise<void>
  /** An answer whose end is known: with its length, and in one piece. */
  readonly whole: (status: number, headers: Readonly<Record<string, string>>, bytes: Uint8Array) => Promise<void>
}

/** Above this many waiting bytes a writer waits for the client. */
const highWaterBytes = 65_536
/** A client that takes nothing for this long is gone, whatever its socket says. */
const writeStallMs = 60_000

/** A reply on a raw response; with a sealer, everything but the outer status travels encrypted. */
export function createReply(
  response: ServerResponse,
  sealer?: ResponseSealer,
  { stallMs = writeStallMs }: { readonly stallMs?: number } = {},
): Reply {
  // It may be gone already: the request was read and unsealed before.
  let isGone = response.destroyed
  // Made when somebody looks at it: nobody does for an answer that is sent whole.
  let controller: AbortController | undefined
  const leave = (): void => {
    isGone = true
    controller?.abort()
  }
  response.on('close', () => {
    if (!response.writableFinished) leave()
  })
  response.on('error', leave)

  function signal(): AbortSignal {
    controller ??= new AbortController()
    if (isGone) controller.abort()
    return controller.signal
  }

  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  let flushing: Promise<void> | undefined

  async function send(bytes: Uint8Array): Promise<void> {
    if (isGone) return
    const more = response.write(bytes)
    if (more) return
    await new Promise<void>((resolve) => {
      const stalled = setTimeout(() => response.destroy(), stallMs)
      const done = (): void => {
        clearTimeout(stalled)
        response.off('drain', done)
        signal().removeEventListener('abort', done)
        resolve()
      }
      response.once('drain', done)
      signal().addEventListener('abort', done, { once: true })
    })
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const chunk = concat(waiting, waitingBytes)
      waiting = []
      waitingBytes = 0
      await send(sealer === undefined ? chunk : await sealer.chunk(chunk))
    }
  }

  function scheduleFlush(): Promise<void> {
    flushing ??= new Promise<void>((resolve) => {
      setImmediate(() => {
        flush()
          // What is missing in the middle must not look like the whole.
          .catch(() => {
            leave()
            response.destroy()
          })
          .finally(() => {
            flushing = undefined
            resolve()
          })
      })
    })
    return flushing
  }

  const reply: Reply = {
    signal,
    head: async (status, headers) => {
      if (isGone) return
      if (sealer === undefined) {
        response.writeHead(status, headers)
        return
      }
      response.writeHead(200, {
        'content-type': 'application/og-sealed',
        'cache-control': 'no-store, private',
        ...corsHeaders,
      })
      await send(await sealer.head({ status, headers }))
    },
    write: async (bytes) => {
      waiting.push(bytes)
      waitingBytes += bytes.length
      const flushed = scheduleFlush()
      if (waitingBytes > highWaterBytes) await flushed
    },
    end: async () => {
      while (flushing !== undefined || waiting.length > 0) await (flushing ?? scheduleFlush())
      if (sealer !== undefined) await send(await sealer.end())
      if (!isGone) response.end()
    },
    whole: async (status, headers, bytes) => {
      if (isGone) return
      if (sealer === undefined && bytes.length < response.writableHighWaterMark) {
        response.writeHead(status, { 'content-length': bytes.length.toString(), ...headers })
        response.end(bytes)
        return
      }
      await reply.head(status, headers)
      await reply.write(bytes)
      await reply.end()
    },
  }
  return reply
}

function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts, length)
}
