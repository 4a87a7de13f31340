import { sseHeartbeat } from '@og/llm/upstream'
import type { Reply } from './reply.js'
import type { StreamWitness } from './stream-checkpoint.js'

/** The streaming side of an answer: server-sent events in the OpenAI shape. */
export interface Delivery {
  /** Sends events, already in the form of server-sent events. */
  readonly send: (bytes: Uint8Array, events: number) => Promise<void>
  /** How many events may leave at once: after them stands a checkpoint. */
  readonly room: () => number
  /** Sends the last events and ends the answer. */
  readonly finish: (bytes: Uint8Array) => Promise<void>
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
const utf8 = new TextEncoder()
const heartbeat = utf8.encode(sseHeartbeat)

/**
 * Creates the delivery of one stream. The head leaves with the first event, so that an early failure still has its own status; a provider
 * that thinks longer than a heartbeat costs that, and the head leaves with the heartbeat.
 */
export function createDelivery(reply: Reply, { headers, witness, onFirstEvent }: DeliveryOptions): Delivery {
  let head: Promise<void> | undefined
  let hasEvents = false
  let lastSent = Date.now()
  const timer = setInterval(() => {
    const isSilent = Date.now() - lastSent >= heartbeatMs
    const comment = witness.hasNews() ? utf8.encode(witness.comment()) : isSilent ? heartbeat : undefined
    // Whoever sends the answer meets the same failure.
    if (comment !== undefined) write(comment).catch(() => undefined)
  }, checkpointMs)

  async function write(bytes: Uint8Array): Promise<void> {
    lastSent = Date.now()
    head ??= reply.head(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, private, no-transform',
      'x-accel-buffering': 'no',
      ...headers,
    })
    await head
    await reply.write(bytes)
  }

  return {
    send: async (bytes, events) => {
      if (bytes.length === 0) return
      if (!hasEvents) onFirstEvent()
      hasEvents = true
      witness.add(bytes, events)
      const sent = write(bytes)
      if (witness.room() <= 0) await write(utf8.encode(witness.comment()))
      await sent
    },
    room: witness.room,
    finish: async (bytes) => {
      await write(bytes)
      await reply.end()
    },
    fail: async (text) => {
      clearInterval(timer)
      await write(utf8.encode((witness.hasNews() ? witness.comment() : '') + text))
      await reply.end()
    },
    started: () => head !== undefined,
    close: () => clearInterval(timer),
  }
}
