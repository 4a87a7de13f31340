import { isJsonArray, isJsonObject, type JsonObject, readJson } from '../../json.js'
import { optional, readString } from '../field-readers.js'
import { maxReasoningDetails } from '../reasoning-details.js'
import { UpstreamRequestError } from '../request-error.js'

/** Marks the reasoning of this encoder, so that what another server has encrypted is not taken for it. */
const prefix = 'ogr1.'

/** Packs reasoning details into the `encrypted_content` of a reasoning item, which clients send back unread. Packed, not secret. */
export function packReasoning(details: readonly JsonObject[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(details))
  let text = ''
  for (let from = 0; from < bytes.length; from += 8192) {
    text += String.fromCharCode(...bytes.subarray(from, from + 8192))
  }
  return prefix + btoa(text)
}

/**
 * Opens a reasoning item of the input. Without `encrypted_content` it has no effect: models take no reasoning back that is not signed.
 * @throws UpstreamRequestError for content that this server did not pack
 */
export function openReasoning(item: JsonObject, param: string): readonly JsonObject[] {
  const value = optional(item, 'encrypted_content')
  if (value === undefined) return []
  const at = `${param}.encrypted_content`
  const packed = readString(value, { param: at })
  const details = packed.startsWith(prefix) ? unpack(packed.slice(prefix.length)) : undefined
  if (!isJsonArray(details) || details.length > maxReasoningDetails || !details.every(isJsonObject)) {
    throw new UpstreamRequestError('invalid_value', at, `Invalid '${at}': not made by this server.`)
  }
  return details
}

function unpack(base64: string): unknown {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    return readJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}
