import type { AnswerEncoder, UpstreamEvent } from '@og/llm/upstream'
import type { JsonObject } from '@og/settlement'
import { errorBodyOf, type GatewayError } from './gateway-error.js'
import type { Reply } from './reply.js'

/** The streaming side of an answer: server-sent events in the OpenAI shape. */
export interface Delivery {
  readonly deliver: (event: UpstreamEvent) => Promise<void>
  /** The last chunk carries usage and receipt; nothing of a receipt leaves before it is committed. */
  readonly finish: (usage: JsonObject) => Promise<void>
  /** Ends an open stream with an error chunk. */
  readonly fail: (error: GatewayError) => Promise<void>
  readonly started: () => boolean
  /** Stops the heartbeat. */
  readonly close: () => void
}

/** Silence after which a comment keeps proxies from cutting the connection. */
const heartbeatMs = 15_000

/** Creates the delivery of one stream. The head leaves with the first event, so that an early failure still has its own status. */
export function createDelivery(options: {
  readonly encoder: AnswerEncoder
  readonly reply: Reply
  readonly headers: Readonly<Record<string, string>>
}): Delivery {
  const { encoder, reply } = options
  const utf8 = new TextEncoder()
  let started = false
  let quiet = true
  let heartbeat: NodeJS.Timeout | undefined

  async function start(): Promise<void> {
    if (started) return
    started = true
    await reply.head(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, private, no-transform',
      'x-accel-buffering': 'no',
      ...options.headers,
    })
    heartbeat = setInterval(() => {
      if (quiet) void reply.write(utf8.encode(': ping\n\n'))
      quiet = true
    }, heartbeatMs)
  }

  async function send(chunks: readonly JsonObject[]): Promise<void> {
    quiet = false
    for (const chunk of chunks) await reply.write(utf8.encode(`data: ${JSON.stringify(chunk)}\n\n`))
  }

  return {
    deliver: async (event) => {
      const chunks = encoder.chunksOf(event)
      if (chunks.length === 0) return
      await start()
      await send(chunks)
    },
    finish: async (usage) => {
      await start()
      await send(encoder.lastChunks(usage))
      await reply.write(utf8.encode('data: [DONE]\n\n'))
      await reply.end()
    },
    fail: async (error) => {
      await send([errorBodyOf(error)])
      await reply.end()
    },
    started: () => started,
    close: () => clearInterval(heartbeat),
  }
}
