import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { type ChunkSource, createChunkSource } from './chunk-source.js'
import { takeText, textTemplateOf } from './text-template.js'

const encoder = new TextEncoder()
const eventOf = (json: string): string => `data: ${json}\n\n`
const chunkOf = (content: unknown, rest: object = {}): object => ({
  id: 'c',
  choices: [{ index: 0, delta: { content }, finish_reason: null, ...rest }],
})

function templateOf(json: string): ReturnType<typeof textTemplateOf> {
  return textTemplateOf(eventOf(json), JSON.parse(json), 'content')
}

describe('textTemplateOf', () => {
  test('default: chunks of the same form are read without parsing', () => {
    const template = templateOf(JSON.stringify(chunkOf('Hello')))
    if (!template) throw new Error('no template')
    const taken = { text: '', end: 0 }
    for (const text of ['', ' world', 'ä🦊', 'say "hi"\n\\ \u2028', 'a'.repeat(100), '}]}']) {
      const bytes = encoder.encode(eventOf(JSON.stringify(chunkOf(text))))
      expect(takeText(bytes, 0, template, taken), text).toBe(true)
      expect(taken).toEqual({ text, end: bytes.length })
    }
  })

  test.each<[string, string]>([
    ['another id', JSON.stringify({ ...chunkOf('a'), id: 'd' })],
    ['a finish reason', JSON.stringify(chunkOf('a', { finish_reason: 'stop' }))],
    ['a further member', JSON.stringify({ ...chunkOf('a'), usage: {} })],
    ['a null', JSON.stringify(chunkOf(null))],
    ['a bare control character', JSON.stringify(chunkOf('a?b')).replace('?', '\u0001')],
    ['an escape that is none', JSON.stringify(chunkOf('a?b')).replace('?', '\\x')],
    ['an end that is missing', JSON.stringify(chunkOf('a')).slice(0, -3)],
  ])('behavior: %s is not of the form', (_name, json) => {
    const template = templateOf(JSON.stringify(chunkOf('Hello')))
    if (!template) throw new Error('no template')
    expect(takeText(encoder.encode(eventOf(json)), 0, template, { text: '', end: 0 })).toBe(false)
  })

  test.each<[string, string]>([
    ['the text of another place', '{"meta":{"content":"a"},"choices":[{"delta":{"content" : "a"}}]}'],
    ['a text that is given twice', '{"choices":[{"delta":{"content":"a","content":"a"}}]}'],
    ['a key in a string', '{"x":"\\"content\\":\\"a","choices":[{"delta":{"content" : "a"}}]}'],
    ['no text', '{"choices":[{"delta":{"role":"assistant"}}]}'],
    ['a text with a quote', '{"choices":[{"delta":{"content":"a\\"b"}}]}'],
  ])('error: nothing is learnt from %s', (_name, json) => {
    expect(templateOf(json)).toBeUndefined()
  })
})

/** Everything a source hands out; `learns` says whether it may take the short way. */
async function readAll(pieces: readonly Uint8Array[], learns: boolean): Promise<unknown[]> {
  let next = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces[next++]
      if (piece) controller.enqueue(piece)
      else controller.close()
    },
  })
  const source: ChunkSource = createChunkSource(new Response(body), { maxBytes: 1e6 })
  const seen: unknown[] = []
  for (let more = true; more; ) {
    more = await source.read()
    for (;;) {
      const text = source.takeText()
      if (text !== undefined) {
        seen.push(text)
        continue
      }
      const item = source.takeItem()
      if (!item) break
      if (item.type !== 'chunk') {
        seen.push(item.type)
        continue
      }
      const [choice] = item.chunk['choices'] as { delta: Record<string, unknown> }[]
      const content = choice?.delta['content']
      seen.push(typeof content === 'string' ? content : item.chunk)
      if (typeof content === 'string' && learns) source.learn(item.chunk, 'content')
    }
  }
  return seen
}

describe('reading by template', () => {
  const texts = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', 'a', '"', '\\', '\n', 'é', '🦊', '"}}]}\n\ndata: x', '\u2028'),
    ),
    { maxLength: 12 },
  )
  property.prop([texts, fc.array(fc.nat(2000), { maxLength: 8 }), fc.constantFrom('\n', '\r\n')])(
    'behavior: the same as parsing everything, wherever the bytes are cut',
    async (contents, cuts, end) => {
      const chunks = contents.map((content, index) => {
        const other = { id: 'c', choices: [{ index: 0, delta: { role: 'assistant' } }] }
        return index % 5 === 4 ? other : chunkOf(content)
      })
      const text = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'].map(
        (json) => `data: ${json}${end}${end}`,
      )
      const bytes = encoder.encode(text.join(''))
      const borders = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
        (a, b) => a - b,
      )
      const pieces = borders.slice(1).map((border, index) => bytes.slice(borders[index], border))
      expect(await readAll(pieces, true)).toEqual(await readAll(pieces, false))
    },
  )
})
