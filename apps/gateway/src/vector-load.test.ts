import { expect, test } from 'vitest'
import { embeddingsAnswerOf } from './embeddings-answer.js'
import { createVectorLoad, vectorNumbersOf } from './vector-load.js'

const asked = (texts: number, dimensions?: number) =>
  vectorNumbersOf({ input: Array<string>(texts).fill('x'), dimensions } as never)

test('D5: a call asks for no more numbers than one answer may have, whatever its texts cost', () => {
  expect([asked(1), asked(512), asked(2048, 768), asked(2, 1)]).toEqual([3072, 1_572_864, 1_572_864, 1024])
  for (const [texts, dimensions] of [[513], [2048], [2048, 769]] as const) {
    expect(() => asked(texts, dimensions)).toThrow(expect.objectContaining({ code: 'invalid_request', param: 'input' }))
  }
})

test('D5: only so many vectors are made at once, and what is over makes room', () => {
  const load = createVectorLoad()
  const ends = [1, 2, 3, 4].map(() => load.take(1_572_864))
  expect(() => load.take(1)).toThrow(expect.objectContaining({ code: 'overloaded', retryAfterSeconds: 1 }))
  ends[0]?.()
  load.take(1_572_864)
  expect(() => load.take(1)).toThrow()
})

test('vectors are spelt as a receipt commits to them, and numbers that no float holds are refused', () => {
  const answerOf = (embeddings: readonly (readonly number[])[], encoding: 'float' | 'base64' = 'base64') =>
    embeddingsAnswerOf({ embeddings, promptTokens: 1, requestBytes: new Uint8Array(), modelAnswered: 'm' }, {
      model: 'openai/e',
      request: { encoding },
    } as never)
  const base64 = ['AACAPwAAAMA=', 'AAAAPw==']
  const answer = answerOf([[1, -2], [0.5]])
  expect(answer.transcript()).toEqual({ endpoint: 'embeddings', model: 'openai/e', embeddings: base64 })
  const bodyOf = ({ bytes }: { readonly bytes: Uint8Array }) => JSON.parse(Buffer.from(bytes).toString())
  expect(bodyOf(answer.answer({ total_tokens: 1 }, { a: 1 }))).toEqual({
    object: 'list',
    data: base64.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model: 'openai/e',
    usage: { total_tokens: 1 },
    a: 1,
  })
  expect(bodyOf(answerOf([[0.5]], 'float').answer({}, {})).data[0].embedding).toEqual([0.5])
  expect(() => answerOf([[1e300]]).transcript()).toThrow(expect.objectContaining({ code: 'UPSTREAM_INVALID' }))
})
