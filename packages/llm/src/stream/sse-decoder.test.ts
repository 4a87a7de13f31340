import { describe, expect, test } from 'vitest'
import { createSseDecoder, type SseEvent } from './sse-decoder.js'

const encoder = new TextEncoder()

function decodePieces(pieces: readonly Uint8Array[]): readonly SseEvent[] {
  const decoder = createSseDecoder({ maxEventChars: 1000 })
  return [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.end()]
}

const source =
  '\uFEFF: a comment\r\ndata: {"text":"déjà vu 🦊"}\r\n\r\n:heartbeat\n\nevent: message\rid: 3\rretry: 10\rdata:no space\rdata: second line\r\r' +
  'data\n\nevent: other\ndata: x: y\n\nunknown: field\n\ndata: [DONE]'
const expected: readonly SseEvent[] = [
  { event: '', data: '{"text":"déjà vu 🦊"}' },
  { event: 'message', data: 'no space\nsecond line' },
  { event: '', data: '' },
  { event: 'other', data: 'x: y' },
  { event: '', data: '[DONE]' },
]

describe('createSseDecoder', () => {
  const bytes = encoder.encode(source)

  test('default', () => {
    expect(decodePieces([bytes])).toEqual(expected)
  })

  test('behavior: cut at every byte border', () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(decodePieces([bytes.subarray(0, cut), bytes.subarray(cut)]), `cut at ${cut}`).toEqual(expected)
    }
  })

  test('behavior: byte by byte, with empty pieces between', () => {
    const pieces = [...bytes].flatMap((byte) => [Uint8Array.of(byte), new Uint8Array()])
    expect(decodePieces(pieces)).toEqual(expected)
  })

  test('behavior: every line ending means the same', () => {
    const texts = ['\n', '\r', '\r\n'].map((end) => ['event: a', 'data: 1', '', 'data: 2', '', ''].join(end))
    const all = texts.map((text) => decodePieces([...encoder.encode(text)].map((byte) => Uint8Array.of(byte))))
    expect(all[0]).toEqual([
      { event: 'a', data: '1' },
      { event: '', data: '2' },
    ])
    expect(all[1]).toEqual(all[0])
    expect(all[2]).toEqual(all[0])
  })

  test('behavior: an event comes out with the piece that completes it', () => {
    const decoder = createSseDecoder({ maxEventChars: 100 })
    expect(decoder.push(encoder.encode('data: a\r\n\r'))).toEqual([{ event: '', data: 'a' }])
    expect(decoder.push(encoder.encode('\ndata: b\n\n'))).toEqual([{ event: '', data: 'b' }])
  })

  test('error: a line or an event above the bound', () => {
    const line = createSseDecoder({ maxEventChars: 10 })
    expect(() => line.push(encoder.encode('data: 0123456789'))).toThrow('more than 10 characters')
    const event = createSseDecoder({ maxEventChars: 10 })
    expect(() => event.push(encoder.encode('data: 01234\ndata: 56789\n'))).toThrow('more than 10 characters')
  })

  test('error: bytes that are not UTF-8', () => {
    expect(() => decodePieces([Uint8Array.of(0x64, 0xff, 0x0a)])).toThrow('not UTF-8')
    expect(() => decodePieces([encoder.encode('data: é').subarray(0, 7)])).toThrow('not UTF-8')
  })
})
