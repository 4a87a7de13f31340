import { createOpenAI } from '@ai-sdk/openai'
import { describe, expect, test } from 'vitest'
import { createOpenGradientV3 } from '../../src/ai-sdk/index.js'
import { answerByAiSdk, providerFetch } from '../upstream/ai-sdk-oracle.js'
import { openAiFixtures } from '../upstream/fixtures/open-ai.js'

describe.each(openAiFixtures)('$name', (fixture) => {
  test.each([1, 7, 1_000_000])('our provider reads what @ai-sdk/openai reads, in pieces of %i bytes', async (size) => {
    const fetch = providerFetch(fixture, { named: false, size })
    const expected = await answerByAiSdk(
      createOpenAI({ apiKey: 'key', fetch: fetch as typeof globalThis.fetch }).chat('m'),
    )
    const ours = createOpenGradientV3({ client: { fetch, baseUrl: 'http://node.test' } })('m')
    expect(await answerByAiSdk(ours)).toEqual(expected)
  })
})
