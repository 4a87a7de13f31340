import { describe, expect, test } from 'vitest'
import { tokenUsageOf } from './usage.js'

describe('tokenUsageOf', () => {
  test('default', () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 6,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 2 },
    }
    expect(tokenUsageOf(usage)).toEqual({
      promptTokens: 10,
      cachedPromptTokens: 4,
      completionTokens: 6,
      reasoningTokens: 2,
    })
  })

  test('behavior: reasoning tokens that a provider counts beside the others', () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 6,
      total_tokens: 116,
      completion_tokens_details: { reasoning_tokens: 100 },
    }
    expect(tokenUsageOf(usage)).toMatchObject({ completionTokens: 106, reasoningTokens: 100 })
  })

  test('behavior: a part is never larger than the whole', () => {
    const usage = {
      prompt_tokens: 1,
      completion_tokens: 2,
      prompt_tokens_details: { cached_tokens: 9 },
      completion_tokens_details: { reasoning_tokens: 9 },
    }
    expect(tokenUsageOf(usage)).toMatchObject({ cachedPromptTokens: 1, reasoningTokens: 2 })
  })

  test.each([
    [null],
    [undefined],
    [{}],
    [{ prompt_tokens: 1 }],
    [{ prompt_tokens: -1, completion_tokens: 1 }],
    [{ prompt_tokens: 1.5, completion_tokens: 1 }],
  ])('error: %j has no counts', (usage) => {
    expect(tokenUsageOf(usage)).toBeNull()
  })
})
