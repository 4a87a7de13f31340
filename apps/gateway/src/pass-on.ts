import type { UpstreamEvent } from '@og/llm/upstream'
import type { AnswerEncoder } from './answer-encoder.js'
import type { Delivery } from './delivery.js'
import type { Meter } from './meter.js'

/** What events go through on their way to the client. */
interface PassOnOptions {
  readonly meter: Meter
  readonly encoder: AnswerEncoder
  /** Absent for an answer that is not streamed. */
  readonly delivery: Delivery | undefined
  /** Aborts when nobody waits for the rest any more: what a slow reader holds up then is not passed on after the end. */
  readonly signal?: AbortSignal
}

/** Passes events on as they have come: together, but for the checkpoints between them. Tells whether the answer is full. */
export async function passOn(
  batch: readonly UpstreamEvent[],
  { meter, delivery, encoder, signal }: PassOnOptions,
): Promise<boolean> {
  let waiting = 0
  for (const event of batch) {
    const full = !meter.passes(event)
    if (!full) waiting += encoder.push(event)
    else for (const piece of meter.count(event).events) waiting += encoder.push(piece)
    if (delivery !== undefined && (full || waiting >= delivery.room())) {
      await delivery.send(encoder.take(), waiting)
      waiting = 0
    }
    if (full || signal?.aborted === true) return true
  }
  if (delivery !== undefined && waiting > 0) await delivery.send(encoder.take(), waiting)
  return false
}
