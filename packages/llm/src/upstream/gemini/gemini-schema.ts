import {
  isJsonArray,
  isJsonObject,
  type JsonDraft,
  type JsonObject,
  type JsonValue,
  objectAt,
  stringAt,
} from '../../json.js'
import { UpstreamError } from '../upstream-error.js'

const kept = [
  'title',
  'description',
  'required',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
]
const formats = new Set(['enum', 'date-time', 'float', 'double', 'int32', 'int64'])
const maxDepth = 64
const maxNodes = 20_000

/** Thrown internally for a schema that refers to itself, which this form cannot say. */
class RecursiveSchema extends Error {
  override readonly name = 'RecursiveSchema'
}

interface Scope {
  readonly root: JsonObject
  readonly open: readonly string[]
  readonly depth: number
  readonly nodes: { count: number }
}

/**
 * A JSON Schema in the form of the Gemini API, an OpenAPI 3.0 subset: references are written out, types with null become `nullable`, `const`
 * becomes `enum`, what the form does not know is left out. `undefined` for a schema that refers to itself.
 * @throws UpstreamError `UPSTREAM_UNSUPPORTED` for a schema that is too large once it is written out
 */
export function geminiSchemaOf(schema: JsonObject): JsonObject | undefined {
  try {
    return convert(schema, { root: schema, open: [], depth: 0, nodes: { count: 0 } })
  } catch (error) {
    if (error instanceof RecursiveSchema) return undefined
    throw error
  }
}

function convert(value: JsonValue, scope: Scope): JsonObject {
  scope.nodes.count += 1
  if (scope.depth > maxDepth || scope.nodes.count > maxNodes) throw new UpstreamError('UPSTREAM_UNSUPPORTED')
  if (!isJsonObject(value)) return {}
  const reference = stringAt(value, '$ref')
  if (reference !== undefined) return convertReference(value, { reference, scope })
  const inner = (item: JsonValue): JsonObject => convert(item, { ...scope, depth: scope.depth + 1 })
  const draft: JsonDraft = {}
  for (const key of kept) {
    const member = value[key]
    if (member !== undefined) draft[key] = member
  }
  addType(draft, value)
  addValues(draft, value)
  const format = stringAt(value, 'format')
  if (format !== undefined && formats.has(format)) draft['format'] = format
  const properties = objectAt(value, 'properties')
  if (properties && Object.keys(properties).length > 0) {
    draft['properties'] = Object.fromEntries(Object.entries(properties).map(([name, item]) => [name, inner(item)]))
  }
  const { items } = value
  if (isJsonObject(items)) draft['items'] = inner(items)
  else if (draft['type'] === 'array') draft['items'] = {}
  const alternatives = value['anyOf'] ?? value['oneOf']
  if (isJsonArray(alternatives))
    return withAlternatives(
      draft,
      alternatives.map((item) => ({ item, schema: inner(item) })),
    )
  const { allOf } = value
  return isJsonArray(allOf) ? allOf.map(inner).reduce(merge, draft) : draft
}

function convertReference(
  value: JsonObject,
  { reference, scope }: { readonly reference: string; readonly scope: Scope },
): JsonObject {
  if (scope.open.includes(reference)) throw new RecursiveSchema()
  const target = resolve(scope.root, reference)
  if (!target) throw new UpstreamError('UPSTREAM_UNSUPPORTED')
  const converted = convert(target, { ...scope, open: [...scope.open, reference], depth: scope.depth + 1 })
  const description = stringAt(value, 'description')
  return description === undefined ? converted : { ...converted, description }
}

function resolve(root: JsonObject, reference: string): JsonObject | undefined {
  if (reference === '#') return root
  if (!reference.startsWith('#/')) return undefined
  let at: JsonValue | undefined = root
  for (const step of reference.slice(2).split('/')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    at = isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined
  }
  return isJsonObject(at) ? at : undefined
}

function addType(draft: JsonDraft, value: JsonObject): void {
  const { type } = value
  if (typeof type === 'string') {
    draft['type'] = type
    return
  }
  if (!isJsonArray(type)) return
  const types = type.filter((item): item is string => typeof item === 'string' && item !== 'null')
  if (types.length < type.length) draft['nullable'] = true
  if (types.length === 1) draft['type'] = types[0] ?? 'string'
  else if (types.length > 1) draft['anyOf'] = types.map((item) => ({ type: item }))
}

/** Only strings can be listed; other values are told in words. */
function addValues(draft: JsonDraft, value: JsonObject): void {
  const values = value['const'] === undefined ? value['enum'] : [value['const']]
  if (!isJsonArray(values)) return
  const present = values.filter((item) => item !== null)
  if (present.length < values.length) draft['nullable'] = true
  if (present.every((item) => typeof item === 'string')) {
    draft['type'] = 'string'
    draft['enum'] = present
    return
  }
  const words = `One of: ${present.map((item) => JSON.stringify(item)).join(', ')}.`
  const description = stringAt(draft, 'description')
  draft['description'] = description === undefined ? words : `${description} ${words}`
}

function withAlternatives(
  draft: JsonObject,
  alternatives: readonly { readonly item: JsonValue; readonly schema: JsonObject }[],
): JsonObject {
  const present = alternatives.filter(({ item }) => !isJsonObject(item) || item['type'] !== 'null')
  const nullable = present.length < alternatives.length ? { nullable: true } : {}
  const [only] = present
  if (present.length === 1 && only) return { ...only.schema, ...draft, ...nullable }
  return { ...draft, ...nullable, anyOf: present.map(({ schema }) => schema) }
}

function merge(first: JsonObject, second: JsonObject): JsonObject {
  const required = [first['required'], second['required']].flatMap((list) => (isJsonArray(list) ? list : []))
  const properties = { ...objectAt(first, 'properties'), ...objectAt(second, 'properties') }
  return {
    ...first,
    ...second,
    ...(required.length === 0 ? {} : { required: [...new Set(required)] }),
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
  }
}
