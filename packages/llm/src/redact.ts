import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, readJson } from './json.js'

/** Settings of a request: how a model is asked, not what. Everything else is hidden. */
const openSettings = new Set([
  'model',
  'stream',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'n',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'reasoning_effort',
  'verbosity',
  'parallel_tool_calls',
  'encoding_format',
  'dimensions',
])

const openHeaders = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'date',
  'server',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'x-request-id',
])

const maxDepth = 8

/** The shape of a request body: settings as they are, content as its length. */
export function redactBody(text: string): string {
  const body = readJson(text)
  return body === undefined ? hidden(text) : JSON.stringify(redacted(body, []))
}

function redacted(value: JsonValue, path: readonly string[]): JsonValue {
  if (path.length > maxDepth) return '[deeper]'
  if (isJsonArray(value)) return value.map((item) => redacted(item, path))
  if (isJsonObject(value)) {
    const copy: { [name: string]: JsonValue } = {}
    for (const [name, member] of Object.entries(value)) copy[nameOf(name, path)] = redacted(member, [...path, name])
    return copy satisfies JsonObject
  }
  if (value === null || isOpen(value, path)) return value
  return typeof value === 'string' ? hidden(value) : '[hidden]'
}

function isOpen(value: string | number | boolean, path: readonly string[]): boolean {
  const [first = '', ...rest] = path
  if (rest.length === 0) return openSettings.has(first)
  const last = rest.at(-1)
  if (first === 'messages' && (last === 'role' || last === 'type') && rest.length <= 2)
    return typeof value === 'string' && /^[a-z_]{1,20}$/.test(value)
  return first === 'stream_options'
}

/** Below the first two levels, names of members can be the caller's own words. */
function nameOf(name: string, path: readonly string[]): string {
  const isFixed = path.length === 0 || path[0] === 'messages' || path[0] === 'stream_options'
  return isFixed ? name : hidden(name)
}

function hidden(text: string): string {
  return `[${text.length} characters]`
}

/** Headers by name; values only of those that cannot hold a key, a payment or a cookie. */
export function redactHeaders(headers: Headers): Readonly<Record<string, string>> {
  const copy: Record<string, string> = {}
  headers.forEach((value, name) => {
    copy[name] = openHeaders.has(name) ? value : hidden(value)
  })
  return copy
}
