import { SettlementError } from '../settlement-error.js'
import { isWellFormed } from './well-formed.js'

/** JSON whose numbers are read as `N`. */
export type JsonOf<N> = null | boolean | string | N | readonly JsonOf<N>[] | { readonly [key: string]: JsonOf<N> }

/** Bounds of a reading, and what becomes of a number. */
export interface JsonReading<N> {
  readonly maxBytes: number
  readonly maxDepth: number
  readonly maxNodes: number
  /** Turns a number's spelling into its value; `offset` is where it stands. */
  readonly numberOf: (literal: string, offset: number) => N
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const HEX4 = /^[0-9a-fA-F]{4}$/

/**
 * Reads JSON text strictly: no duplicate keys, no lone surrogates, no byte order mark, nothing after the value.
 *
 * @throws SettlementError `INVALID_JSON`, `DUPLICATE_KEY`, `LONE_SURROGATE`, `LIMIT_EXCEEDED`, and what `numberOf` throws.
 */
export function readJson<N>(input: string | Uint8Array, reading: JsonReading<N>): JsonOf<N> {
  const { maxBytes, maxDepth, maxNodes, numberOf } = reading
  if (input.length > maxBytes) {
    throw new SettlementError('LIMIT_EXCEEDED', `JSON of ${input.length} bytes, at most ${maxBytes}`)
  }
  const text = typeof input === 'string' ? input : decodeUtf8(input)
  if (!isWellFormed(text)) throw new SettlementError('LONE_SURROGATE', 'lone surrogate in JSON text')
  let at = 0
  let nodes = 0

  function fail(expected: string): never {
    throw new SettlementError('INVALID_JSON', `expected ${expected} at offset ${at}`)
  }

  function skipSpace(): void {
    for (;;) {
      const code = text.charCodeAt(at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      at += 1
    }
  }

  function readLiteral<T>(word: string, value: T): T {
    if (!text.startsWith(word, at)) fail('a value')
    at += word.length
    return value
  }

  function readNumber(): N {
    NUMBER.lastIndex = at
    const literal = NUMBER.exec(text)?.[0]
    if (literal === undefined) return fail('a value')
    const value = numberOf(literal, at)
    at += literal.length
    return value
  }

  function readString(): string {
    at += 1
    let from = at
    let decoded = ''
    let escaped = false
    for (;;) {
      const code = text.charCodeAt(at)
      if (code === 0x22) break
      if (code === 0x5c) {
        decoded += text.slice(from, at) + readEscape()
        escaped = true
        from = at
      } else if (code >= 0x20) {
        at += 1
      } else {
        // Control characters, and NaN at the end of the text.
        fail('a string character')
      }
    }
    const value = escaped ? decoded + text.slice(from, at) : text.slice(from, at)
    at += 1
    if (escaped && !isWellFormed(value)) {
      throw new SettlementError('LONE_SURROGATE', `lone surrogate in the string that ends at offset ${at}`)
    }
    return value
  }

  function readEscape(): string {
    const kind = text.charAt(at + 1)
    if (kind === 'u') {
      const digits = text.slice(at + 2, at + 6)
      if (!HEX4.test(digits)) fail('four hexadecimal digits')
      at += 6
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const plain = Object.hasOwn(ESCAPES, kind) ? ESCAPES[kind] : undefined
    if (plain === undefined) return fail('an escape')
    at += 2
    return plain
  }

  function readArray(depth: number): readonly JsonOf<N>[] {
    const values: JsonOf<N>[] = []
    at += 1
    skipSpace()
    if (text.charCodeAt(at) === 0x5d) {
      at += 1
      return values
    }
    for (;;) {
      values.push(readValue(depth))
      skipSpace()
      const code = text.charCodeAt(at)
      if (code !== 0x2c && code !== 0x5d) fail('a comma or the end of the array')
      at += 1
      if (code === 0x5d) return values
    }
  }

  function readObject(depth: number): { readonly [key: string]: JsonOf<N> } {
    const object: { [key: string]: JsonOf<N> } = {}
    at += 1
    skipSpace()
    if (text.charCodeAt(at) === 0x7d) {
      at += 1
      return object
    }
    for (;;) {
      skipSpace()
      if (text.charCodeAt(at) !== 0x22) fail('a key')
      const key = readString()
      if (Object.hasOwn(object, key)) {
        throw new SettlementError('DUPLICATE_KEY', `key that ends at offset ${at} stands twice`)
      }
      skipSpace()
      if (text.charCodeAt(at) !== 0x3a) fail('a colon')
      at += 1
      const value = readValue(depth)
      if (key === '__proto__') {
        // Plain assignment would set the prototype.
        Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
      } else {
        object[key] = value
      }
      skipSpace()
      const code = text.charCodeAt(at)
      if (code !== 0x2c && code !== 0x7d) fail('a comma or the end of the object')
      at += 1
      if (code === 0x7d) return object
    }
  }

  function readValue(depth: number): JsonOf<N> {
    nodes += 1
    if (nodes > maxNodes) throw new SettlementError('LIMIT_EXCEEDED', `more than ${maxNodes} JSON values`)
    skipSpace()
    switch (text.charCodeAt(at)) {
      case 0x7b:
      case 0x5b:
        if (depth >= maxDepth) throw new SettlementError('LIMIT_EXCEEDED', `JSON deeper than ${maxDepth}`)
        return text.charCodeAt(at) === 0x7b ? readObject(depth + 1) : readArray(depth + 1)
      case 0x22:
        return readString()
      case 0x74:
        return readLiteral('true', true)
      case 0x66:
        return readLiteral('false', false)
      case 0x6e:
        return readLiteral('null', null)
      default:
        return readNumber()
    }
  }

  const value = readValue(0)
  skipSpace()
  if (at !== text.length) fail('the end of the text')
  return value
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes)
  } catch (cause) {
    throw new SettlementError('INVALID_JSON', 'JSON text is not UTF-8', { cause })
  }
}
