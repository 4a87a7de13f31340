import type { Endpoint } from '@og/settlement'
import type { JsonObject, JsonValue } from './read-json.js'
import { isJsonObject, stringAt } from './read-json.js'
import { VerificationError } from './verification-error.js'

/**
 * Makes the check of one stream's chunks: each must be one that every reader puts together in the same way, so that what was hashed is what
 * whoever reads the stream has read. What a transcript does not cover (audio, legacy function calls, tools that are no functions, content in
 * parts) is refused as it is in an unstreamed answer.
 * @throws VerificationError `VERIFICATION_RECEIPT` from the returned function.
 */
export function createChunkCheck(endpoint: Endpoint): (chunk: JsonObject) => void {
  const idOf = new Map<number, string>()
  const ids = new Set<string>()
  let last = -1

  function checkCall(call: JsonValue): void {
    if (!isJsonObject(call)) refuse()
    const { index, id, type, custom, function: called = {} } = call
    // A tool that is no function.
    if (!isAbsent(custom) || !(isAbsent(type) || type === 'function') || !isJsonObject(called)) refuse()
    if (typeof index !== 'number' || !isTextOrAbsent(called['arguments'])) refuse()
    const { name } = called
    const known = idOf.get(index)
    // Some readers take a name or an id again for another piece of it, some for another call.
    const isMore = known !== undefined && isAbsent(name) && (isAbsent(id) || id === known)
    if (isMore) return
    const isNext = Number.isSafeInteger(index) && index > last && isName(id) && !ids.has(id) && isName(name)
    if (!isNext) refuse()
    last = index
    ids.add(id)
    idOf.set(index, id)
  }

  function checkDelta(delta: JsonObject): void {
    for (const name of ['content', 'refusal', 'reasoning', 'reasoning_content']) {
      if (!isTextOrAbsent(delta[name])) refuse()
    }
    for (const name of ['function_call', 'audio']) if (!isAbsent(delta[name])) refuse()
    const [reasoning, content] = [stringAt(delta, 'reasoning') ?? '', stringAt(delta, 'reasoning_content') ?? '']
    if (reasoning !== '' && content !== '' && reasoning !== content) refuse()
    const { tool_calls: pieces } = delta
    if (isAbsent(pieces)) return
    if (!Array.isArray(pieces)) refuse()
    for (const piece of pieces) checkCall(piece)
  }

  return ({ choices }) => {
    if (isAbsent(choices)) return
    if (!Array.isArray(choices) || choices.length > 1) refuse()
    const [choice]: readonly JsonValue[] = choices
    if (choice === undefined) return
    if (!isJsonObject(choice) || (choice['index'] ?? 0) !== 0) refuse()
    const { delta, message, text } = choice
    if (endpoint === 'completions') {
      if (!isAbsent(delta) || !isAbsent(message) || !isTextOrAbsent(text)) refuse()
      return
    }
    if (!isAbsent(message) || !isAbsent(text)) refuse()
    if (isJsonObject(delta)) checkDelta(delta)
    else if (!isAbsent(delta)) refuse()
  }
}

function isAbsent(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === ''
}

function isName(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== ''
}

function isTextOrAbsent(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || typeof value === 'string'
}

function refuse(): never {
  throw new VerificationError('VERIFICATION_RECEIPT', 'readers understand a chunk of the stream differently', {
    reason: 'AMBIGUOUS_CHUNK',
  })
}
