import { encodePemChain } from '../src/x509/pem.js'
import type { Random } from './fuzz-random.js'

/** Values at which lengths, counts and tags go wrong. */
const interesting = [0, 1, 2, 5, 6, 0x0f, 0x1f, 0x30, 0x7f, 0x80, 0x81, 0x84, 0xa0, 0xfe, 0xff] as const
const interestingWords = [0, 1, 34, 276, 384, 404, 584, 648, 885, 0xffff, 0x10000, 0x7fffffff, 0xffffffff] as const

/** Changes bytes anywhere: single ones, words, spans, length. */
export function mutateBytes(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  let changed: Uint8Array = bytes.slice()
  for (let count = 1 + random.below(3); count > 0; count -= 1) changed = mutateOnce(random, changed, other)
  return changed
}

function mutateOnce(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1)
  switch (random.below(7)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
      return bytes
    case 1:
      bytes[at] = random.pick(interesting)
      return bytes
    case 2: {
      const word = random.pick(interestingWords)
      for (let index = 0; index < 4; index += 1) bytes[at + index] = (word >>> (8 * index)) & 0xff
      return bytes
    }
    case 3:
      return bytes.slice(0, at)
    case 4: {
      const start = random.below(other.length)
      return joinBytes(bytes.subarray(0, at), other.subarray(start, start + random.below(600)), bytes.subarray(at))
    }
    case 5:
      return joinBytes(bytes.subarray(0, at), bytes.subarray(at + random.below(100)))
    default: {
      const start = random.below(other.length)
      bytes.set(other.subarray(start, start + Math.min(64, bytes.length - at)), at)
      return bytes
    }
  }
}

/** Changes one element of DER: its tag, its content, its place; the lengths around it are made to fit again. */
export function mutateDer(random: Random, der: Uint8Array, other: Uint8Array): Uint8Array {
  const tag = der[0] ?? 0
  const header = headerSizeOf(der)
  const content = der.subarray(header)
  const children = (tag & 0x20) !== 0 ? childrenOf(content) : []
  if (children.length === 0 || random.below(8) === 0) return mutateElement(random, { tag, content, der }, other)
  const index = random.below(children.length)
  const child = children[index] ?? der
  const changed = mutateDer(random, child, other)
  const parts = children.map((each, place) => (place === index ? changed : each))
  if (random.below(30) === 0) parts.splice(random.below(parts.length), 1)
  if (random.below(30) === 0) parts.splice(random.below(parts.length), 0, random.pick([child, changed]))
  return element(tag, joinBytes(...parts))
}

function mutateElement(
  random: Random,
  { tag, content, der }: { readonly tag: number; readonly content: Uint8Array; readonly der: Uint8Array },
  other: Uint8Array,
): Uint8Array {
  switch (random.below(5)) {
    case 0:
      return element(random.pick(interesting), content)
    case 1:
      return element(tag, mutateBytes(random, content, other))
    case 2:
      return mutateBytes(random, der, other)
    case 3:
      return element(tag, new Uint8Array())
    default:
      return joinBytes(der, der)
  }
}

/** Changes one certificate of a chain inside its DER, or the text of its PEM. */
export function mutateChain(random: Random, chain: readonly Uint8Array[], other: Uint8Array): string {
  if (random.below(4) === 0) return mutateText(random, encodePemChain(chain))
  const index = random.below(chain.length)
  const changed = chain.map((der, place) => (place === index ? mutateDer(random, der, other) : der))
  if (random.below(10) === 0) changed.splice(random.below(changed.length), 1)
  if (random.below(10) === 0) changed.push(...chain)
  return encodePemChain(changed)
}

function mutateText(random: Random, text: string): string {
  const bytes = new TextEncoder().encode(text)
  return new TextDecoder().decode(mutateBytes(random, bytes, bytes))
}

/** The tokens of JSON, punctuation apart from values. */
export function tokensOf(json: string): readonly string[] {
  return json.split(/(?<=[,:{}[\]])|(?=[,:{}[\]])/)
}

const jsonValues = [
  ...(['null', 'true', '-1', '0', '3', '255', '256', '65536', '1e3', '2.5', '"3"', '"Revoked"', '[]', '{}'] as const),
  ...(['"2025-02-30T00:00:00Z"', '"2099-01-01T00:00:00Z"', '"1970-01-01T00:00:00Z"', '"2025-01-01"'] as const),
] as const

/** Changes JSON by tokens: a value, a member twice, a member less, deeper nesting; or its characters. */
export function mutateJson(random: Random, original: readonly string[]): string {
  const tokens = [...original]
  const at = random.below(tokens.length)
  switch (random.below(6)) {
    case 0:
      tokens[at] = random.pick(jsonValues)
      break
    case 1:
      tokens.splice(at, 1 + random.below(6))
      break
    case 2:
      tokens.splice(at, 0, ...tokens.slice(at, at + 1 + random.below(12)))
      break
    case 3:
      tokens.splice(at, 0, '['.repeat(random.below(40)), '{"__proto__":')
      break
    case 4:
      tokens.splice(at, 0, random.pick([' ', '\t', '\u0000', '\\u0041', '"\\ud800"', '\u{1f600}', ',', ']', '}']))
      break
    default:
      return mutateText(random, tokens.join(''))
  }
  return tokens.join('')
}

/** The members of constructed content, as far as they can be told apart. */
function childrenOf(content: Uint8Array): Uint8Array[] {
  const children: Uint8Array[] = []
  for (let offset = 0; offset < content.length; ) {
    const rest = content.subarray(offset)
    const size = headerSizeOf(rest) + contentSizeOf(rest)
    if (size > rest.length) return []
    children.push(rest.subarray(0, size))
    offset += size
  }
  return children
}

function headerSizeOf(der: Uint8Array): number {
  const first = der[1] ?? 0
  return first < 0x80 ? 2 : 2 + (first & 0x7f)
}

function contentSizeOf(der: Uint8Array): number {
  const first = der[1] ?? 0
  if (first < 0x80) return first
  return der.subarray(2, headerSizeOf(der)).reduce((size, byte) => size * 256 + byte, 0)
}

function element(tag: number, content: Uint8Array): Uint8Array {
  const length: number[] = []
  for (let rest = content.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff)
  const prefix = content.length < 0x80 ? [content.length] : [0x80 | length.length, ...length]
  return joinBytes(Uint8Array.of(tag, ...prefix), content)
}

/** Joins byte strings. */
export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}
