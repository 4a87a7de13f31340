import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createDelivery } from './delivery.js'
import type { Reply } from './reply.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function deliveryOf(change: Partial<Reply> = {}) {
  const sent: string[] = []
  let firstEvents = 0
  let news = 0
  const reply: Reply = {
    signal: () => new AbortController().signal,
    head: async (status) => void sent.push(`<${status}>`),
    write: async (bytes) => void sent.push(Buffer.from(bytes).toString()),
    end: async () => void sent.push('<end>'),
    whole: async (status, _headers, bytes) => void sent.push(`<${status}>`, Buffer.from(bytes).toString(), '<end>'),
    ...change,
  }
  const witness = {
    add: (_bytes: Uint8Array, events: number) => {
      news += events
    },
    room: () => 3 - news,
    hasNews: () => news > 0,
    comment: () => {
      news = 0
      return ': signed\n\n'
    },
  }
  const onFirstEvent = (): void => {
    firstEvents += 1
  }
  const delivery = createDelivery(reply, { headers: {}, witness, onFirstEvent })
  return { delivery, sent, firstEvents: () => firstEvents }
}

test('a provider that thinks: the head and a heartbeat leave before its first byte', async () => {
  const { delivery, sent, firstEvents } = deliveryOf()
  await vi.advanceTimersByTimeAsync(8000)
  expect([sent, delivery.started()]).toEqual([[], false])
  await vi.advanceTimersByTimeAsync(4000)
  expect([sent, delivery.started(), firstEvents()]).toEqual([['<200>', ': ping\n\n'], true, 0])
  await delivery.send(Buffer.from('data: 1\n\n'), 1)
  await delivery.send(Buffer.from('data: 2\n\n'), 1)
  expect(firstEvents()).toBe(1)
  delivery.close()
  expect(sent.slice(2)).toEqual(['data: 1\n\n', 'data: 2\n\n'])
})

test('a checkpoint after enough events, and after two seconds of fewer', async () => {
  const { delivery, sent } = deliveryOf()
  for (const text of ['a', 'b', 'c', 'd']) await delivery.send(Buffer.from(text), 1)
  expect(sent).toEqual(['<200>', 'a', 'b', 'c', ': signed\n\n', 'd'])
  await vi.advanceTimersByTimeAsync(2000)
  expect(sent.at(-1)).toBe(': signed\n\n')
  await vi.advanceTimersByTimeAsync(4000)
  expect(sent.length).toBe(7)
  delivery.close()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(sent.length).toBe(7)
})

test('F20: a stream that breaks leaves a checkpoint over what was sent, then the error, then nothing', async () => {
  const { delivery, sent } = deliveryOf()
  await delivery.send(Buffer.from('data: 1\n\n'), 1)
  await delivery.fail('data: {"error":{}}\n\n')
  delivery.close()
  expect(sent.at(-2)).toBe(': signed\n\ndata: {"error":{}}\n\n')
  expect(sent.at(-1)).toBe('<end>')
  expect(sent.join('')).not.toContain('[DONE]')
})

test('F20: nothing is written after the error, however slowly it is read', async () => {
  const { delivery, sent } = deliveryOf({ end: () => new Promise(() => undefined) })
  await delivery.send(Buffer.from('data: 1\n\n'), 1)
  void delivery.fail('data: {"error":{}}\n\n')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(sent.at(-1)).toBe(': signed\n\ndata: {"error":{}}\n\n')
})
