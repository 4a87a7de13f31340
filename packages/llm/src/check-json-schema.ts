import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, objectAt } from './json.js'

const maxDepth = 32
/** Most schema nodes visited, so that a schema that refers to itself in several places stays cheap. */
const maxSteps = 20_000

/**
 * Checks a value against the part of JSON Schema that tool parameters use: type, enum, const, properties, required,
 * additionalProperties: false, items, anyOf, minimum, maximum, local $ref. Other keywords are not checked.
 * Returns the first complaint, or `undefined`.
 */
export function checkJsonSchema(value: JsonValue, schema: JsonObject): string | undefined {
  return check(value, schema, { root: schema, path: '', depth: 0, steps: { left: maxSteps } })
}

interface Place {
  readonly root: JsonObject
  readonly path: string
  readonly depth: number
  readonly steps: { left: number }
}

function check(value: JsonValue, given: JsonObject, place: Place): string | undefined {
  place.steps.left -= 1
  if (place.depth > maxDepth || place.steps.left < 0)
    return `${place.path || 'the value'} is nested too deeply to be checked`
  const schema = resolveReference(given, place.root)
  const at = place.path || 'the value'
  const types = typesOf(schema)
  if (types.length > 0 && !types.some((type) => hasType(value, type))) return `${at} must be ${types.join(' or ')}`
  const allowed = schema['enum']
  if (isJsonArray(allowed) && !allowed.some((item) => isSame(item, value))) {
    return `${at} must be one of ${JSON.stringify(allowed)}`
  }
  if ('const' in schema && !isSame(schema['const'] ?? null, value))
    return `${at} must be ${JSON.stringify(schema['const'])}`
  const variants = schema['anyOf']
  if (isJsonArray(variants)) {
    const complaints = variants
      .filter(isJsonObject)
      .map((variant) => check(value, variant, { ...place, depth: place.depth + 1 }))
    if (complaints.length > 0 && complaints.every((complaint) => complaint !== undefined)) return complaints[0]
  }
  if (typeof value === 'number') return checkRange(value, schema, at)
  if (isJsonArray(value)) return checkItems(value, schema, place)
  if (isJsonObject(value)) return checkMembers(value, schema, place)
  return undefined
}

function checkRange(value: number, schema: JsonObject, at: string): string | undefined {
  const { minimum, maximum } = schema
  if (typeof minimum === 'number' && value < minimum) return `${at} must be at least ${minimum}`
  if (typeof maximum === 'number' && value > maximum) return `${at} must be at most ${maximum}`
  return undefined
}

function checkItems(value: readonly JsonValue[], schema: JsonObject, place: Place): string | undefined {
  const items = objectAt(schema, 'items')
  if (!items) return undefined
  for (const [index, item] of value.entries()) {
    const complaint = check(item, items, { ...place, path: `${place.path}[${index}]`, depth: place.depth + 1 })
    if (complaint) return complaint
  }
  return undefined
}

function checkMembers(value: JsonObject, schema: JsonObject, place: Place): string | undefined {
  const properties = objectAt(schema, 'properties') ?? {}
  const required = schema['required']
  const pathOf = (key: string): string => (place.path === '' ? key : `${place.path}.${key}`)
  if (isJsonArray(required)) {
    for (const key of required) {
      if (typeof key === 'string' && !Object.hasOwn(value, key)) return `${pathOf(key)} is missing`
    }
  }
  for (const [key, member] of Object.entries(value)) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (isJsonObject(property)) {
      const complaint = check(member, property, { ...place, path: pathOf(key), depth: place.depth + 1 })
      if (complaint) return complaint
    } else if (schema['additionalProperties'] === false) {
      return `${pathOf(key)} is not a parameter`
    }
  }
  return undefined
}

/** The schema that a local `$ref` names; the schema itself when there is none. */
export function resolveReference(schema: JsonObject, root: JsonObject): JsonObject {
  const reference = schema['$ref']
  if (reference === '#') return root
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return schema
  let target: JsonValue = root
  for (const step of reference.slice(2).split('/')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (!isJsonObject(target) || !Object.hasOwn(target, key)) return {}
    target = target[key] ?? null
  }
  return isJsonObject(target) ? target : {}
}

/** The types that a schema allows; empty when it does not say. */
export function typesOf(schema: JsonObject): readonly string[] {
  const type = schema['type']
  if (typeof type === 'string') return [type]
  return isJsonArray(type) ? type.filter((item) => typeof item === 'string') : []
}

function hasType(value: JsonValue, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return isJsonArray(value)
    case 'object':
      return isJsonObject(value)
    case 'integer':
      return Number.isInteger(value)
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type
    default:
      return false
  }
}

function isSame(first: JsonValue, second: JsonValue): boolean {
  return first === second || JSON.stringify(first) === JSON.stringify(second)
}
