import { bytesOfHexDigits } from '../bytes/hex.js'
import { createJsonFields, type JsonFields } from '../json/json-fields.js'
import { parseStrictJson, type StrictJson } from '../json/strict-json.js'
import { QuoteError } from '../quote-error.js'
import { dstackEventType, type EventLog, type LogEvent, maximumEvents, type RegisterIndex } from './event-log.js'

const maximumNameLength = 256
const maximumPayloadDigits = 131_072
const members: readonly string[] = ['imr', 'event_type', 'digest', 'event', 'event_payload', 'version']

/**
 * Parses the event log of dstack's guest agent, a JSON array of events whose registers count from 0. A digest may be left out
 * (or empty) only where it can be computed, that is for dstack's own events.
 * @throws QuoteError `BAD_JSON`, `BAD_EVENT_LOG`, `BAD_INPUT`, `TOO_LARGE`
 */
export function parseDstackEventLog(text: string): EventLog {
  // The strict reader takes objects only. One member must remain, so the text cannot close the object and open others.
  const { value } = parseStrictJson(`{"events":${text}}`)
  const events = value.get('events')
  if (value.size !== 1 || !isList(events)) throw new QuoteError('BAD_EVENT_LOG', 'expected an array of events')
  if (events.length > maximumEvents) throw new QuoteError('TOO_LARGE', `more than ${maximumEvents} events`)
  return { format: 'dstack', events: events.map(parseEvent) }
}

function parseEvent(json: StrictJson, index: number): LogEvent {
  const path = `events[${index}]`
  const fields = createJsonFields(json, { code: 'BAD_EVENT_LOG', path })
  if (json instanceof Map && [...json.keys()].some((name) => !members.includes(name))) {
    throw new QuoteError('BAD_EVENT_LOG', `${path}: unknown member`)
  }
  const type = fields.number('event_type', 0xffffffff)
  const name = fields.text('event')
  const digits = fields.text('event_payload')
  if (name.length > maximumNameLength || digits.length > maximumPayloadDigits) {
    throw new QuoteError('TOO_LARGE', `${path}: name or payload is too long`)
  }
  const isComputed = !fields.has('digest') || fields.text('digest') === ''
  if (isComputed && type !== dstackEventType) throw new QuoteError('BAD_EVENT_LOG', `${path}: no digest`)
  return {
    register: fields.number('imr', 3) as RegisterIndex,
    type,
    digest: isComputed ? null : fields.hex('digest', 48),
    name,
    payload: bytesOfHexDigits(digits),
    digestVersion: fields.has('version') ? digestVersionOf(fields) : null,
  }
}

function digestVersionOf(fields: JsonFields): 1 | 2 {
  const version = fields.number('version', 2)
  if (version !== 1 && version !== 2) throw new QuoteError('BAD_EVENT_LOG', `digest version ${version}`)
  return version
}

function isList(value: StrictJson | undefined): value is readonly StrictJson[] {
  return Array.isArray(value)
}
