import { hexOf } from '../../bytes/hex.js'
import { hashDstackEvent } from '../event-digest.js'
import { dstackEventType, type EventLog, type LogEvent, type RegisterIndex, type Registers } from '../event-log.js'
import { replayEventLog } from '../replay-event-log.js'

/** What is wrong with a simulated dstack log. */
export type SimulatedEventLogFault =
  | 'changed-payload'
  | 'changed-digest'
  | 'dropped-event'
  | 'swapped-events'
  | 'unknown-member'
  | 'unknown-register'
  | 'not-json'

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
  /** RTMR0 to RTMR3, for `SimulatedPlatform.quote({ rtMr })`: those of the events as given, whatever the fault is. */
  readonly registers: Registers
}

/** What dstack's guest writes for an application with these 32 bytes of compose hash, up to and with `system-ready`. */
export function simulatedDstackEvents(composeHash: Uint8Array): readonly SimulatedEvent[] {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value)
  return [
    { name: 'system-preparing', payload: new Uint8Array() },
    { name: 'app-id', payload: composeHash.slice(0, 20) },
    { name: 'compose-hash', payload: composeHash },
    { name: 'instance-id', payload: composeHash.slice(12) },
    { name: 'key-provider', payload: text('{"name":"local-sgx","id":"simulated"}') },
    { name: 'system-ready', payload: new Uint8Array() },
  ]
}

/** Writes the log of a made-up dstack guest: the given events in their order, with one fault in the last of them if one is named. */
export function encodeSimulatedEventLog(
  events: readonly SimulatedEvent[],
  options: { readonly fault?: SimulatedEventLogFault } = {},
): SimulatedEventLog {
  const { fault } = options
  const entries = events.map((event): LogEvent => {
    const { name, payload, register = 3, type = dstackEventType, digestVersion = 1 } = event
    return { register, type, name, payload, digest: hashDstackEvent(event, digestVersion), digestVersion: null }
  })
  const log: EventLog = { format: 'dstack', events: entries }
  const json = entries.map(({ register, type, digest, name, payload }, index) => {
    const faultHere = index === entries.length - 1 ? fault : undefined
    const digits = hexOf(payload).slice(2)
    return {
      imr: faultHere === 'unknown-register' ? 4 : register,
      event_type: type,
      digest: faultHere === 'changed-digest' ? '00'.repeat(48) : digest?.slice(2),
      event: name,
      event_payload: faultHere === 'changed-payload' ? `${digits}00` : digits,
      ...(faultHere === 'unknown-member' ? { note: '' } : {}),
    }
  })
  if (fault === 'dropped-event') json.pop()
  if (fault === 'swapped-events') json.reverse()
  const text = JSON.stringify(json)
  return { text: fault === 'not-json' ? text.slice(0, -1) : text, registers: replayEventLog(log) }
}
