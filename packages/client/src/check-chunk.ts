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
    if (!isJsonObject(call)) refuse('a tool call that is no object')
    const { index, id, type, function: called } = call
    if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) refuse('a tool call without a place')
    if (!isAbsent(type) && type !== 'function') refuse('a tool call that is no function')
    if (!isAbsent(call['custom'])) refuse('a tool call that is no function')
    if (called !== undefined && !isJsonObject(called)) refuse('a tool call whose function is none')
    const name = called?.['name']
    if (!isTextOrAbsent(called?.['arguments'])) refuse('arguments that are no text')
    const known = idOf.get(index)
    if (known !== undefined) {
      // Some readers take a name or an id again for another piece of it, some for another call.
      if (!isAbsent(name) || !(isAbsent(id) || id === known)) refuse('a tool call that is named twice')
      return
    }
    if (typeof id !== 'string' || id === '' || typeof name !== 'string' || name === '') {
      refuse('a tool call that begins without id or name')
    }
    if (index <= last || ids.has(id)) refuse('tool calls out of order')
    last = index
    ids.add(id)
    idOf.set(index, id)
  }

  function checkDelta(delta: JsonObject): void {
    for (const name of ['content', 'refusal', 'reasoning', 'reasoning_content']) {
      if (!isTextOrAbsent(delta[name])) refuse(`${name} that is no text`)
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
    if (!isJsonObject(choice) || (choice['index'] ?? 0) !== 0) refuse('a choice that is not the first')
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

function isTextOrAbsent(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || typeof value === 'string'
}

function refuse(what: string): never {
  throw new VerificationError('VERIFICATION_RECEIPT', `the stream carries ${what}, which no receipt covers`, {
    reason: 'AMBIGUOUS_CHUNK',
  })
}
