import { isJsonArray, isJsonObject, type JsonDraft, type JsonObject, type JsonValue } from '../../json.js'
import { UpstreamError } from '../upstream-error.js'

const kept = new Set(['type', 'title', 'description', 'default', 'const', 'enum', '$ref', 'required'])
const formats = new Set(['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid'])
const maxDepth = 64

/**
 * The part of a JSON Schema that Claude's constrained output takes: objects closed, limits on numbers and lengths left out. Whoever asked
 * checks the whole schema; this one only steers.
 * @throws UpstreamError `UPSTREAM_UNSUPPORTED` for a schema nested too deeply
 */
export function claudeSchemaOf(schema: JsonObject, depth = 0): JsonObject {
  if (depth > maxDepth) throw new UpstreamError('UPSTREAM_UNSUPPORTED')
  const draft: JsonDraft = {}
  const inner = (value: JsonValue): JsonValue => (isJsonObject(value) ? claudeSchemaOf(value, depth + 1) : value)
  for (const [key, value] of Object.entries(schema)) {
    if (kept.has(key)) draft[key] = value
    else if (key === 'format' && typeof value === 'string' && formats.has(value)) draft[key] = value
    else if ((key === 'properties' || key === '$defs' || key === 'definitions') && isJsonObject(value)) {
      draft[key] = Object.fromEntries(Object.entries(value).map(([name, property]) => [name, inner(property)]))
    } else if (key === 'items') draft[key] = inner(value)
    else if ((key === 'anyOf' || key === 'allOf') && isJsonArray(value)) draft[key] = value.map(inner)
    else if (key === 'oneOf' && isJsonArray(value)) draft['anyOf'] = value.map(inner)
  }
  if (schema['type'] === 'object' || isJsonObject(schema['properties'])) draft['additionalProperties'] = false
  return draft
}
