import { afterAll, describe, expect, test } from 'vitest'
import { countUsage } from './count-usage.js'
import { createTokenCounter, estimateTokens } from './token-counter.js'

const counter = createTokenCounter({ timeoutMs: 60_000 })
afterAll(() => counter.close())

describe('createTokenCounter', () => {
  test('default: tokens of o200k_base, special names taken as the text that they are', async () => {
    // By OpenAI's own tokenizer: "Hello", ",", " how", " are", " you", "?".
    expect(await counter.count(['Hello, how are you?', '', 'a <|endoftext|> b'])).toEqual([6, 0, 9])
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(200)
    const [tokens = 0] = await counter.count([text])
    expect(Math.abs(tokens - 2001)).toBeLessThan(2001 * 0.02)
  })

  test('behavior: a run without spaces, characters of two units, half a pair: all are counted', async () => {
    const counts = await counter.count(['x'.repeat(100_000), '🦊'.repeat(1000), '\ud800'])
    expect(counts.every((count) => count > 0)).toBe(true)
  })

  test('behavior: what takes too long is estimated, and the next text is counted again', async () => {
    const hasty = createTokenCounter({ timeoutMs: 1 })
    const text = 'y'.repeat(1_000_000)
    expect(await hasty.count([text, 'abcde'])).toEqual([estimateTokens(text), 2])
    await hasty.close()
  })
})

describe('countUsage', () => {
  const transcript = { endpoint: 'chat.completions', content: 'Hello, how are you?', reasoning: 'Hello', toolCalls: [] }

  test('default: texts and frames of messages; the answer with its reasoning', async () => {
    const messages = [
      { role: 'system', content: 'Hello', name: 'Hello' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hello' },
          { type: 'image_url', image_url: { url: 'https://x.example/Hello' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'Hello', arguments: '{}' } }],
      },
    ]
    const request = { upstreamBody: { messages }, embeddings: undefined }
    const counted = await countUsage(counter, { request, transcript })
    const [texts = 0] = await counter.count(['Hello\nHello\nHello\nHello\n{}'])
    expect(counted).toEqual({ promptTokens: texts + 12, completionTokens: 7, reasoningTokens: 1 })
    const withTools = {
      ...request,
      upstreamBody: { messages, tools: [{ type: 'function', function: { name: 'look' } }] },
    }
    expect((await countUsage(counter, { request: withTools, transcript })).promptTokens).toBeGreaterThan(texts + 12)
  })

  test('behavior: completions, vectors, tool calls of the answer', async () => {
    const completion = { upstreamBody: { prompt: 'Hello' }, embeddings: undefined }
    const called = { endpoint: 'chat.completions', content: '', toolCalls: [{ id: 'a', name: 'Hello', arguments: '' }] }
    expect(await countUsage(counter, { request: completion, transcript: { text: 'Hello' } })).toEqual({
      promptTokens: 1,
      completionTokens: 1,
      reasoningTokens: 0,
    })
    expect((await countUsage(counter, { request: completion, transcript: called })).completionTokens).toBe(1)
    const vectors = { upstreamBody: {}, embeddings: { input: ['Hello', 'Hello'] } as never }
    expect((await countUsage(counter, { request: vectors, transcript: {} })).promptTokens).toBe(3)
  })
})
