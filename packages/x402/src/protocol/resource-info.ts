import { X402Error } from '../x402-error.js'
import type { JsonObject } from './json.js'
import { readOptionalText, readText } from './json-reader.js'

/** What is paid for. Text in it is data from the server, never an instruction. */
export interface ResourceInfo {
  readonly url: string
  readonly description?: string
  readonly mimeType?: string
  /** 1 to 32 printable ASCII characters. */
  readonly serviceName?: string
  /** At most 5, each 1 to 32 printable ASCII characters. */
  readonly tags?: readonly string[]
  readonly iconUrl?: string
}

const LABEL = /^[\x20-\x7e]{1,32}$/

function label(value: unknown): string {
  if (typeof value !== 'string' || !LABEL.test(value)) {
    throw new X402Error('MALFORMED_MESSAGE', 'resource: expected 1 to 32 printable ASCII characters')
  }
  return value
}

/**
 * Reads the `resource` of a message.
 * @throws X402Error `MALFORMED_MESSAGE`
 */
export function parseResourceInfo(object: JsonObject): ResourceInfo {
  const url = readText(object, 'url', 8192)
  const description = readOptionalText(object, 'description', 8192)
  const mimeType = readOptionalText(object, 'mimeType', 256)
  const iconUrl = readOptionalText(object, 'iconUrl', 2048)
  const serviceName = object['serviceName'] ?? undefined
  const tags = object['tags'] ?? undefined
  if (tags !== undefined && (!Array.isArray(tags) || tags.length > 5)) {
    throw new X402Error('MALFORMED_MESSAGE', 'resource.tags: expected at most 5 texts')
  }
  // No spreads: this is read for every paid request.
  const read: { -readonly [K in keyof ResourceInfo]: ResourceInfo[K] } = { url }
  if (description !== undefined) read.description = description
  if (mimeType !== undefined) read.mimeType = mimeType
  if (serviceName !== undefined) read.serviceName = label(serviceName)
  if (tags !== undefined) read.tags = tags.map(label)
  if (iconUrl !== undefined) read.iconUrl = iconUrl
  return read
}
