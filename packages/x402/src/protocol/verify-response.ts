import { type JsonObject, parseJsonObject } from './json.js'
import { readBoolean, readOptionalObject, readOptionalText } from './json-reader.js'

/** A facilitator's word on a payment, in the wire's spelling. */
export interface VerifyResponse {
  readonly isValid: boolean
  readonly invalidReason?: string
  readonly invalidMessage?: string
  readonly payer?: string
  readonly extensions?: JsonObject
  readonly extra?: JsonObject
}

/**
 * Reads a facilitator's answer to `/verify`. `isValid` must be a boolean: `"true"` is refused.
 * @throws X402Error `MALFORMED_MESSAGE`
 */
export function parseVerifyResponse(input: unknown): VerifyResponse {
  const object = parseJsonObject(input)
  const invalidReason = readOptionalText(object, 'invalidReason', 1024)
  const invalidMessage = readOptionalText(object, 'invalidMessage', 8192)
  const payer = readOptionalText(object, 'payer', 256)
  const extensions = readOptionalObject(object, 'extensions')
  const extra = readOptionalObject(object, 'extra')
  return {
    isValid: readBoolean(object, 'isValid'),
    ...(invalidReason === undefined ? {} : { invalidReason }),
    ...(invalidMessage === undefined ? {} : { invalidMessage }),
    ...(payer === undefined ? {} : { payer }),
    ...(extensions === undefined ? {} : { extensions }),
    ...(extra === undefined ? {} : { extra }),
  }
}
