import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { QuoteError } from '../quote-error.js'
import { isPayloadMeasured } from './event-digest.js'
import { parseCcel } from './parse-ccel.js'
import { replayEventLog } from './replay-event-log.js'

const folder = join(import.meta.dirname, '../../test/vectors/eventlog')
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)))
const whole = read('gcp-cos113-ccel/ccel.bin')
/** The log without the unused memory behind it. */
const log = whole.slice(0, 18_101)
const headerLength = 65

/** A copy with one change. */
function changed(change: (bytes: Uint8Array, view: DataView) => void): Uint8Array {
  const bytes = log.slice()
  change(bytes, new DataView(bytes.buffer))
  return bytes
}

/** Where events end: computed from the sizes alone. */
function bordersOf(bytes: Uint8Array): readonly number[] {
  const view = new DataView(bytes.buffer)
  const borders = [headerLength]
  for (let offset = headerLength; offset + 66 <= bytes.length; ) {
    offset += 66 + view.getUint32(offset + 62, true)
    if (offset <= bytes.length) borders.push(offset)
  }
  return borders
}

describe('parseCcel', () => {
  it.each(['gcp-cos113-ccel', 'trustee-CCEL_data'])('default: %s replays to the registers of its vector', (name) => {
    const { events, replayedRtmr } = JSON.parse(new TextDecoder().decode(read(`${name}/vector.json`)))
    const parsed = parseCcel(read(`${name}/ccel.bin`))
    expect(parsed.events.length).toBe(events)
    expect(Object.values(replayEventLog(parsed)).map((value) => value.slice(2))).toEqual(replayedRtmr)
  })

  it('behavior: unused memory behind the log may be absent, 0xFF or zero', () => {
    const zeros = new Uint8Array([...log, ...new Uint8Array(64)])
    for (const bytes of [log, zeros]) expect(parseCcel(bytes)).toEqual(parseCcel(whole))
  })

  it('behavior: says which payloads are what was measured', () => {
    const { events } = parseCcel(log)
    const separators = events.filter(({ type }) => type === 4)
    expect(separators.length).toBeGreaterThan(0)
    expect(separators.every(isPayloadMeasured)).toBe(true)
    expect(events.some((event) => !isPayloadMeasured(event))).toBe(true)
  })

  it('error: cut off at any length', () => {
    const short = log.slice(0, 4000)
    const borders: number[] = []
    for (let length = 0; length <= short.length; length += 1) {
      try {
        parseCcel(short.slice(0, length))
        borders.push(length)
      } catch (error) {
        expect(error).toBeInstanceOf(QuoteError)
      }
    }
    // A log may end between two events; only the registers of a quote tell that some are missing.
    expect(borders).toEqual(bordersOf(short))
  })

  it.each<readonly [string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['no signature', changed((bytes) => bytes.set([0x58], 32))],
    ['a digest in the header', changed((bytes) => bytes.set([1], 8))],
    ['another type of header', changed((bytes) => bytes.set([4], 4))],
    ['version 1', changed((bytes) => bytes.set([1], 32 + 16 + 5))],
    ['no algorithm', changed((_, view) => view.setUint32(32 + 24, 0, true))],
    ['more algorithms than the header holds', changed((_, view) => view.setUint32(32 + 24, 2, true))],
    ['SHA-384 of 32 bytes', changed((_, view) => view.setUint16(32 + 30, 32, true))],
    ['SHA-256 instead of SHA-384', changed((_, view) => view.setUint16(32 + 28, 0x0b, true))],
    ['an event without digest', changed((_, view) => view.setUint32(headerLength + 8, 0, true))],
    ['a count of digests that overflows', changed((_, view) => view.setUint32(headerLength + 8, 0xffffffff, true))],
    ['a digest of another algorithm', changed((_, view) => view.setUint16(headerLength + 12, 0x0b, true))],
    ['a payload size that overflows', changed((_, view) => view.setUint32(headerLength + 62, 0xffffffff, true))],
    ['register 0', changed((_, view) => view.setUint32(headerLength, 0, true))],
    ['register 5', changed((_, view) => view.setUint32(headerLength, 5, true))],
    ['bytes after the end', new Uint8Array([...log, 0xff, 0xff, 0xff, 0xff, 0])],
  ])('error: %s', (_, bytes) => {
    expect(() => parseCcel(bytes)).toThrow(QuoteError)
  })

  test.prop([fc.nat({ max: 1999 }), fc.uint8Array({ minLength: 1, maxLength: 4 })])(
    'property: a damaged log is read or refused, never anything else',
    (offset, bytes) => {
      const damaged = log.slice(0, 2000)
      damaged.set(bytes.slice(0, damaged.length - offset), offset)
      try {
        expect(parseCcel(damaged).events.length).toBeLessThan(43)
      } catch (error) {
        expect(error).toBeInstanceOf(QuoteError)
      }
    },
  )

  it('error: too large, too many events', () => {
    expect(() => parseCcel(new Uint8Array(5_000_000))).toThrow('event log of')
    const event = log.slice(headerLength, headerLength + 66 + 42)
    const many = new Uint8Array(headerLength + event.length * 4097)
    many.set(log.slice(0, headerLength))
    for (let index = 0; index < 4097; index += 1) many.set(event, headerLength + index * event.length)
    expect(() => parseCcel(many)).toThrow('more than 4096 events')
  })
})

describe('parseCcel, several digests', () => {
  const u16 = (value: number): readonly number[] => [value & 0xff, value >>> 8]
  const u32 = (value: number): readonly number[] => [...u16(value & 0xffff), ...u16(value >>> 16)]
  const digest = (algorithm: number, length: number): readonly number[] => [
    ...u16(algorithm),
    ...Array.from({ length }, () => algorithm),
  ]
  const sha256 = digest(0x0b, 32)
  const sha384 = digest(0x0c, 48)
  const header = (after: readonly number[] = []): readonly number[] => {
    const spec = [...new TextEncoder().encode('Spec ID Event03\0'), 0, 0, 0, 0, 0, 2, 0, 2]
    const body = [...spec, ...u32(2), ...u16(0x0b), ...u16(32), ...u16(0x0c), ...u16(48), 0, ...after]
    return [...u32(1), ...u32(3), ...new Uint8Array(20), ...u32(body.length), ...body]
  }
  const event = (options: { register?: number; type?: number; digests: readonly (readonly number[])[] }): number[] => {
    const { register = 1, type = 4, digests } = options
    return [...u32(register), ...u32(type), ...u32(digests.length), ...digests.flat(), ...u32(1), 7]
  }
  const parse = (...parts: readonly (readonly number[])[]): ReturnType<typeof parseCcel> =>
    parseCcel(Uint8Array.from(parts.flat()))

  it('default: takes the SHA-384 of each event, in either order', () => {
    const { events } = parse(
      header(),
      event({ digests: [sha256, sha384] }),
      event({ register: 4, digests: [sha384, sha256] }),
    )
    expect(events.map(({ register, digest }) => [register, digest])).toEqual([
      [0, `0x${'0c'.repeat(48)}`],
      [3, `0x${'0c'.repeat(48)}`],
    ])
  })

  it('behavior: EV_NO_ACTION extends nothing, whatever register it names', () => {
    const silent = parse(header(), event({ register: 0, type: 3, digests: [sha256, sha384] }))
    expect(silent.events).toMatchObject([{ register: null, type: 3 }])
    expect(new Set(Object.values(replayEventLog(silent)))).toEqual(new Set([`0x${'00'.repeat(48)}`]))
  })

  it('error: a digest missing, doubled, or more than announced; bytes after the header', () => {
    for (const digests of [[sha384], [sha256], [sha384, sha384], [sha256, sha384, sha384], []]) {
      expect(() => parse(header(), event({ digests }))).toThrow(QuoteError)
    }
    expect(() => parse(header([0]), event({ digests: [sha256, sha384] }))).toThrow('unexpected bytes')
  })
})
