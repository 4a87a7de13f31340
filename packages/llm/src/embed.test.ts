import { describe, expect, test } from 'vitest'
import { scriptedFetch } from '../test/support/streams.js'
import { embed } from './embed.js'
import { getModel, listModels } from './list-models.js'
import { httpTransport } from './transport.js'

function answering(
  body: unknown,
  init: ResponseInit = {},
): ReturnType<typeof scriptedFetch> & { transport: ReturnType<typeof httpTransport> } {
  const scripted = scriptedFetch(() => Response.json(body, init))
  return { ...scripted, transport: httpTransport({ baseUrl: 'https://host/v1', fetch: scripted.fetch, apiKey: 'k' }) }
}

describe('embed', () => {
  const vector = (index: number, embedding: unknown): unknown => ({ object: 'embedding', index, embedding })

  test('default: in the order of the texts', async () => {
    const body = { data: [vector(1, [3, 4]), vector(0, [1, 2])], model: 'e', usage: { prompt_tokens: 2 } }
    const { transport, requests } = answering(body)
    const result = await embed(transport, { model: 'e', input: ['a', 'b'] })
    expect(result).toMatchObject({
      embeddings: [
        [1, 2],
        [3, 4],
      ],
      model: 'e',
      usage: { prompt_tokens: 2 },
    })
    expect(requests[0]?.url).toBe('https://host/v1/embeddings')
  })

  test('behavior: base64', async () => {
    const floats = Buffer.from(new Float32Array([0.5, -2, 3.25]).buffer).toString('base64')
    const { transport } = answering({ data: [vector(0, floats)] })
    const { embeddings } = await embed(transport, { model: 'e', input: 'a', encoding_format: 'base64' })
    expect(embeddings).toEqual([[0.5, -2, 3.25]])
  })

  test.each<[string, unknown]>([
    ['none', []],
    ['one too few', [vector(0, [1])]],
    ['one too many', [vector(0, [1]), vector(1, [1]), vector(2, [1])]],
    ['the same twice', [vector(0, [1]), vector(0, [1])]],
    ['a vector of words', [vector(0, ['x']), vector(1, [1])]],
    ['an empty vector', [vector(0, []), vector(1, [1])]],
    ['base64 that is none', [vector(0, '!'), vector(1, [1])]],
    ['half a float', [vector(0, 'AAA='), vector(1, [1])]],
  ])('error: %s', async (_name, data) => {
    const { transport } = answering({ data })
    await expect(embed(transport, { model: 'e', input: ['a', 'b'] })).rejects.toMatchObject({
      code: 'INVALID_RESPONSE',
    })
  })
})

describe('listModels', () => {
  test('default', async () => {
    const { transport, requests } = answering({
      data: [{ id: 'a/b', created: 5, owned_by: 'o', price: 1 }, { noId: true }],
    })
    expect(await listModels(transport)).toEqual([
      { id: 'a/b', created: 5, ownedBy: 'o', body: { id: 'a/b', created: 5, owned_by: 'o', price: 1 } },
    ])
    expect(requests[0]).toMatchObject({
      url: 'https://host/v1/models',
      init: { method: 'GET', headers: { authorization: 'Bearer k' } },
    })
    expect(requests[0]?.init.body).toBeUndefined()
  })

  test('error: no list', async () => {
    await expect(listModels(answering({ models: [] }).transport)).rejects.toMatchObject({ code: 'INVALID_RESPONSE' })
  })
})

describe('getModel', () => {
  test('default: a slash is escaped', async () => {
    const { transport, requests } = answering({ id: 'openai/gpt-4.1' })
    expect((await getModel(transport, 'openai/gpt-4.1')).id).toBe('openai/gpt-4.1')
    expect(requests[0]?.url).toBe('https://host/v1/models/openai%2Fgpt-4.1')
  })

  test('error: an unknown one', async () => {
    const error = { error: { message: 'no such model', code: 'model_not_found' } }
    const { transport } = answering(error, { status: 404 })
    await expect(getModel(transport, 'x')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      api: { code: 'model_not_found' },
    })
  })
})
