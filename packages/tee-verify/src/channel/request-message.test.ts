import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { encodeRequestMessage, parseRequestMessage, type RequestMessage } from './request-message.js'

const MESSAGE: RequestMessage = {
  method: 'POST',
  path: '/v1/chat/completions?a=1',
  headers: [['content-type', 'application/json']],
  time: 1_800_000_000n,
  id: '00112233445566778899aabbccddeeff',
  body: new TextEncoder().encode('{"model":"m"}'),
}
const HEAD = { method: 'POST', path: '/', headers: [], time: '1', id: MESSAGE.id }

function encodeParts(head: unknown, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = Buffer.from(typeof head === 'string' ? head : JSON.stringify(head))
  const length = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  return Uint8Array.from(Buffer.concat([length(text.length), text, length(body.length), body]))
}

describe('encodeRequestMessage', () => {
  it('behavior: pads with zeros to the multiple asked for', () => {
    for (const padToBytes of [1, 7, 256, 65_536]) {
      const bytes = encodeRequestMessage(MESSAGE, padToBytes)
      expect(bytes.length % padToBytes).toBe(0)
      expect(parseRequestMessage(bytes)).toEqual(MESSAGE)
    }
    expect(encodeRequestMessage(MESSAGE, 256).length).toBe(
      encodeRequestMessage({ ...MESSAGE, body: new Uint8Array(20) }, 256).length,
    )
  })

  it('error: a head over the bound', () => {
    const headers: [string, string][] = [
      ['og-a', 'x'.repeat(30_000)],
      ['og-b', 'x'.repeat(30_000)],
      ['og-c', 'x'.repeat(6_000)],
    ]
    expect(() => encodeRequestMessage({ ...MESSAGE, headers }, 1)).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    )
  })

  test.prop([
    fc.record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
      path: fc.stringMatching(/^\/[a-z0-9/%?&=._-]{0,40}$/),
      headers: fc.array(fc.tuple(fc.stringMatching(/^[a-z-]{1,20}$/), fc.stringMatching(/^[ -~]{0,40}$/)), {
        maxLength: 8,
      }),
      time: fc.bigInt({ min: 0n, max: 9_999_999_999n }),
      id: fc.stringMatching(/^[0-9a-f]{32}$/),
      body: fc.uint8Array({ maxLength: 600 }),
    }),
    fc.integer({ min: 1, max: 700 }),
  ])('behavior: parse(encode(message)) equals message', (message, padToBytes) => {
    const parsed = parseRequestMessage(encodeRequestMessage(message, padToBytes))
    expect({ ...parsed, body: [...parsed.body] }).toEqual({ ...message, body: [...message.body] })
  })
})

describe('parseRequestMessage', () => {
  it('error: truncated at every length', () => {
    const bytes = encodeRequestMessage(MESSAGE, 1)
    for (let length = 0; length < bytes.length; length++) {
      expect(() => parseRequestMessage(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'MALFORMED' }),
      )
    }
  })

  it('error: padding that is not zero', () => {
    const bytes = encodeRequestMessage(MESSAGE, 1_024)
    bytes[bytes.length - 1] = 1
    expect(() => parseRequestMessage(bytes)).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
  })

  it.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['null', 'null'],
    ['a missing member', { ...HEAD, id: undefined }],
    ['an unknown member', { ...HEAD, more: 1 }],
    ['a lower-case method', { ...HEAD, method: 'post' }],
    ['a method with a space', { ...HEAD, method: 'PO ST' }],
    ['a relative path', { ...HEAD, path: 'v1' }],
    ['an absolute URL as path', { ...HEAD, path: 'https://host/' }],
    ['a path with a line break', { ...HEAD, path: '/a\r\nb' }],
    ['a numeric time', { ...HEAD, time: 1 }],
    ['a negative time', { ...HEAD, time: '-1' }],
    ['a time with a leading zero', { ...HEAD, time: '01' }],
    ['a short id', { ...HEAD, id: '00' }],
    ['an upper-case id', { ...HEAD, id: MESSAGE.id.toUpperCase() }],
    ['headers as a record', { ...HEAD, headers: {} }],
    ['a header without value', { ...HEAD, headers: [['a']] }],
    ['an upper-case header name', { ...HEAD, headers: [['Accept', 'x']] }],
    ['a header value with a line break', { ...HEAD, headers: [['accept', 'x\r\nhost: y']] }],
    ['a header value with NUL', { ...HEAD, headers: [['accept', '\0']] }],
    ['a header value beyond Latin-1', { ...HEAD, headers: [['accept', '€']] }],
    ['a header value that is a number', { ...HEAD, headers: [['accept', 1]] }],
    ['too many headers', { ...HEAD, headers: Array.from({ length: 129 }, () => ['accept', 'x']) }],
  ])('error: a head with %s', (_, head) => {
    expect(() => parseRequestMessage(encodeParts(HEAD))).not.toThrow()
    expect(() => parseRequestMessage(encodeParts(head))).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
  })

  it('error: a path over the bound', () => {
    const head = { ...HEAD, path: `/${'a'.repeat(8_192)}` }
    expect(() => parseRequestMessage(encodeParts(head))).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }))
  })

  it('behavior: a head cannot reach prototypes', () => {
    const head = JSON.stringify(HEAD).replace('"id"', '"__proto__":{"polluted":1},"id"')
    expect(() => parseRequestMessage(encodeParts(head))).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})
