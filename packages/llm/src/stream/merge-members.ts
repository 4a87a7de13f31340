import type { JsonDraft, JsonObject } from '../json.js'

/** Most members that pieces are put together to: what is above is left out. */
const maxMembers = 100

/** Puts the members of a piece into an object, the last value of each, and returns the object. In place: a copy for each piece would take a stream's square. */
export function mergeMembers(into: JsonDraft, piece: JsonObject): JsonDraft {
  for (const [name, value] of Object.entries(piece)) {
    if (name === '__proto__') continue
    if (Object.hasOwn(into, name) || Object.keys(into).length < maxMembers) into[name] = value
  }
  return into
}
