import { Validator } from '@cfworker/json-schema'
import type { JsonObject } from '@og/x402'

const DRAFT = 'https://json-schema.org/draft/2020-12/schema'
const MAX_NODES = 4_000
const MAX_DEPTH = 32
/** Each node of a schema may meet each node of what it describes: a tenth of a second at the most. */
const MAX_MEETINGS = 100_000
/** References make the work of a check grow without bound; identifiers may point anywhere. */
const REFUSED: readonly string[] = ['$ref', '$dynamicRef', '$recursiveRef', '$id']
/** Keywords that run a stranger's regular expression, or compare each with each. What they ask for is not checked. */
const SKIPPED: readonly string[] = ['pattern', 'patternProperties', 'format', 'uniqueItems']

const QUERY_METHODS: readonly unknown[] = ['GET', 'HEAD', 'DELETE']
const BODY_METHODS: readonly unknown[] = ['POST', 'PUT', 'PATCH']
const BODY_TYPES: readonly unknown[] = ['json', 'form-data', 'text']
const TRANSPORTS: readonly unknown[] = ['streamable-http', 'sse']

/** How a resource is called, by its own declaration. */
export type CheckedInfo =
  | { readonly ok: true; readonly type: 'http' | 'mcp'; readonly toolName: string; readonly text: string }
  /** `reason` is for the server that declared it. */
  | { readonly ok: false; readonly reason: string }

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The schema without what is not run; `undefined` when it must not be run at all. */
function tamed(node: unknown, budget: { nodes: number }, depth = 0): unknown {
  budget.nodes -= 1
  if (budget.nodes < 0 || depth > MAX_DEPTH) return undefined
  if (Array.isArray(node)) {
    const items = node.map((item) => tamed(item, budget, depth + 1))
    return items.includes(undefined) ? undefined : items
  }
  if (!isObject(node)) return node
  const kept: Record<string, unknown> = Object.create(null)
  for (const [key, value] of Object.entries(node)) {
    if (REFUSED.includes(key)) return undefined
    if (SKIPPED.includes(key)) continue
    const inner = tamed(value, budget, depth + 1)
    if (inner === undefined) return undefined
    kept[key] = inner
  }
  return kept
}

function checkHttp(input: JsonObject): CheckedInfo {
  const { method, bodyType } = input
  const isBody = BODY_METHODS.includes(method)
  if (!isBody && !QUERY_METHODS.includes(method)) return { ok: false, reason: 'info.input.method is not one of HTTP' }
  if (isBody ? !BODY_TYPES.includes(bodyType) : bodyType !== undefined)
    return { ok: false, reason: 'info.input.bodyType does not fit the method' }
  return { ok: true, type: 'http', toolName: '', text: '' }
}

function checkTool(input: JsonObject): CheckedInfo {
  const { toolName, inputSchema, transport, description } = input
  if (typeof toolName !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(toolName))
    return { ok: false, reason: 'info.input.toolName is not a name' }
  if (!isObject(inputSchema)) return { ok: false, reason: 'info.input.inputSchema is not an object' }
  if (transport !== undefined && !TRANSPORTS.includes(transport))
    return { ok: false, reason: 'info.input.transport is unknown' }
  const text = typeof description === 'string' ? description.slice(0, 1_000) : ''
  return { ok: true, type: 'mcp', toolName, text: `${toolName} ${text}` }
}

/** Checks what a `bazaar` extension declares: against its own schema, and against the specification. */
export function checkInfo(extension: JsonObject): CheckedInfo {
  const { info, schema } = extension
  if (!isObject(info) || !isObject(schema)) return { ok: false, reason: 'info and schema must be objects' }
  if (schema['$schema'] !== undefined && schema['$schema'] !== DRAFT)
    return { ok: false, reason: 'schema is not of JSON Schema draft 2020-12' }
  const left = { nodes: MAX_NODES }
  const known = tamed(schema, left)
  if (!isObject(known)) return { ok: false, reason: 'schema is too large, or uses references' }
  const rest = { nodes: MAX_NODES }
  if (tamed(info, rest) === undefined) return { ok: false, reason: 'info is too large' }
  if ((MAX_NODES - left.nodes) * (MAX_NODES - rest.nodes) > MAX_MEETINGS)
    return { ok: false, reason: 'schema and info together are too large' }
  try {
    if (!new Validator(known, '2020-12', true).validate(info).valid)
      return { ok: false, reason: 'info failed schema validation' }
  } catch {
    return { ok: false, reason: 'schema cannot be run' }
  }
  const { input } = info
  if (!isObject(input)) return { ok: false, reason: 'info.input is not an object' }
  if (input['type'] === 'http') return checkHttp(input)
  return input['type'] === 'mcp' ? checkTool(input) : { ok: false, reason: 'info.input.type is neither http nor mcp' }
}
