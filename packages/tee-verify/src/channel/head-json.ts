import { textOf } from './bytes.js'
import { ChannelError } from './channel-error.js'

/**
 * Parses the JSON head of a request or answer: one object with exactly the named members.
 * @throws {ChannelError} `MALFORMED`.
 */
export function parseHeadObject(bytes: Uint8Array, members: readonly string[]): ReadonlyMap<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(textOf(bytes))
  } catch (cause) {
    throw new ChannelError('MALFORMED', 'the head is not JSON', { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ChannelError('MALFORMED', 'the head is not an object')
  }
  const entries = new Map<string, unknown>(Object.entries(value))
  if (entries.size !== members.length || !members.every((member) => entries.has(member))) {
    throw new ChannelError('MALFORMED', `the head does not have exactly the members ${members.join(', ')}`)
  }
  return entries
}
