import { hexOf } from '../../bytes/hex.js'
import { hashDstackEvent } from '../event-digest.js'
import { dstackEventType, type EventLog, type LogEvent, type RegisterIndex, type Registers } from '../event-log.js'
import { replayEventLog } from '../replay-event-log.js'

/** One made-up event; in RTMR3 and of dstack's type unless it says otherwise. */
export interface SimulatedEvent {
  readonly name: string
  readonly payload: Uint8Array
  readonly register?: RegisterIndex
  readonly type?: number
  /** Default 1. */
  readonly digestVersion?: 1 | 2
}

/** A made-up dstack log and what a TD's registers hold after it. */
export interface SimulatedEventLog {
  /** The log as dstack's guest agent writes it. */
  readonly text: string
  /** RTMR0 to RTMR3, for `SimulatedPlatform.quote({ rtMr })`. */
  readonly registers: Registers
}

/** Writes the log of a made-up dstack guest: the given events in their order, with their proper digests. */
export function encodeSimulatedEventLog(events: readonly SimulatedEvent[]): SimulatedEventLog {
  const entries = events.map((event): LogEvent => {
    const { name, payload, register = 3, type = dstackEventType, digestVersion = 1 } = event
    return { register, type, name, payload, digest: hashDstackEvent(event, digestVersion), digestVersion: null }
  })
  const log: EventLog = { format: 'dstack', events: entries }
  const json = entries.map(({ register, type, digest, name, payload }) => ({
    imr: register,
    event_type: type,
    digest: digest?.slice(2),
    event: name,
    event_payload: hexOf(payload).slice(2),
  }))
  return { text: JSON.stringify(json), registers: replayEventLog(log) }
}
