import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, objectAt, readJson, stringAt } from '../json.js'
import { textOfContent } from '../stream/chat-chunk-reader.js'
import { UpstreamError } from './upstream-error.js'

/** A part of a message, whatever spelling it came in. */
export type MessagePart =
  | { readonly type: 'text'; readonly text: string }
  /** Bytes in base64. */
  | { readonly type: 'data'; readonly mediaType: string; readonly base64: string; readonly filename?: string }
  /** An https URL that the provider fetches, never this server. */
  | { readonly type: 'url'; readonly mediaType: string; readonly url: string }

/** The parts of a message's content. Empty texts are left out: several providers refuse them. @throws UpstreamError `UPSTREAM_UNSUPPORTED` */
export function messagePartsOf(content: JsonValue | undefined): readonly MessagePart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  if (!isJsonArray(content)) return []
  return content.filter(isJsonObject).flatMap((part): readonly MessagePart[] => {
    switch (part['type']) {
      case 'text':
      case 'refusal': {
        const text = stringAt(part, 'text') ?? stringAt(part, 'refusal') ?? ''
        return text === '' ? [] : [{ type: 'text', text }]
      }
      case 'image_url':
        return [imagePartOf(objectAt(part, 'image_url') ?? {})]
      case 'input_audio':
        return [audioPartOf(objectAt(part, 'input_audio') ?? {})]
      case 'file':
        return [filePartOf(objectAt(part, 'file') ?? {})]
      default:
        throw new UpstreamError('UPSTREAM_UNSUPPORTED')
    }
  })
}

/** All text of a content. */
export function messageText(content: JsonValue | undefined): string {
  return textOfContent(content)
}

/** Arguments of a tool call as an object; what the model wrote wrongly is kept under a name of its own, so that it can see it. */
export function callArguments(text: string): JsonObject {
  if (text.trim() === '') return {}
  const value = readJson(text)
  return isJsonObject(value) ? value : { invalid_arguments: text }
}

function imagePartOf(image: JsonObject): MessagePart {
  const url = stringAt(image, 'url') ?? ''
  const data = dataUrlOf(url)
  if (data) return data
  if (!/^https:\/\//i.test(url)) throw new UpstreamError('UPSTREAM_UNSUPPORTED')
  return { type: 'url', mediaType: imageTypeOf(url), url }
}

function audioPartOf(audio: JsonObject): MessagePart {
  const base64 = stringAt(audio, 'data')
  const format = stringAt(audio, 'format') ?? ''
  if (base64 === undefined || !/^[a-z0-9]{1,8}$/.test(format)) throw new UpstreamError('UPSTREAM_UNSUPPORTED')
  return { type: 'data', mediaType: `audio/${format}`, base64 }
}

function filePartOf(file: JsonObject): MessagePart {
  const data = dataUrlOf(stringAt(file, 'file_data') ?? '')
  if (!data) throw new UpstreamError('UPSTREAM_UNSUPPORTED')
  const filename = stringAt(file, 'filename')
  return filename === undefined ? data : { ...data, filename }
}

function dataUrlOf(url: string): Extract<MessagePart, { type: 'data' }> | undefined {
  if (!/^data:/i.test(url)) return undefined
  const comma = url.indexOf(',')
  const head = /^data:([a-z0-9.+-]{1,64}\/[a-z0-9.+-]{1,64})(?:;[a-z0-9=."-]{1,64}){0,4};base64$/i.exec(
    url.slice(0, comma),
  )
  if (comma === -1 || !head?.[1]) throw new UpstreamError('UPSTREAM_UNSUPPORTED')
  return { type: 'data', mediaType: head[1].toLowerCase(), base64: url.slice(comma + 1) }
}

const imageTypes: Readonly<Record<string, string>> = {
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  heic: 'image/heic',
  heif: 'image/heif',
}

function imageTypeOf(url: string): string {
  const extension = /\.([a-z]{3,4})(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? ''
  return imageTypes[extension] ?? 'image/jpeg'
}
