import { isJsonArray, isJsonObject, type JsonDraft, type JsonObject, type JsonValue, objectAt } from './json.js'

/** Keywords that every provider's strict mode takes. Constraints such as `minimum` are checked here, after the answer. */
const kept = new Set(['type', 'enum', 'const', 'description', 'title', '$ref'])
/** Keywords whose meaning would be lost if they were left out. */
const inexpressible = ['allOf', 'not', 'patternProperties', 'prefixItems', 'if', 'dependentSchemas', 'propertyNames']
const maxDepth = 64

/**
 * The form of a schema that strict modes take: closed objects, every member required, optional ones nullable, constraints left out.
 * `undefined` when the schema cannot be said that way (records, tuples, `allOf`): then it is sent as it is, without `strict`.
 */
export function strictSchemaOf(schema: JsonObject): JsonObject | undefined {
  try {
    return strict(schema, 0)
  } catch (error) {
    if (error instanceof Inexpressible) return undefined
    throw error
  }
}

class Inexpressible extends Error {}

function strict(given: JsonObject, depth: number): JsonObject {
  const schema = unwrapped(given)
  if (depth > maxDepth || inexpressible.some((keyword) => keyword in schema)) throw new Inexpressible()
  const copy: JsonDraft = {}
  for (const [key, value] of Object.entries(schema)) if (kept.has(key)) copy[key] = value
  const variants = schema['anyOf'] ?? schema['oneOf']
  if (isJsonArray(variants)) copy['anyOf'] = variants.map((variant) => strict(objectOf(variant), depth + 1))
  for (const name of ['$defs', 'definitions']) {
    const definitions = objectAt(schema, name)
    if (definitions) copy[name] = mapMembers(definitions, (member) => strict(member, depth + 1))
  }
  const { type } = schema
  if (type === 'array') copy['items'] = strict(objectOf(schema['items']), depth + 1)
  if (type === 'object' || 'properties' in schema) Object.assign(copy, strictObject(schema, depth))
  if (Object.keys(copy).every((key) => key === 'description' || key === 'title')) throw new Inexpressible()
  return copy
}

function strictObject(schema: JsonObject, depth: number): JsonObject {
  const properties = objectAt(schema, 'properties') ?? {}
  const extra = schema['additionalProperties']
  // A record: its names are not known beforehand.
  if (
    isJsonObject(extra) ||
    extra === true ||
    (extra === undefined && Object.keys(properties).length === 0 && depth > 0)
  )
    throw new Inexpressible()
  const required = requiredOf(schema)
  return {
    type: 'object',
    properties: mapMembers(properties, (member, key) => {
      const strictMember = strict(member, depth + 1)
      return required.has(key) || acceptsNull(member) ? strictMember : { anyOf: [strictMember, { type: 'null' }] }
    }),
    required: Object.keys(properties),
    additionalProperties: false,
  }
}

/** Converters put a reference into an `allOf` of its own, where it has a neighbour that says nothing. */
function unwrapped(schema: JsonObject): JsonObject {
  const all = schema['allOf']
  if (!isJsonArray(all) || all.length !== 1 || !isJsonObject(all[0])) return schema
  const { allOf: _all, ...rest } = schema
  return { ...rest, ...all[0] }
}

/** Takes back what strict mode adds: a null for a member that may be missing but not null. */
export function withoutAddedNulls(
  value: JsonValue,
  schema: JsonObject,
  root: JsonObject = schema,
  depth = 0,
): JsonValue {
  if (depth > maxDepth) return value
  const own = resolved(schema, root)
  const variants = own['anyOf'] ?? own['oneOf']
  if (isJsonArray(variants)) {
    const shapes = variants.filter(isJsonObject).filter((variant) => fits(value, resolved(variant, root)))
    const [only] = shapes
    return only && shapes.length === 1 ? withoutAddedNulls(value, only, root, depth + 1) : value
  }
  if (isJsonArray(value)) {
    const items = objectAt(own, 'items')
    return items ? value.map((item) => withoutAddedNulls(item, items, root, depth + 1)) : value
  }
  if (!isJsonObject(value)) return value
  const properties = objectAt(own, 'properties') ?? {}
  const required = requiredOf(own)
  const copy: JsonDraft = {}
  for (const [key, member] of Object.entries(value)) {
    const property = Object.hasOwn(properties, key) ? objectAt(properties, key) : undefined
    if (property && member === null && !required.has(key) && !acceptsNull(resolved(property, root))) continue
    define(copy, key, property ? withoutAddedNulls(member, property, root, depth + 1) : member)
  }
  return copy
}

/** Whether an object has the members and constants that tell one variant from another. */
function fits(value: JsonValue, variant: JsonObject): boolean {
  if (isJsonArray(value)) return variant['type'] === 'array'
  if (!isJsonObject(value)) return false
  const properties = objectAt(variant, 'properties')
  if (!properties) return false
  return Object.entries(value).every(([key, member]) => {
    const property = Object.hasOwn(properties, key) ? objectAt(properties, key) : undefined
    if (!property) return false
    return !('const' in property) || property['const'] === member
  })
}

function acceptsNull(schema: JsonObject): boolean {
  const { type } = schema
  const variants = schema['anyOf'] ?? schema['oneOf']
  if (type === 'null' || (isJsonArray(type) && type.includes('null'))) return true
  return isJsonArray(variants) && variants.some((variant) => isJsonObject(variant) && acceptsNull(variant))
}

function resolved(given: JsonObject, root: JsonObject): JsonObject {
  const schema = unwrapped(given)
  const reference = schema['$ref']
  if (reference === '#') return root
  const found = typeof reference === 'string' ? /^#\/(\$defs|definitions)\/([^/]+)$/.exec(reference) : null
  const definitions = found?.[1] === undefined ? undefined : objectAt(root, found[1])
  return (definitions && found?.[2] !== undefined && objectAt(definitions, found[2])) || schema
}

function requiredOf(schema: JsonObject): ReadonlySet<JsonValue> {
  const { required } = schema
  return new Set(isJsonArray(required) ? required : [])
}

function objectOf(value: JsonValue | undefined): JsonObject {
  if (!isJsonObject(value)) throw new Inexpressible()
  return value
}

function mapMembers(object: JsonObject, map: (member: JsonObject, key: string) => JsonObject): JsonObject {
  const copy: JsonDraft = {}
  for (const [key, member] of Object.entries(object)) define(copy, key, map(objectOf(member), key))
  return copy
}

/** Sets a member whatever its name; `__proto__` is a name like any other in JSON. */
function define(target: JsonDraft, key: string, value: JsonValue): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}
