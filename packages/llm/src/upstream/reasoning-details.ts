import { isJsonArray, isJsonObject, type JsonObject, objectsAt, stringAt } from '../json.js'
import { invalidType, optional, readArray } from './field-readers.js'
import type { ReasoningDetail } from './upstream.js'

/** Most reasoning details in one message. */
export const maxReasoningDetails = 256

/** Which provider's signature a detail carries. A provider gets only its own back: another's would be refused. */
export type ReasoningFormat = 'anthropic-claude-v1' | 'google-gemini-v1' | 'openai-responses-v1'

/** The details of a message that came from one kind of provider, in order. */
export function reasoningDetailsOf(message: JsonObject, format: ReasoningFormat): readonly ReasoningDetail[] {
  return objectsAt(message, 'reasoning_details').filter((detail) => stringAt(detail, 'format') === format)
}

/** Checks `reasoning_details` of a message. @throws UpstreamRequestError */
export function checkReasoningDetails(message: JsonObject, param: string): void {
  const value = optional(message, 'reasoning_details')
  if (value === undefined) return
  const at = `${param}.reasoning_details`
  if (!isJsonArray(value)) throw invalidType(at, 'an array of objects')
  for (const [index, detail] of readArray(value, {
    param: at,
    minLength: 0,
    maxLength: maxReasoningDetails,
  }).entries()) {
    if (!isJsonObject(detail)) throw invalidType(`${at}[${index}]`, 'an object')
  }
}
