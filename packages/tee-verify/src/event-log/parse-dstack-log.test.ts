import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { QuoteError } from '../quote-error.js'
import { hashDstackEvent } from './event-digest.js'
import { parseDstackEventLog } from './parse-dstack-log.js'
import { replayEventLog } from './replay-event-log.js'

const folder = join(import.meta.dirname, '../../test/vectors/eventlog')
const text = readFileSync(join(folder, 'dstack-quote-report/event_log.json'), 'utf8')
const event = {
  imr: 3,
  event_type: 0x08000001,
  digest: hashDstackEvent({ name: 'app-id', payload: new Uint8Array([1, 2]) }).slice(2),
  event: 'app-id',
  event_payload: '0102',
}

describe('parseDstackEventLog', () => {
  it('default', () => {
    const log = parseDstackEventLog(text)
    expect(log.format).toBe('dstack')
    expect(log.events.length).toBe(28)
    expect(log.events.at(-1)).toMatchObject({ register: 3, type: 0x08000001, name: 'LIUM_MINER_HOTKEY' })
  })

  it('behavior: the digest of an event of dstack may be left to be computed', () => {
    const full = replayEventLog(parseDstackEventLog(JSON.stringify([event])))
    const { digest: _, ...bare } = event
    for (const entry of [bare, { ...event, digest: '' }, { ...event, version: 1 }]) {
      expect(replayEventLog(parseDstackEventLog(JSON.stringify([entry])))).toEqual(full)
    }
    const second = replayEventLog(parseDstackEventLog(JSON.stringify([{ ...bare, version: 2 }])))
    expect(second.rtMr3).not.toBe(full.rtMr3)
  })

  it.each<readonly [string, unknown]>([
    ['no array', { events: [] }],
    ['no object', [1]],
    ['register 4', [{ ...event, imr: 4 }]],
    ['register -1', [{ ...event, imr: -1 }]],
    ['a type of more than 32 bits', [{ ...event, event_type: 2 ** 32 }]],
    ['a short digest', [{ ...event, digest: 'ab' }]],
    ['no digest of a boot event', [{ ...event, imr: 0, event_type: 4, digest: '' }]],
    ['half a byte of payload', [{ ...event, event_payload: '0' }]],
    ['a payload that is no text', [{ ...event, event_payload: 1 }]],
    ['a name that is no text', [{ ...event, event: null }]],
    ['a name of 257 characters', [{ ...event, event: 'x'.repeat(257) }]],
    ['an unknown member', [{ ...event, extra: 1 }]],
    ['version 3', [{ ...event, version: 3 }]],
    ['version 0', [{ ...event, version: 0 }]],
    ['4097 events', Array.from({ length: 4097 }, () => ({ imr: 3 }))],
  ])('error: %s', (_, json) => {
    expect(() => parseDstackEventLog(JSON.stringify(json))).toThrow(QuoteError)
  })

  it.each(['', '[]}', '[],"x":[]', '[]]', '[{"imr":3,"imr":3}]', '[]//', 'null'])('error: %j', (json) => {
    expect(() => parseDstackEventLog(json)).toThrow(QuoteError)
  })

  it('error: cut off at any length', () => {
    const body = JSON.stringify([event])
    for (let length = 0; length < body.length; length += 1) {
      expect(() => parseDstackEventLog(body.slice(0, length))).toThrow(QuoteError)
    }
  })
})

describe('hashDstackEvent', () => {
  it('behavior: version 2 hashes the canonical JSON of the event', () => {
    const digest = hashDstackEvent({ name: 'a"b\n', payload: new Uint8Array([0xab]) }, 2)
    const json = '{"name":"a\\"b\\n","payload":"ab","type":134217729}'
    expect(digest).toBe(`0x${createHash('sha384').update(json).digest('hex')}`)
  })
})
