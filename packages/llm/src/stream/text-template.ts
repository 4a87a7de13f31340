import { isJsonObject, type JsonObject, readJson } from '../json.js'

/**
 * The wire form that the text chunks of one stream share: everything before and after the text. A chunk of this form needs no parsing:
 * JSON with another text in the same place differs from the parsed one in that text only.
 */
export interface TextTemplate {
  /** From the start of the event up to the text. */
  readonly prefix: string
  /** From the quote that ends the text to the blank line that ends the event. */
  readonly suffix: string
}

const probe = 'probe'
const maxTemplateChars = 16_384

/**
 * Finds the template of an event whose only content is one text; `undefined` when it cannot be proven.
 * @param raw the event as it stood on the wire
 * @param key the member that holds the text
 */
export function textTemplateOf(raw: string, chunk: JsonObject, key: 'content' | 'text'): TextTemplate | undefined {
  if (raw.length > maxTemplateChars) return undefined
  const end = raw.endsWith('\n\n') ? 2 : raw.endsWith('\r\n\r') ? 3 : 0
  const lead = raw.startsWith('data: ') ? 6 : raw.startsWith('data:') ? 5 : 0
  if (end === 0 || lead === 0) return undefined
  const json = raw.slice(lead, raw.length - end)
  const found = new RegExp(`"${key}": ?"`).exec(json)
  if (!found) return undefined
  const start = found.index + found[0].length
  const stop = json.indexOf('"', start)
  if (stop === -1) return undefined
  const before = json.slice(0, start)
  const after = json.slice(stop)
  // The proof: with another text in this place, only the text of the first choice is another.
  const probed = readJson(before + probe + after)
  if (!isJsonObject(probed) || textOf(probed, key) !== probe) return undefined
  const text = textOf(chunk, key)
  if (text === undefined || JSON.stringify(withText(probed, key, text)) !== JSON.stringify(chunk)) return undefined
  return { prefix: raw.slice(0, lead) + before, suffix: after + (end === 2 ? '\n\n' : '\r\n\r\n') }
}

function holderOf(chunk: JsonObject, key: string): JsonObject | undefined {
  const choices = chunk['choices']
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined
  if (!isJsonObject(choice)) return undefined
  const holder = key === 'text' ? choice : choice['delta']
  return isJsonObject(holder) ? holder : undefined
}

function textOf(chunk: JsonObject, key: string): string | undefined {
  const text = holderOf(chunk, key)?.[key]
  return typeof text === 'string' ? text : undefined
}

/** A copy of the chunk with another text. */
function withText(chunk: JsonObject, key: string, text: string): JsonObject {
  const holder = holderOf(chunk, key)
  const replace = (value: unknown): unknown => (value === holder ? { ...holder, [key]: text } : value)
  const copy: unknown = JSON.parse(JSON.stringify(chunk, (_name, value: unknown) => replace(value)))
  return isJsonObject(copy) ? copy : {}
}
