import { type JsonDraft, type JsonObject, type JsonValue, objectAt, objectsAt } from '../json.js'
import { mergeMembers } from './merge-members.js'

/**
 * Collects what providers attach to their reasoning and want back in the next turn, unread: `reasoning_details` (OpenRouter and this
 * project's gateway), `thinking_blocks` (LiteLLM), `extra_content` (Gemini's OpenAI-compatible API).
 */
export interface ReasoningCarrier {
  /** Takes a delta. */
  push(delta: JsonObject): void
  /** The members to put into the message; empty when there were none. */
  members(): JsonObject
}

const listNames = ['reasoning_details', 'thinking_blocks'] as const
/** Members whose pieces are put behind each other; of all others the last value counts. */
const growing = new Set(['text', 'summary', 'data', 'thinking'])
const maxPieces = 1000

/** Creates a carrier. Pieces of a list that have the same `index` and `type` are parts of one element. */
export function createReasoningCarrier(): ReasoningCarrier {
  const lists = new Map<string, JsonDraft[]>()
  let extraContent: JsonDraft | undefined

  return {
    push(delta) {
      for (const name of listNames) {
        if (delta[name] === undefined) continue
        const list = lists.get(name) ?? []
        lists.set(name, list)
        for (const piece of objectsAt(delta, name)) addPiece(list, piece)
      }
      const extra = delta['extra_content'] === undefined ? undefined : objectAt(delta, 'extra_content')
      if (extra) extraContent = mergeMembers(extraContent ?? {}, extra)
    },
    members() {
      const members: JsonDraft = {}
      for (const [name, list] of lists) if (list.length > 0) members[name] = list.map((element) => ({ ...element }))
      if (extraContent) members['extra_content'] = { ...extraContent }
      return members
    },
  }
}

/** The same members of a whole message or tool call, as they stand. */
export function carriedMembersOf(holder: JsonObject): JsonObject {
  const members: JsonDraft = {}
  for (const name of listNames) {
    const list = objectsAt(holder, name)
    if (list.length > 0) members[name] = list
  }
  const extra = objectAt(holder, 'extra_content')
  if (extra) members['extra_content'] = extra
  return members
}

function addPiece(list: JsonDraft[], piece: JsonObject): void {
  const continues = (element: JsonObject): boolean =>
    element['type'] === piece['type'] &&
    element['index'] === piece['index'] &&
    (!element['id'] || !piece['id'] || element['id'] === piece['id']) &&
    // Where nothing is counted, blocks come in order and a signature ends one.
    (piece['index'] !== undefined || !element['signature'])
  const element = [...list].reverse().find(continues)
  if (element) mergeMembers(element, piece, grown)
  else if (list.length < maxPieces) list.push({ ...piece })
}

function grown(sum: JsonValue | undefined, value: JsonValue, key: string): JsonValue {
  if (value === null) return sum ?? null
  return growing.has(key) && typeof sum === 'string' && typeof value === 'string' ? sum + value : value
}
