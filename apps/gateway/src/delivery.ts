import { sseHeartbeat } from '@og/llm/upstream'
import type { Reply } from './reply.js'
import type { StreamWitness } from './stream-checkpoint.js'

/** The streaming side of an answer: server-sent events in the OpenAI shape. */
export interface Delivery {
  /** Sends events, already in the form of server-sent events. */
  readonly send: (text: string, events: number) => Promise<void>
  /** Sends the last text and ends the answer. */
  readonly finish: (text: string) => Promise<void>
  /** Ends an open stream with the event of a failure. */
  readonly fail: (text: string) => Promise<void>
  readonly started: () => boolean
  /** Stops the timers. */
  readonly close: () => void
}

/** Options of {@link createDelivery}. */
export interface DeliveryOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly witness: StreamWitness
  /** Called once, when the first event leaves. */
  readonly onFirstEvent: () => void
}

/** Silence after which a comment keeps proxies from cutting the connection. */
const heartbeatMs = 10_000
/** Longest time that what was sent stays without a signed checkpoint. */
const checkpointMs = 2000

/**
 * Creates the delivery of one stream. The head leaves with the first event, so that an early failure still has its own status; a provider
 * that thinks longer than a heartbeat costs that, and the head leaves with the heartbeat.
 */
export function createDelivery(reply: Reply, { headers, witness, onFirstEvent }: DeliveryOptions): Delivery {
  let head: Promise<void> | undefined
  let hasEvents = false
  let lastSent = Date.now()
  const timer = setInterval(() => {
    if (witness.hasNews()) void write(witness.comment())
    else if (Date.now() - lastSent >= heartbeatMs) void write(sseHeartbeat)
  }, checkpointMs)

  async function write(text: string): Promise<void> {
    lastSent = Date.now()
    head ??= reply.head(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, private, no-transform',
      'x-accel-buffering': 'no',
      ...headers,
    })
    await head
    await reply.write(Buffer.from(text, 'utf8'))
  }

  return {
    send: async (text, events) => {
      if (text === '') return
      if (!hasEvents) onFirstEvent()
      hasEvents = true
      witness.add(text, events)
      await write(witness.isDue() ? text + witness.comment() : text)
    },
    finish: async (text) => {
      await write(text)
      await reply.end()
    },
    fail: async (text) => {
      await write((witness.hasNews() ? witness.comment() : '') + text)
      await reply.end()
    },
    started: () => head !== undefined,
    close: () => clearInterval(timer),
  }
}
