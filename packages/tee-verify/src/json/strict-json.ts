import { QuoteError } from '../quote-error.js'

/** JSON as Intel serves it: objects are maps (no prototype), numbers are integers. */
export type StrictJson = null | boolean | number | string | readonly StrictJson[] | StrictJsonObject

/** A JSON object; no key occurs twice. */
export type StrictJsonObject = ReadonlyMap<string, StrictJson>

/** A JSON document whose top is an object, with the exact text of each of its members. */
export interface StrictJsonDocument {
  readonly value: StrictJsonObject
  /** The slice of the input that is the value of each top-level member. */
  readonly slices: ReadonlyMap<string, string>
}

const maximumJsonLength = 262_144
/** Intel's library allows 32 levels to a document, which its envelope encloses. */
const maximumDepth = 33
const maximumNodes = 50_000

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/**
 * Parses JSON whose top is an object. Refuses what two readers could understand differently: duplicate keys, lone surrogates,
 * numbers other than safe integers, trailing text; and bounds size, depth and count.
 * @throws QuoteError `BAD_JSON`, `TOO_LARGE`
 */
export function parseStrictJson(text: string): StrictJsonDocument {
  if (text.length > maximumJsonLength) throw new QuoteError('TOO_LARGE', `JSON of ${text.length} characters`)
  let offset = 0
  let nodes = 0

  function fail(reason: string): never {
    throw new QuoteError('BAD_JSON', `${reason} at offset ${offset}`)
  }
  function skipSpace(): void {
    for (;;) {
      const code = text.charCodeAt(offset)
      if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return
      offset += 1
    }
  }
  function expect(character: string): void {
    if (text.charAt(offset) !== character) fail(`expected ${character}`)
    offset += 1
  }
  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = offset
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) offset += found.length
    return found
  }
  function parseString(): string {
    expect('"')
    const end = text.indexOf('"', offset)
    const plain = text.slice(offset, end)
    // Most strings are printable ASCII without escapes.
    if (end >= 0 && /^[ !#-[\]-~]*$/.test(plain)) {
      offset = end + 1
      return plain
    }
    return parseLongString()
  }
  function parseLongString(): string {
    let value = ''
    for (;;) {
      // Control characters, U+0000 to U+001F, must be escaped (RFC 8259 §7).
      value += match(/[\u0020\u0021\u0023-\u005b\u005d-\uffff]+/y) ?? ''
      const character = text.charAt(offset)
      offset += 1
      if (character === '"') break
      if (character !== '\\') fail('unterminated string')
      const letter = text.charAt(offset)
      offset += 1
      const plain = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined
      if (plain !== undefined) value += plain
      else if (letter === 'u')
        value += String.fromCharCode(Number.parseInt(match(/[0-9a-fA-F]{4}/y) ?? fail('bad escape'), 16))
      else fail('bad escape')
    }
    if (/[\ud800-\udfff]/u.test(value)) fail('lone surrogate')
    return value
  }
  function parseMembers(depth: number, slices?: Map<string, string>): StrictJsonObject {
    const members = new Map<string, StrictJson>()
    expect('{')
    skipSpace()
    if (text.charAt(offset) === '}') {
      offset += 1
      return members
    }
    for (;;) {
      skipSpace()
      const key = parseString()
      if (members.has(key)) fail('duplicate key')
      skipSpace()
      expect(':')
      skipSpace()
      const start = offset
      members.set(key, parseValue(depth))
      slices?.set(key, text.slice(start, offset))
      skipSpace()
      if (text.charAt(offset) !== ',') break
      offset += 1
    }
    expect('}')
    return members
  }
  function parseItems(depth: number): readonly StrictJson[] {
    const items: StrictJson[] = []
    expect('[')
    skipSpace()
    if (text.charAt(offset) === ']') {
      offset += 1
      return items
    }
    for (;;) {
      skipSpace()
      items.push(parseValue(depth))
      skipSpace()
      if (text.charAt(offset) !== ',') break
      offset += 1
    }
    expect(']')
    return items
  }
  function parseValue(depth: number): StrictJson {
    nodes += 1
    if (depth >= maximumDepth || nodes > maximumNodes) throw new QuoteError('TOO_LARGE', 'JSON is too deep or too long')
    const digit = text.charCodeAt(offset) - 0x30
    const next = text.charAt(offset + 1)
    if (digit >= 0 && digit <= 9 && (next === ',' || next === '}')) {
      offset += 1
      return digit
    }
    const character = text.charAt(offset)
    if (character === '{') return parseMembers(depth + 1)
    if (character === '[') return parseItems(depth + 1)
    if (character === '"') return parseString()
    const word = match(/true|false|null/y)
    if (word !== undefined) return word === 'null' ? null : word === 'true'
    const number = Number(match(/-?(?:0|[1-9]\d{0,15})(?![\d.eE])/y) ?? fail('expected an integer'))
    if (!Number.isSafeInteger(number) || Object.is(number, -0)) fail('number out of range')
    return number
  }

  const slices = new Map<string, string>()
  skipSpace()
  const value = parseMembers(0, slices)
  skipSpace()
  if (offset !== text.length) fail('text after the document')
  return { value, slices }
}
