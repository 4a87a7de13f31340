import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/json.js'
import { parseEmbeddingsRequest, scriptedUpstream, UpstreamRequestError } from '../../src/upstream/index.js'
import { gatewayFetch } from '../support/gateway-fetch.js'

const gateway = gatewayFetch(scriptedUpstream())
const client = new OpenAI({ baseURL: 'http://gateway.test/v1', apiKey: 'unused', fetch: gateway.fetch })
const near = (a: readonly number[] = [], b: readonly number[] = []): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)

describe('embeddings', () => {
  test('default: base64 and floats are the same vectors', async () => {
    const input = ['a cat sat', 'a cat slept', 'interest rates']
    // The official client asks for base64 unless told otherwise.
    const packed = await client.embeddings.create({ model: 'm', input })
    expect(gateway.requests.at(-1)?.body['encoding_format']).toBe('base64')
    const plain = await client.embeddings.create({ model: 'm', input, encoding_format: 'float' })
    const [a, b, c] = plain.data.map(({ embedding }) => embedding)
    for (const [index, { embedding }] of packed.data.entries()) {
      expect([...embedding]).toEqual(plain.data[index]?.embedding.map(Math.fround))
    }
    expect(near(a, a)).toBeCloseTo(1)
    expect(near(a, b)).toBeGreaterThan(near(a, c) + 0.2)
    expect(plain.usage).toMatchObject({ prompt_tokens: 10, total_tokens: 10, og: { payment_hash: '0xabc' } })
  })

  test('behavior: dimensions', async () => {
    const { data } = await client.embeddings.create({ model: 'm', input: 'x', dimensions: 7, encoding_format: 'float' })
    expect(data[0]?.embedding).toHaveLength(7)
  })

  test.each<[string, JsonObject, string]>([
    ['no input', {}, 'input'],
    ['an empty text', { input: '' }, 'input'],
    ['an empty list', { input: [] }, 'input'],
    ['tokens', { input: [1, 2] }, 'input[0]'],
    ['token lists', { input: [[1, 2]] }, 'input[0]'],
    ['too many texts', { input: Array(2049).fill('x') }, 'input'],
    ['another encoding', { input: 'x', encoding_format: 'int8' }, 'encoding_format'],
    ['no dimensions', { input: 'x', dimensions: 0 }, 'dimensions'],
    ['too many dimensions', { input: 'x', dimensions: 16_385 }, 'dimensions'],
  ])('error: %s', (_name, members, param) => {
    expect(() => parseEmbeddingsRequest({ model: 'm', ...members })).toThrow(UpstreamRequestError)
    expect(() => parseEmbeddingsRequest({ model: 'm', ...members })).toThrow(expect.objectContaining({ param }))
  })
})
