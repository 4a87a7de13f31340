import { resolveReference, typesOf } from '../../check-json-schema.js'
import {
  isJsonArray,
  isJsonObject,
  type JsonDraft,
  type JsonObject,
  type JsonValue,
  objectAt,
  stringAt,
} from '../../json.js'
import type { Place } from './gazetteer.js'
import { stateNames } from './gazetteer.js'
import { numbersOf, quotedText, wordsOf } from './words.js'

/** What values are taken from. */
export interface FillSource {
  /** Texts to search, the most important first. */
  readonly texts: readonly string[]
  readonly place: Place | undefined
  readonly places: readonly Place[]
  /** Stands in for strings that nothing else fits; without it they count as missing. */
  readonly fallbackText: string | undefined
}

/** Values for a schema, or the names of the required members that the source does not tell. */
export interface Filled {
  readonly value: JsonObject
  readonly missing: readonly string[]
}

const maxDepth = 8
/** Most members looked at, so that a schema that refers to itself stays cheap. */
const maxSteps = 2000
const maxChoices = 256

/** Fills the members of an object schema from a conversation. */
export function fillObject(schema: JsonObject, source: FillSource): Filled {
  const numbers = [...source.texts.flatMap((text) => numbersOf(text))]
  return fill(schema, { source, root: schema, numbers, depth: 0, steps: { left: maxSteps } })
}

interface Context {
  readonly source: FillSource
  readonly root: JsonObject
  /** Numbers not used yet; each goes to one member. */
  readonly numbers: number[]
  readonly depth: number
  readonly steps: { left: number }
}

function fill(given: JsonObject, context: Context): Filled {
  const schema = resolveReference(given, context.root)
  const required = schema['required']
  const isRequired = (key: string): boolean => isJsonArray(required) && required.includes(key)
  const value: JsonDraft = {}
  const missing: string[] = []
  for (const [key, member] of Object.entries(objectAt(schema, 'properties') ?? {})) {
    if (key === '__proto__' || !isJsonObject(member)) continue
    const found = valueFor(key, member, { ...context, depth: context.depth + 1 })
    if (found !== undefined) value[key] = found
    else if (isRequired(key)) missing.push(key)
  }
  return { value, missing }
}

function valueFor(key: string, given: JsonObject, context: Context): JsonValue | undefined {
  context.steps.left -= 1
  if (context.depth > maxDepth || context.steps.left < 0) return undefined
  const schema = variantOf(resolveReference(given, context.root), context.root)
  if ('const' in schema) return schema['const'] ?? null
  const allowed = schema['enum']
  if (isJsonArray(allowed)) return choose(allowed, schema, context.source)
  const types = typesOf(schema)
  const type = types.find((item) => item !== 'null') ?? types[0]
  switch (type) {
    case 'object': {
      const filled = fill(schema, context)
      return filled.missing.length === 0 ? filled.value : undefined
    }
    case 'array':
      return arrayFor(key, schema, context)
    case 'number':
    case 'integer':
      return numberFor(schema, { isInteger: type === 'integer', numbers: context.numbers })
    case 'boolean':
      return booleanFor(key, schema, context.source)
    case 'null':
      return null
    default:
      return stringFor(key, schema, context.source)
  }
}

/** The first variant of `anyOf` that is not null. */
function variantOf(schema: JsonObject, root: JsonObject): JsonObject {
  const variants = schema['anyOf'] ?? schema['oneOf']
  if (!isJsonArray(variants)) return schema
  const resolved = variants.filter(isJsonObject).map((variant) => resolveReference(variant, root))
  return resolved.find((variant) => !typesOf(variant).includes('null')) ?? schema
}

/** The allowed value that the texts name; a temperature scale may also follow from the place. */
function choose(allowed: readonly JsonValue[], schema: JsonObject, source: FillSource): JsonValue | undefined {
  for (const text of source.texts) {
    const words = new Set(wordsOf(text))
    const named = allowed.slice(0, maxChoices).find((item) => typeof item === 'string' && isNamed(item, words))
    if (named !== undefined) return named
  }
  if (schema['default'] !== undefined) return schema['default']
  const scale = source.place?.country === 'United States' ? 'fahrenheit' : 'celsius'
  return allowed.find((item) => item === scale) ?? allowed[0]
}

const sameMeaning: Readonly<Record<string, readonly string[]>> = {
  celsius: ['centigrade'],
  c: ['celsius', 'centigrade'],
  f: ['fahrenheit'],
  metric: ['celsius'],
  imperial: ['fahrenheit'],
}

function isNamed(item: string, words: ReadonlySet<string>): boolean {
  const parts = wordsOf(item)
  if (parts.length === 0) return false
  const isThere = parts.every((part) => words.has(part))
  return isThere || (sameMeaning[item.toLowerCase()] ?? []).some((word) => words.has(word))
}

function numberFor(
  schema: JsonObject,
  options: { readonly isInteger: boolean; readonly numbers: number[] },
): JsonValue | undefined {
  const { minimum, maximum } = schema
  const fits = (value: number): boolean =>
    (!options.isInteger || Number.isInteger(value)) &&
    (typeof minimum !== 'number' || value >= minimum) &&
    (typeof maximum !== 'number' || value <= maximum)
  const index = options.numbers.findIndex(fits)
  if (index === -1) return schema['default']
  return options.numbers.splice(index, 1)[0]
}

function booleanFor(key: string, schema: JsonObject, source: FillSource): JsonValue {
  const [text = ''] = source.texts
  const words = wordsOf(text)
  const isMentioned = wordsOf(key).some((word) => words.includes(word))
  if (!isMentioned && typeof schema['default'] === 'boolean') return schema['default']
  return isMentioned && !words.some((word) => word === 'not' || word === 'no' || word === 'without')
}

function arrayFor(key: string, schema: JsonObject, context: Context): JsonValue | undefined {
  const items = objectAt(schema, 'items') ?? {}
  const singular = key.replace(/ies$/, 'y').replace(/s$/, '')
  if (isPlaceKey(singular) && context.source.places.length > 0) {
    return context.source.places.map((place) => placeText(singular, items, place))
  }
  const values: JsonValue[] = []
  const type = typesOf(items)[0]
  do {
    const value = valueFor(singular, items, { ...context, depth: context.depth + 1 })
    if (value === undefined) break
    values.push(value)
  } while (type === 'number' || type === 'integer')
  return values.length > 0 ? values : undefined
}

function isPlaceKey(key: string): boolean {
  return wordsOf(key).some((word) => ['city', 'town', 'location', 'place', 'destination', 'origin'].includes(word))
}

function placeText(key: string, schema: JsonObject, place: Place): string {
  const words = wordsOf(key)
  const isWhole = words.includes('location') || words.includes('place')
  const description = stringAt(schema, 'description') ?? ''
  if (!isWhole || /city name|only/i.test(description) || place.region === '') return place.city
  return place.country === 'United States' ? `${place.city}, ${place.region}` : `${place.city}, ${place.country}`
}

function stringFor(key: string, schema: JsonObject, source: FillSource): JsonValue | undefined {
  const found = knownString(key, schema, source)
  if (found !== undefined) return found
  if (schema['default'] !== undefined) return schema['default']
  return source.fallbackText
}

function knownString(key: string, schema: JsonObject, source: FillSource): string | undefined {
  const words = wordsOf(key)
  const has = (...names: readonly string[]): boolean => words.some((word) => names.includes(word))
  const description = stringAt(schema, 'description') ?? ''
  const match = (pattern: RegExp): string | undefined => {
    for (const text of source.texts) {
      const found = pattern.exec(text)
      if (found) return found[1] ?? found[0]
    }
    return undefined
  }
  if (isPlaceKey(key)) return source.place && placeText(key, schema, source.place)
  if (has('state', 'region', 'province')) return source.place && regionText(source.place, description)
  if (has('country')) return source.place?.country || undefined
  if (has('unit', 'units', 'scale')) return match(/\b(celsius|fahrenheit|kelvin|metric|imperial)\b/i)?.toLowerCase()
  if (has('email', 'mail')) return match(/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}/)
  if (has('url', 'uri', 'link')) return match(/https?:\/\/[^\s"'<>)]{1,2000}/)
  if (has('wallet', 'account', 'contract') || /0x/.test(description)) {
    const account = match(/0x[0-9a-fA-F]{40}\b/)
    if (account) return account
  }
  if (has('date', 'day', 'when')) return match(/\b(\d{4}-\d{2}-\d{2}|today|tomorrow|yesterday)\b/i)
  if (has('symbol', 'ticker', 'currency', 'token')) return match(/\b[A-Z]{2,6}\b/)
  if (has('expression', 'formula', 'equation')) return match(/[-(]?\d[\d\s.+*/()^%-]*\d\)?/)?.trim()
  const [text = ''] = source.texts
  if (has('name', 'person'))
    return match(/\b(?:[Mm]y name is|[Ii] am|[Ii]'m|[Cc]all me|named)\s+(\p{Lu}[\p{L}'’-]*)/u) ?? quotedText(text)
  const quoted = quotedText(text)
  if (quoted !== undefined) return quoted
  if (has('query', 'q', 'search', 'question', 'text', 'message', 'input', 'prompt', 'content', 'topic', 'sentence')) {
    return source.fallbackText === undefined ? text : undefined
  }
  return undefined
}

function regionText(place: Place, description: string): string | undefined {
  if (place.region === '') return undefined
  const wantsName = /full name/i.test(description)
  return wantsName ? (stateNames[place.region] ?? place.country) : place.region
}
