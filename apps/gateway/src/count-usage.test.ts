import { fc, test as property } from '@fast-check/vitest'
import { canonicalize, type JsonObject } from '@og/settlement'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { afterAll, describe, expect, test } from 'vitest'
import { countUsage } from './count-usage.js'
import { createPriceTable, type PromptCount } from './prices.js'
import { type BoundedRequest, promptBoundOf, promptCountFor } from './prompt-bound.js'
import { createPromptCounter, type PromptCounterOptions } from './prompt-counter.js'
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

  test('default: texts and frames of messages, pictures; the answer with its reasoning', async () => {
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
    // The picture is read by the provider, also for who leaves before it has said so.
    expect(counted).toEqual({ promptTokens: texts + 12 + 1500, completionTokens: 7, reasoningTokens: 1 })
    const withTools = {
      ...request,
      upstreamBody: { messages, tools: [{ type: 'function', function: { name: 'look' } }] },
    }
    expect((await countUsage(counter, { request: withTools, transcript })).promptTokens).toBeGreaterThan(texts + 1512)
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

describe('the bound of a prompt', () => {
  const prices = createPriceTable(undefined, 6)
  const own: PromptCount = { tokenizer: 'o200k_base' }
  const foreign: PromptCount = { tokenizer: 'o200k_base', percent: 200 }
  const bytesOf = (body: string): bigint => BigInt(Buffer.byteLength(body))

  async function boundOf(rule: PromptCount, body: string): Promise<bigint> {
    const counted = await counter.countExactly(body, rule.tokenizer)
    if (counted === undefined) throw new Error('not counted')
    return promptBoundOf(rule, { counted: counted.tokens, body, bytes: bytesOf(body) })
  }

  function chatOf(...texts: readonly string[]): JsonObject {
    return { model: 'openai/gpt-4o', messages: texts.map((content) => ({ role: 'user', content })) }
  }

  function requestOf(body: JsonObject, names: readonly string[] = ['openai/gpt-4o']): BoundedRequest {
    const [model, ...fallbacks] = names.map((name) => prices.resolve(name)).filter((found) => found !== undefined)
    if (model === undefined) throw new Error(`no model ${names[0]}`)
    const canonicalBody = canonicalize(body)
    return { model, fallbacks, canonicalBody, upstreamBody: body, promptTokens: bytesOf(canonicalBody) }
  }

  const characters = fc.oneof(
    fc.string({ maxLength: 600, unit: 'grapheme' }),
    fc.string({ maxLength: 600, unit: 'binary' }),
    fc.string({
      maxLength: 600,
      unit: fc.constantFrom(' ', '\n', '"', '\\', '漢', '🦊', 'a', 'A', '1', "'s", '<|endoftext|>'),
    }),
  )

  property.prop([fc.array(characters, { minLength: 1, maxLength: 4 })], { numRuns: 150 })(
    'is never above the bytes, and never below the texts with what a chat puts around them',
    async (texts) => {
      const body = canonicalize(chatOf(...texts))
      const counts = await counter.count(texts)
      const least = counts.reduce((sum, count) => sum + count + 4, 3)
      for (const rule of [own, foreign]) {
        const bound = await boundOf(rule, body)
        expect(bound).toBeLessThanOrEqual(bytesOf(body))
        expect(bound).toBeGreaterThanOrEqual(BigInt(least))
      }
    },
  )

  /** Pieces as the specification of quotes cuts them. */
  function piecesOf(body: string): readonly string[] {
    if (body.length <= 256) return [body]
    const space = body.lastIndexOf(' ', 256)
    const splitsPair = /[\ud800-\udbff]/.test(body.charAt(255))
    const length = space >= 129 ? space : splitsPair ? 255 : 256
    return [body.slice(0, length), ...piecesOf(body.slice(length))]
  }

  property.prop([fc.array(characters, { minLength: 1, maxLength: 4 })], { numRuns: 50 })(
    'is counted piece by piece, as an auditor does',
    async (texts) => {
      const body = canonicalize(chatOf(...texts))
      const plain = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() }
      const sum = piecesOf(body).reduce((total, piece) => total + countTokens(piece, plain), 0)
      expect((await counter.countExactly(body, 'o200k_base'))?.tokens).toBe(sum)
    },
  )

  test('default: English is about a quarter of its bytes, half for another family; digits and other scripts count there by their bytes', async () => {
    const english = 'The quick brown fox jumps over the lazy dog, and nobody in the village asks why. '.repeat(25)
    const body = canonicalize(chatOf(english))
    expect(Number(await boundOf(own, body)) / body.length).toBeLessThan(0.28)
    expect(Number(await boundOf(foreign, body)) / body.length).toBeLessThan(0.52)
    expect(await boundOf(foreign, '7'.repeat(400))).toBe(400n)
    expect(await boundOf(foreign, '模型'.repeat(200))).toBe(1200n)
    // A run that one vocabulary knows as a whole and others do not.
    expect(await boundOf(own, ' '.repeat(400))).toBeLessThan(10n)
    expect(await boundOf(foreign, ' '.repeat(400))).toBe(100n)
  })

  test('default: vectors are counted by the tokenizer of their models', async () => {
    const text = 'தமிழ் மொழியில் எழுதப்பட்ட உரை'
    const [o200k, cl100k] = await Promise.all([
      counter.countExactly(text, 'o200k_base'),
      counter.countExactly(text, 'cl100k_base'),
    ])
    expect(cl100k?.tokens).toBeGreaterThan(o200k?.tokens ?? 0)
  })

  test.each<[string, number]>([
    ['x', 262_144],
    [' ', 262_144],
    ['aB', 131_072],
    ["a's", 87_381],
    ['模型漢字', 65_536 / 3],
    ['🦊👩‍👩‍👧', 11_915],
    ['\\ud800', 43_690],
    ['<|endoftext|>', 20_164],
    ['\u0301', 131_072],
  ])('behavior: %j without end is counted in bounded time', async (unit, times) => {
    const text = unit.repeat(times)
    const counted = await counter.countExactly(text, 'o200k_base')
    expect(counted?.tokens).toBeGreaterThan(0)
    expect(counted?.tokens).toBeLessThanOrEqual(Buffer.byteLength(text))
    // Some hundred milliseconds on a quiet machine; a quadratic tokenizer takes minutes.
    expect(counted?.tookMs).toBeLessThan(10_000)
  })

  test('behavior: what a tokenizer cannot tell is not counted', () => {
    const long = 'word '.repeat(100)
    const chat = chatOf(long)
    const part = (type: string): JsonObject => ({
      model: 'openai/gpt-4o',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: long },
            { type, [type]: { url: 'https://x.example' } },
          ],
        },
      ],
    })
    const tools = [{ type: 'function', function: { name: 'look', parameters: {} } }]
    expect(promptCountFor(requestOf(chat))).toEqual(own)
    expect(promptCountFor(requestOf(part('text')))).toEqual(own)
    expect(promptCountFor(requestOf({ ...chat, tools }))).toEqual(own)
    expect(promptCountFor(requestOf(chat, ['openai/gpt-4o', 'openai/gpt-4o-mini']))).toEqual(own)
    expect(promptCountFor(requestOf(chat, ['anthropic/claude-opus-4-5']))).toEqual(foreign)
    const uncounted: readonly BoundedRequest[] = [
      requestOf(part('image_url')),
      requestOf(part('input_audio')),
      requestOf(part('file')),
      requestOf({ ...chat, tools }, ['anthropic/claude-opus-4-5']),
      requestOf(chat, ['bytedance/seed-1.8']),
      // Any of them may answer, and tokens of another family are others.
      requestOf(chat, ['openai/gpt-4o', 'x-ai/grok-4-fast']),
      requestOf(chat, ['openai/gpt-4o', 'bytedance/seed-1.6']),
      requestOf(chatOf('short')),
      requestOf(chatOf('x'.repeat(262_144))),
    ]
    for (const request of uncounted) expect(promptCountFor(request)).toBeUndefined()
  })
})

describe('createPromptCounter', () => {
  const clock = { ms: 0 }
  type Counted = Awaited<ReturnType<PromptCounterOptions['tokens']['countExactly']>>

  /** A counter over answers that the test gives. */
  function held(options: Partial<PromptCounterOptions> = {}) {
    const asked: { text: string; answer: (counted: Counted) => void }[] = []
    const prompts = createPromptCounter({
      tokens: {
        countExactly: (text) => new Promise((answer) => asked.push({ text, answer })),
        isLoaded: () => true,
      },
      clock: () => clock.ms,
      patienceMs: 60_000,
      ...options,
    })
    return { asked, count: (text: string) => prompts.count(text, 'o200k_base') }
  }

  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  test('default: counts as the thread does', async () => {
    const prompts = createPromptCounter({ tokens: counter, clock: () => performance.now(), patienceMs: 60_000 })
    expect(await prompts.count('Hello, how are you?', 'o200k_base')).toBe(6)
  })

  test('behavior: one at a time, and no more than may wait', async () => {
    const { asked, count } = held({ maxWaiting: 2 })
    const [first, second] = [count('a'), count('b')]
    expect(await count('c')).toBeUndefined()
    await settle()
    expect(asked.map(({ text }) => text)).toEqual(['a'])
    asked[0]?.answer({ tokens: 1, tookMs: 1 })
    expect(await first).toBe(1)
    await settle()
    asked[1]?.answer({ tokens: 2, tookMs: 1 })
    expect(await second).toBe(2)
    expect(asked.map(({ text }) => text)).toEqual(['a', 'b'])
  })

  test('behavior: what is late or fails is no count, and nobody counts for who has left', async () => {
    const { asked, count } = held({ patienceMs: 5 })
    const [late, left] = [count('a'), count('b')]
    expect(await late).toBeUndefined()
    expect(await left).toBeUndefined()
    asked[0]?.answer({ tokens: 1, tookMs: 1 })
    await settle()
    expect(asked).toHaveLength(1)
    const failed = held()
    const none = failed.count('a')
    await settle()
    failed.asked[0]?.answer(undefined)
    expect(await none).toBeUndefined()
  })

  test('behavior: a quarter of the time is for callers who have not paid', async () => {
    const { asked, count } = held()
    const slow = count('a')
    await settle()
    asked[0]?.answer({ tokens: 1, tookMs: 700 })
    expect(await slow).toBe(1)
    clock.ms += 800
    expect(await count('b')).toBeUndefined()
    clock.ms += 10
    const later = count('c')
    await settle()
    asked[1]?.answer({ tokens: 3, tookMs: 1 })
    expect(await later).toBe(3)
  })
})
