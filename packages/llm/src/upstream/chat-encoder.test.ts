import { describe, expect, test } from 'vitest'
import { complaintsAbout } from '../../test/support/openai-schemas.js'
import {
  createChatAssembler,
  createChatChunkEncoder,
  createCompletionAssembler,
  createCompletionChunkEncoder,
} from './chat-encoder.js'
import type { UpstreamEvent } from './upstream.js'

const identity = { id: 'chatcmpl-1', created: 5, model: 'm' }
const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, cost: '1' }
const calls: readonly UpstreamEvent[] = [
  { type: 'reasoning-delta', text: 'hm' },
  { type: 'tool-call-delta', index: 0, id: 'a', name: 'f', arguments: '{"x"' },
  { type: 'tool-call-delta', index: 0, arguments: ':1}' },
  { type: 'tool-call-delta', index: 1, id: 'b', name: 'g', arguments: '{}' },
  { type: 'finish', reason: 'tool_calls' },
  { type: 'usage', usage: { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 2, reasoningTokens: 0 } },
]

describe('createChatAssembler', () => {
  test('default', () => {
    const assembler = createChatAssembler(identity)
    for (const event of calls) assembler.push(event)
    const body = assembler.body({ usage })
    expect(complaintsAbout(body)).toEqual([])
    expect(body).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 5,
      model: 'm',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: null,
            refusal: null,
            reasoning_content: 'hm',
            tool_calls: [
              { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
              { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
            ],
          },
          logprobs: null,
          finish_reason: 'tool_calls',
        },
      ],
      usage,
    })
    expect(assembler.outputBytes()).toBe(2 + 1 + 7 + 1 + 2)
  })

  test('behavior: an answer that broke off can still be written down', () => {
    const assembler = createChatAssembler(identity)
    assembler.push({ type: 'text-delta', text: 'par' })
    expect(assembler.finishReason()).toBeUndefined()
    expect(assembler.text()).toBe('par')
    expect(() => assembler.body({ usage: null })).toThrow(expect.objectContaining({ code: 'UPSTREAM_TRUNCATED' }))
    expect(assembler.body({ usage: null, finishReason: 'length' })['choices']).toMatchObject([
      { finish_reason: 'length' },
    ])
  })

  test('behavior: an empty answer is an empty string, a refusal is not', () => {
    const empty = createChatAssembler(identity)
    expect(empty.body({ usage: null, finishReason: 'stop' })['choices']).toMatchObject([
      { message: { content: '', refusal: null } },
    ])
    empty.push({ type: 'refusal-delta', text: 'No.' })
    expect(empty.body({ usage: null, finishReason: 'stop' })['choices']).toMatchObject([
      { message: { content: null, refusal: 'No.' } },
    ])
  })

  test('error: a call that does not begin with its id', () => {
    const assembler = createChatAssembler(identity)
    expect(() => assembler.push({ type: 'tool-call-delta', index: 0, arguments: '{}' })).toThrow(
      expect.objectContaining({ code: 'UPSTREAM_INVALID' }),
    )
  })
})

describe('createChatChunkEncoder', () => {
  test('default', () => {
    const encoder = createChatChunkEncoder({ ...identity, includeUsage: true })
    const chunks = [...calls.flatMap((event) => encoder.push(event)), ...encoder.end({ usage })]
    expect(chunks.flatMap(complaintsAbout)).toEqual([])
    expect(new Set(chunks.map((chunk) => `${chunk['id']} ${chunk['created']} ${chunk['model']}`)).size).toBe(1)
    expect(chunks.map((chunk) => (chunk['choices'] as readonly { readonly delta: unknown }[])[0]?.delta)).toEqual([
      { role: 'assistant', reasoning_content: 'hm' },
      { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"x"' } }] },
      { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] },
      { tool_calls: [{ index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '' } }] },
      { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
      {},
      undefined,
    ])
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage })
    expect(chunks.at(-2)).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] })
    expect(chunks.at(-2)).not.toHaveProperty('usage')
  })

  test('behavior: usage that was not asked for rides on the finish chunk', () => {
    const encoder = createChatChunkEncoder({ ...identity, includeUsage: false })
    encoder.push({ type: 'finish', reason: 'stop' })
    expect(encoder.end({ usage })).toEqual([
      {
        id: 'chatcmpl-1',
        object: 'chat.completion.chunk',
        created: 5,
        model: 'm',
        choices: [{ index: 0, delta: { role: 'assistant' }, logprobs: null, finish_reason: 'stop' }],
        usage,
      },
    ])
  })

  test('error: no finish reason', () => {
    const encoder = createChatChunkEncoder({ ...identity, includeUsage: false })
    expect(() => encoder.end({ usage })).toThrow(expect.objectContaining({ code: 'UPSTREAM_TRUNCATED' }))
  })
})

describe('completions', () => {
  const events: readonly UpstreamEvent[] = [
    { type: 'text-delta', text: 'a' },
    { type: 'text-delta', text: 'b' },
    { type: 'finish', reason: 'length' },
  ]

  test('default', () => {
    const assembler = createCompletionAssembler(identity)
    for (const event of events) assembler.push(event)
    const body = assembler.body({ usage })
    expect(complaintsAbout(body)).toEqual([])
    expect(body['choices']).toEqual([{ index: 0, text: 'ab', logprobs: null, finish_reason: 'length' }])
    const encoder = createCompletionChunkEncoder({ ...identity, includeUsage: true })
    const chunks = [...events.flatMap((event) => encoder.push(event)), ...encoder.end({ usage })]
    expect(chunks.flatMap(complaintsAbout)).toEqual([])
    expect(chunks).toHaveLength(4)
  })
})
