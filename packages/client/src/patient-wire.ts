import type { World } from './defaults.js'
import type { InferenceWire } from './inference-wire.js'

/** How long an answer is waited for that the node still makes: a generation's time, and some. */
const PATIENCE_MS = 300_000
/** No node is asked more often, whatever it says. */
const LEAST_WAIT_MS = 1000

/**
 * Waits for a node that serves this very payment right now, because the connection broke under its first answer. That is no failure: the
 * payment is in use, its answer comes, and asking again for it costs nothing.
 */
export function createPatientWire(wire: InferenceWire, { sleep }: Pick<World, 'sleep'>): InferenceWire {
  return {
    async send(call) {
      for (let leftMs = PATIENCE_MS; ; ) {
        const response = await wire.send(call)
        const waitMs = waitMsOf(response)
        if (waitMs === undefined || waitMs > leftMs) return response
        leftMs -= waitMs
        await response.body?.cancel()
        await sleep(waitMs, call.signal)
      }
    },
  }
}

function waitMsOf({ status, headers }: Response): number | undefined {
  const seconds = status === 409 ? Number(headers.get('retry-after')) : 0
  return seconds > 0 ? Math.max(seconds * 1000, LEAST_WAIT_MS) : undefined
}
