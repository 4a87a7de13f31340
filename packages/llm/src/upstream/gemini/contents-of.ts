import { isJsonObject, type JsonDraft, type JsonObject, objectAt, objectsAt, readJson, stringAt } from '../../json.js'
import { callArguments, type MessagePart, messagePartsOf, messageText } from '../message-parts.js'
import { reasoningDetailsOf } from '../reasoning-details.js'
import type { GeminiModel } from './gemini-model.js'

/** A conversation in the shape of the Gemini API. */
export interface GeminiConversation {
  readonly system: readonly JsonObject[]
  readonly contents: readonly JsonObject[]
}

/** What Google documents to be sent where the signature of a call is not known. */
const unknownSignature = 'skip_thought_signature_validator'

/**
 * Turns chat messages into contents. Results of the calls of one turn are one content; each finds the name of its function by its call.
 * @throws UpstreamError `UPSTREAM_UNSUPPORTED`
 */
export function geminiContentsOf(chat: readonly JsonObject[], model: GeminiModel): GeminiConversation {
  const system: JsonObject[] = []
  const contents: { readonly role: 'user' | 'model'; readonly parts: JsonObject[] }[] = []
  const names = new Map<string, string>()
  const partsOf = (role: 'user' | 'model'): JsonObject[] => {
    const last = contents.at(-1)
    if (last?.role === role) return last.parts
    const parts: JsonObject[] = []
    contents.push({ role, parts })
    return parts
  }
  for (const message of chat) {
    switch (message['role']) {
      case 'system':
      case 'developer': {
        const text = messageText(message['content'])
        if (text !== '') system.push({ text })
        break
      }
      case 'assistant':
        for (const call of objectsAt(message, 'tool_calls')) {
          names.set(stringAt(call, 'id') ?? '', stringAt(objectAt(call, 'function') ?? {}, 'name') ?? '')
        }
        partsOf('model').push(...modelPartsOf(message, model))
        break
      case 'tool':
        partsOf('user').push(functionResponseOf(message, names))
        break
      default:
        partsOf('user').push(...messagePartsOf(message['content']).map(wirePartOf))
    }
  }
  return {
    system,
    contents: contents.filter(({ parts }) => parts.length > 0).map(({ role, parts }) => ({ role, parts })),
  }
}

function modelPartsOf(message: JsonObject, model: GeminiModel): readonly JsonObject[] {
  const details = reasoningDetailsOf(message, 'google-gemini-v1')
  const signatureOf = (id: string | undefined): string | undefined => {
    const detail = details.find((candidate) => stringAt(candidate, 'id') === id)
    return detail && stringAt(detail, 'data')
  }
  const texts: JsonObject[] = messagePartsOf(message['content'] ?? message['refusal']).map(wirePartOf)
  const textSignature = signatureOf(undefined)
  const last = texts.at(-1)
  if (last && textSignature !== undefined) texts[texts.length - 1] = { ...last, thoughtSignature: textSignature }
  const calls = objectsAt(message, 'tool_calls').map((call) => {
    const fn = objectAt(call, 'function') ?? {}
    const id = stringAt(call, 'id') ?? ''
    const part: JsonDraft = {
      functionCall: { id, name: stringAt(fn, 'name') ?? '', args: callArguments(stringAt(fn, 'arguments') ?? '') },
    }
    const signature = signatureOf(id)
    if (signature !== undefined) part['thoughtSignature'] = signature
    return part
  })
  const [first] = calls
  // The first call of a turn carries the signature of its thoughts; without any the turn would be refused.
  if (model.needsSignatures && first && calls.every((call) => call['thoughtSignature'] === undefined)) {
    first['thoughtSignature'] = unknownSignature
  }
  return [...texts, ...calls]
}

function functionResponseOf(message: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  const id = stringAt(message, 'tool_call_id') ?? ''
  const text = messageText(message['content'])
  const value = readJson(text)
  return {
    functionResponse: {
      id,
      name: names.get(id) ?? id,
      response: isJsonObject(value) ? value : { result: value ?? text },
    },
  }
}

function wirePartOf(part: MessagePart): JsonObject {
  switch (part.type) {
    case 'text':
      return { text: part.text }
    case 'data':
      return { inlineData: { mimeType: part.mediaType, data: part.base64 } }
    case 'url':
      return { fileData: { mimeType: part.mediaType, fileUri: part.url } }
  }
}
