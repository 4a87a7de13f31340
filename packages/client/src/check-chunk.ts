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
    if (!isJsonObject(call) || !isAbsent(call['custom'])) refuse('a tool call that is no function')
    const { index, id, type, function: called = {} } = call
    if (!(isAbsent(type) || type === 'function') || !isJsonObject(called)) refuse('a tool call that is no function')
    if (typeof index !== 'number' || !isTextOrAbsent(called['arguments'])) refuse('a broken tool call')
    const { name } = called
    const known = idOf.get(index)
    // Some readers take a name or an id again for another piece of it, some for another call.
    const isMore = known !== undefined && isAbsent(name) && (isAbsent(id) || id === known)
    if (isMore) return
    const isNext = Number.isSafeInteger(index) && index > last && isName(id) && !ids.has(id) && isName(name)
    if (!isNext) refuse('a tool call that is not the next one')
    last = index
    ids.add(id)
    idOf.set(index, id)
  }

  function checkDelta(delta: JsonObject): void {
    for (const name of ['content', 'refusal', 'reasoning', 'reasoning_content']) {
      if (!isTextOrAbsent(delta[name])) refuse(`a ${name} that is no text`)
    }
    for (const name of ['function_call', 'audio']) if (!isAbsent(delta[name])) refuse(name)
    const [reasoning, content] = [stringAt(delta, 'reasoning') ?? '', stringAt(delta, 'reasoning_content') ?? '']
    if (reasoning !== '' && content !== '' && reasoning !== content) refuse('two different reasonings')
    const { tool_calls: pieces } = delta
    if (isAbsent(pieces)) return
    if (!Array.isArray(pieces)) refuse('tool calls that are no list')
    for (const piece of pieces) checkCall(piece)
  }

  return ({ choices }) => {
    if (isAbsent(choices)) return
    if (!Array.isArray(choices) || choices.length > 1) refuse('several choices')
    const [choice]: readonly JsonValue[] = choices
    if (choice === undefined) return
    if (!isJsonObject(choice) || (choice['index'] ?? 0) !== 0) refuse('several choices')
    const { delta, message, text } = choice
    if (endpoint === 'completions') {
      if (!isAbsent(delta) || !isAbsent(message) || !isTextOrAbsent(text)) refuse('a message in a completion')
      return
    }
    if (!isAbsent(message) || !isAbsent(text)) refuse('a whole message in a chunk')
    if (isJsonObject(delta)) checkDelta(delta)
    else if (!isAbsent(delta)) refuse('a delta that is no object')
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

function refuse(what: string): never {
  throw new VerificationError('VERIFICATION_RECEIPT', `the stream carries ${what}, which no receipt covers`, {
    reason: 'AMBIGUOUS_CHUNK',
  })
}
