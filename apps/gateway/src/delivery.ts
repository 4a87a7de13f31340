import { encodeSse, sseHeartbeat } from '@og/llm/upstream'
import { errorBodyOf, type GatewayError } from './gateway-error.js'
import type { Reply } from './reply.js'

/** The streaming side of an answer: server-sent events in the OpenAI shape. */
export interface Delivery {
  /** Sends text that is already in the form of server-sent events. */
  readonly send: (text: string) => Promise<void>
  /** Sends the last text and ends the answer. */
  readonly finish: (text: string) => Promise<void>
  /** Ends an open stream with an error chunk. */
  readonly fail: (error: GatewayError) => Promise<void>
  readonly started: () => boolean
  /** Stops the heartbeat. */
  readonly close: () => void
}

/** Silence after which a comment keeps proxies from cutting the connection. */
const heartbeatMs = 15_000

/** Creates the delivery of one stream. The head leaves with the first event, so that an early failure still has its own status. */
export function createDelivery(reply: Reply, headers: Readonly<Record<string, string>>): Delivery {
  const utf8 = new TextEncoder()
  let started = false
  let quiet = true
  let heartbeat: NodeJS.Timeout | undefined

  async function send(text: string): Promise<void> {
    if (text === '') return
    if (!started) {
      started = true
      await reply.head(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, private, no-transform',
        'x-accel-buffering': 'no',
        ...headers,
      })
      heartbeat = setInterval(() => {
        if (quiet) void reply.write(utf8.encode(sseHeartbeat))
        quiet = true
      }, heartbeatMs)
    }
    quiet = false
    await reply.write(utf8.encode(text))
  }

  return {
    send,
    finish: async (text) => {
      await send(text)
      await reply.end()
    },
    fail: async (error) => {
      await send(encodeSse(errorBodyOf(error)))
      await reply.end()
    },
    started: () => started,
    close: () => clearInterval(heartbeat),
  }
}
