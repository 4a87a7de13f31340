import type { JsonDraft, JsonObject, JsonValue } from '../json.js'

/** Most members that pieces are put together to: what is above is left out. */
const maxMembers = 100

/**
 * Puts the members of a piece into an object and returns the object: the last value of each, or what `grow` makes of the sum so far and the value.
 * In place: a copy for each piece would take a stream's square.
 */
export function mergeMembers(
  into: JsonDraft,
  piece: JsonObject,
  grow?: (sum: JsonValue | undefined, value: JsonValue, name: string) => JsonValue,
): JsonDraft {
  for (const [name, value] of Object.entries(piece)) {
    if (name === '__proto__') continue
    if (!Object.hasOwn(into, name) && Object.keys(into).length >= maxMembers) continue
    into[name] = grow ? grow(into[name], value, name) : value
  }
  return into
}
