import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createChatChunkEncoder, createCompletionChunkEncoder } from './chat-encoder.js'
import { encodeSse, sseDone, sseHeartbeat } from './encode-sse.js'
import { createSseBytes } from './sse-bytes.js'
import { createSseWriter } from './sse-writer.js'
import type { UpstreamEndpoint, UpstreamEvent } from './upstream.js'

const identity = { id: 'chatcmpl-1', created: 7, model: 'm"\u0000mark\u0000', includeUsage: true }
const usage = { prompt_tokens: 1 }
const read = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes)

const anyText = fc.string({ unit: 'binary', maxLength: 40 })
const anyEvent: fc.Arbitrary<UpstreamEvent> = fc.oneof(
  anyText.map((text) => ({ type: 'text-delta' as const, text })),
  anyText.map((text) => ({ type: 'reasoning-delta' as const, text })),
  anyText.map((text) => ({ type: 'refusal-delta' as const, text })),
  fc.record({ index: fc.nat(2), text: anyText }).map(({ index, text }) => ({
    type: 'tool-call-delta' as const,
    index,
    arguments: text,
  })),
  fc.nat(2).map((index) => ({ type: 'tool-call-delta' as const, index, id: `c${index}`, name: 'f', arguments: '{' })),
  fc.constant<UpstreamEvent>({ type: 'reasoning-detail', detail: { type: 'reasoning.text', signature: 's' } }),
)

describe('createSseWriter', () => {
  test.each<UpstreamEndpoint>(['chat.completions', 'completions'])(
    'default: %s, the same as the encoder',
    (endpoint) => {
      const create = endpoint === 'completions' ? createCompletionChunkEncoder : createChatChunkEncoder
      fc.assert(
        fc.property(fc.array(anyEvent, { maxLength: 30 }), fc.nat(5), (events, every) => {
          const encoder = create(identity)
          const writer = createSseWriter({ ...identity, endpoint })
          let expected = ''
          const taken: Uint8Array[] = []
          for (const [index, event] of events.entries()) {
            const chunks = encoder.push(event)
            expected += chunks.map(encodeSse).join('')
            expect(writer.push(event)).toBe(chunks.length)
            if (index % (every + 1) === 0) taken.push(writer.take())
          }
          const end = { usage, finishReason: 'stop' as const }
          expected += encoder.end(end).map(encodeSse).join('') + sseDone
          writer.end(end)
          taken.push(writer.take())
          // Read only now: what was taken must not have been written over.
          expect(taken.map(read).join('')).toBe(expected)
        }),
        { numRuns: 300 },
      )
    },
  )

  test('behavior: long texts, many tokens, heartbeats', () => {
    const writer = createSseWriter({ ...identity, endpoint: 'chat.completions' })
    const long = '🦊"\n'.repeat(30_000)
    const encoder = createChatChunkEncoder(identity)
    let expected = ''
    const taken: string[] = []
    for (const text of ['a', long, 'b', ...Array<string>(2000).fill('tok')]) {
      const event = { type: 'text-delta' as const, text }
      expected += encoder.push(event).map(encodeSse).join('') + sseHeartbeat
      writer.push(event)
      writer.heartbeat()
      taken.push(read(writer.take()))
    }
    expect(taken.join('')).toBe(expected)
    expect(writer.take()).toHaveLength(0)
  })

  test('error: an answer without an end', () => {
    const writer = createSseWriter({ ...identity, endpoint: 'chat.completions' })
    expect(() => writer.end({ usage: null })).toThrow(expect.objectContaining({ code: 'UPSTREAM_TRUNCATED' }))
  })
})

describe('createSseBytes', () => {
  test('behavior: every unit of UTF-16 is written as JSON writes it', () => {
    const bytes = createSseBytes()
    for (let code = 0; code <= 0xffff; code += 1) {
      const text = `a${String.fromCharCode(code)}b`
      bytes.json(text)
      const written = read(bytes.take())
      if (written !== JSON.stringify(text)) expect(written).toBe(JSON.stringify(text))
    }
    bytes.json('\ud83e')
    expect(read(bytes.take())).toBe(JSON.stringify('\ud83e'))
  })
})
