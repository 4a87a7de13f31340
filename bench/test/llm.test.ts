import { describe, expect, test } from 'vitest'
import { loadSides } from '../src/llm/load-sides.js'
import { recordStream, responseOf } from '../src/llm/recorded-stream.js'

describe('llm', () => {
  test.each([1, 64])('a recorded stream has its events in pieces of %i', async (eventsPerPiece) => {
    const stream = recordStream(200, eventsPerPiece)
    const text = await responseOf(stream).text()
    const events = text.split('\n\n').filter((event) => event !== '')
    // A role, the tokens, a finish reason, usage and the end mark.
    expect(events).toHaveLength(204)
    expect(stream.pieces).toHaveLength(Math.ceil(204 / eventsPerPiece))
  })

  test('every side reads all of a stream and of a call', async () => {
    const { createCallers, streamReaders } = await loadSides()
    for (const eventsPerPiece of [1, 64]) {
      const stream = recordStream(130, eventsPerPiece)
      for (const read of Object.values(streamReaders)) expect(await read(stream)).toBe(stream.textLength)
    }
    const choices = [{ index: 0, message: { role: 'assistant', content: 'four' }, finish_reason: 'stop' }]
    const callers = createCallers(
      JSON.stringify({ id: 'a', object: 'chat.completion', created: 1, model: 'm', choices }),
    )
    for (const call of Object.values(callers)) expect(await call()).toBe(4)
  })
})
