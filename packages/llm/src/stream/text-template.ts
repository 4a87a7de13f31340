import { isJsonObject, type JsonObject, type JsonValue, objectAt, objectsAt, readJson } from '../json.js'
import { decodeUtf8 } from './utf8-decoder.js'

/**
 * The wire form that the text chunks of one stream share: everything before and after the text. A chunk of this form needs no parsing:
 * JSON with another text in the same place differs from the parsed one in that text only.
 */
export interface TextTemplate {
  /** The start of the event as text. */
  readonly opening: string
  /** From the start of the event up to the text. */
  readonly prefix: Uint8Array
  /** From the quote that ends the text to the blank line that ends the event. */
  readonly suffix: Uint8Array
}

const probe = 'probe'
const maxTemplateChars = 16_384
const places = { content: /"content": ?"/, text: /"text": ?"/ } as const
const utf8 = new TextEncoder()

/**
 * Finds the template of an event whose only content is one text; `undefined` when it cannot be proven.
 * @param raw the event as it stood on the wire
 * @param key the member that holds the text
 */
export function textTemplateOf(raw: string, chunk: JsonObject, key: 'content' | 'text'): TextTemplate | undefined {
  const lead = raw.indexOf('{')
  if (raw.length > maxTemplateChars || !raw.startsWith('data:') || !raw.endsWith('}\n\n')) return undefined
  const found = places[key].exec(raw)
  if (!found) return undefined
  const start = found.index + found[0].length
  const stop = raw.indexOf('"', start)
  const opening = raw.slice(0, start)
  const rest = raw.slice(stop)
  // The proof: what stands in this place is one string of the JSON, and it is the text of the first choice. Half of one would leave its other
  // half behind, which is no JSON.
  const probed = readJson(opening.slice(lead) + probe + rest)
  if (holderOf(probed, key)?.[key] !== probe || holderOf(chunk, key)?.[key] === probe) return undefined
  return { opening, prefix: utf8.encode(opening), suffix: utf8.encode(rest) }
}

/** A text that was taken without parsing, and where the next event begins. */
export interface TakenText {
  text: string
  end: number
}

/**
 * Reads the event at `start` if it has the template's form. Writes into `taken`, which is used again and again; false when the event has
 * another form or is not whole.
 */
export function takeText(bytes: Uint8Array, start: number, template: TextTemplate, taken: TakenText): boolean {
  const { prefix, suffix } = template
  const { length } = bytes
  const first = start + prefix.length
  if (first + suffix.length > length || !hasAt(bytes, start, prefix)) return false
  let end = first
  let isPlain = true
  for (; end < length; end += 1) {
    const byte = bytes[end] ?? 0
    if (byte === 0x22) break
    if (byte < 0x20) return false
    if (byte === 0x5c) end += 1
    if (byte === 0x5c || byte > 0x7e) isPlain = false
  }
  if (end + suffix.length > length || !hasAt(bytes, end, suffix)) return false
  const text = isPlain && end - first < 24 ? asciiText(bytes, first, end) : jsonText(bytes.subarray(first, end))
  if (text === undefined) return false
  taken.text = text
  taken.end = end + suffix.length
  return true
}

function hasAt(bytes: Uint8Array, start: number, part: Uint8Array): boolean {
  for (let index = 0; index < part.length; index += 1) if (bytes[start + index] !== part[index]) return false
  return true
}

function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let index = start; index < end; index += 1) text += String.fromCharCode(bytes[index] ?? 0)
  return text
}

/** What the inside of a JSON string says; `undefined` when one of its escapes is none. */
function jsonText(bytes: Uint8Array): string | undefined {
  const inner = decodeUtf8(bytes)
  if (!inner.includes('\\')) return inner
  const value = readJson(`"${inner}"`)
  return typeof value === 'string' ? value : undefined
}

/** The object of a chunk that holds its text. */
function holderOf(chunk: JsonValue | undefined, key: string): JsonObject | undefined {
  const choice = isJsonObject(chunk) ? objectsAt(chunk, 'choices')[0] : undefined
  return key === 'text' ? choice : choice && objectAt(choice, 'delta')
}
