import { fc, test as property } from '@fast-check/vitest'
import type { UpstreamEvent } from '@og/llm/upstream'
import { describe, expect, test } from 'vitest'
import { meterOf } from './meter.js'

const text = (value: string): UpstreamEvent => ({ type: 'text-delta', text: value })
const usage = (counts: Partial<Extract<UpstreamEvent, { type: 'usage' }>['usage']>): UpstreamEvent => ({
  type: 'usage',
  usage: { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0, reasoningTokens: 0, ...counts },
})
const open = { maxCompletionTokens: 100n, byteLimit: undefined }

/** What of these pieces a limit lets through. */
function passedOf(pieces: readonly string[], byteLimit: number): string {
  const meter = meterOf({ maxCompletionTokens: 1000n, byteLimit })
  let passed = ''
  for (const piece of pieces) {
    const { events, full } = meter.count(text(piece))
    for (const event of events) if (event.type === 'text-delta') passed += event.text
    if (full) break
  }
  return passed
}

describe('what passes', () => {
  test('everything below the ceiling, unchanged', () => {
    const meter = meterOf(open)
    const events: UpstreamEvent[] = [
      text('hello'),
      { type: 'tool-call-delta', index: 0, id: 'a', name: 'look', arguments: '{}' },
      { type: 'finish', reason: 'stop' },
    ]
    expect(meter.hasDelivered()).toBe(false)
    for (const event of events) expect(meter.count(event)).toEqual({ events: [event], full: false })
    expect(meter.hasDelivered()).toBe(true)
  })

  test('text is cut where the bytes end, never inside a character', () => {
    const meter = meterOf({ maxCompletionTokens: 100n, byteLimit: 6 })
    expect(meter.count(text('abc')).full).toBe(false)
    expect(meter.count(text('dé🦊'))).toEqual({
      events: [text('dé'), { type: 'finish', reason: 'length' }],
      full: true,
    })
  })

  test('a tool call that does not fit is dropped whole', () => {
    const meter = meterOf({ maxCompletionTokens: 100n, byteLimit: 6 })
    const call: UpstreamEvent = { type: 'tool-call-delta', index: 0, arguments: '{"city":"Dallas"}' }
    expect(meter.count(call)).toEqual({ events: [{ type: 'finish', reason: 'length' }], full: true })
    expect(meter.hasDelivered()).toBe(false)
  })

  test('128 bytes for each paid token, for providers that ignore their own ceiling', () => {
    const meter = meterOf({ maxCompletionTokens: 2n, byteLimit: undefined })
    expect(meter.count(text('x'.repeat(256))).full).toBe(false)
    expect(meter.count(text('x')).full).toBe(true)
  })

  test('D8: what is recorded is counted as it is recorded: quotes and line ends twice, control characters six times', () => {
    for (const [character, most] of [
      ['a', 60],
      ['"', 30],
      ['\n', 30],
      ['\u0001', 10],
      ['é', 30],
    ] as const) {
      const meter = meterOf({ maxCompletionTokens: 1000n, byteLimit: 60 })
      const { events, full } = meter.count(text(character.repeat(100)))
      expect([events[0], full]).toEqual([text(character.repeat(most)), true])
      // Nobody pays for the record of an answer that is not recorded.
      expect(meterOf(open).count(text(character.repeat(100))).full).toBe(false)
    }
  })

  test('D8: calls of a tool are recorded with their names and braces, however little is in them', () => {
    const meter = meterOf({ maxCompletionTokens: 1000n, byteLimit: 1000 })
    const call = (index: number): UpstreamEvent => ({ type: 'tool-call-delta', index, id: 'call_1', arguments: '' })
    let calls = 0
    while (!meter.count(call(calls)).full) calls += 1
    const recorded = { arguments: '', id: 'call_1', name: '' }
    expect(JSON.stringify(Array(calls).fill(recorded)).length).toBeLessThanOrEqual(1000)
    expect(calls).toBeGreaterThan(10)
  })

  property.prop([fc.array(fc.string({ unit: 'binary', maxLength: 20 })), fc.integer({ min: 0, max: 200 })])(
    'never more bytes of a record than the limit',
    (pieces, byteLimit) => {
      const passed = passedOf(pieces, byteLimit)
      expect(new TextEncoder().encode(JSON.stringify(passed)).length - 2).toBeLessThanOrEqual(byteLimit)
      expect(pieces.join('').startsWith(passed)).toBe(true)
    },
  )

  property.prop([fc.array(fc.string({ unit: 'grapheme', maxLength: 20 })), fc.integer({ min: 0, max: 200 })])(
    'never more bytes than the limit, and always a prefix of what came',
    (pieces, byteLimit) => {
      const passed = passedOf(pieces, byteLimit)
      expect(new TextEncoder().encode(passed).length).toBeLessThanOrEqual(byteLimit)
      expect(pieces.join('').startsWith(passed)).toBe(true)
    },
  )
})

describe('what is charged', () => {
  test("the provider's counts when it gives them", () => {
    const meter = meterOf(open)
    meter.count(text('hello'))
    meter.count(usage({ promptTokens: 9, cachedPromptTokens: 4, completionTokens: 3, reasoningTokens: 2 }))
    expect(meter.usage({ promptTokens: 40n })).toEqual({
      promptTokens: 9n,
      cachedPromptTokens: 4n,
      completionTokens: 3n,
      reasoningTokens: 2n,
      source: 'upstream',
    })
  })

  test('never more than what was quoted, and parts never above their whole', () => {
    const meter = meterOf({ maxCompletionTokens: 10n, byteLimit: undefined })
    meter.count(usage({ promptTokens: 1e6, cachedPromptTokens: 1e6, completionTokens: 1e6, reasoningTokens: 1e6 }))
    expect(meter.usage({ promptTokens: 40n })).toEqual({
      promptTokens: 40n,
      cachedPromptTokens: 40n,
      completionTokens: 10n,
      reasoningTokens: 10n,
      source: 'upstream',
    })
  })

  test('a count of our own otherwise, within the same bounds', () => {
    const meter = meterOf(open)
    meter.count(text('12345'))
    expect(meter.isReported()).toBe(false)
    const counted = { promptTokens: 7, completionTokens: 3, reasoningTokens: 1 }
    expect(meter.usage({ promptTokens: 40n }, counted)).toEqual({
      promptTokens: 7n,
      cachedPromptTokens: 0n,
      completionTokens: 3n,
      reasoningTokens: 1n,
      source: 'counted',
    })
    const most = { promptTokens: 1e6, completionTokens: 1e6, reasoningTokens: 1e6 }
    expect(meter.usage({ promptTokens: 40n }, most)).toMatchObject({
      promptTokens: 40n,
      completionTokens: 100n,
      reasoningTokens: 100n,
    })
    meter.count(usage({ promptTokens: 9 }))
    expect([meter.isReported(), meter.usage({ promptTokens: 40n }, counted).promptTokens]).toEqual([true, 9n])
  })
})
