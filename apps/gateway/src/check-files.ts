import type { JsonObject, JsonValue } from '@og/settlement'
import { GatewayError } from './gateway-error.js'
import { isJsonObject } from './is-json-object.js'
import type { Model } from './prices.js'

/**
 * Refuses files of a chat unless every model that may answer takes them by the operator's word, and files that lie in the operator's account at
 * the provider always: they are not the caller's.
 * @throws GatewayError `invalid_request`
 */
export function checkFiles(chat: JsonObject, models: readonly Pick<Model, 'files'>[]): void {
  const files = listOf(chat['messages']).flatMap((message) => listOf(memberOf(message, 'content')).filter(isFile))
  if (files.length === 0) return
  if (!models.every((model) => model.files)) {
    throw new GatewayError(
      'invalid_request',
      'This model takes no files: what they cost cannot be told before. Send the text itself, or pictures of the pages.',
      { param: 'messages', wireCode: 'files_not_taken' },
    )
  }
  if (files.some((part) => memberOf(memberOf(part, 'file'), 'file_id') !== undefined)) {
    throw new GatewayError('invalid_request', 'Send the file itself, as file_data: this node stores none.', {
      param: 'messages',
      wireCode: 'files_not_taken',
    })
  }
}

function isFile(part: JsonValue): boolean {
  return memberOf(part, 'type') === 'file'
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value[name] : undefined
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}
