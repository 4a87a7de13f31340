import type { ContentPart } from './message.js'

/** Bytes with their media type, or a URL that the provider fetches. */
export type MediaSource = string | { readonly bytes: Uint8Array; readonly mediaType: string }

/** A text part. */
export function textPart(text: string): ContentPart {
  return { type: 'text', text }
}

/** An image: `detail` says how closely the model looks. */
export function imagePart(
  source: MediaSource,
  options: { readonly detail?: 'auto' | 'low' | 'high' } = {},
): ContentPart {
  return { type: 'image_url', image_url: { url: urlOf(source), ...options } }
}

/** A recording. */
export function audioPart(bytes: Uint8Array, options: { readonly format: 'wav' | 'mp3' }): ContentPart {
  return { type: 'input_audio', input_audio: { data: base64Of(bytes), format: options.format } }
}

/** A document, such as a PDF. */
export function filePart(source: Exclude<MediaSource, string>, options: { readonly filename: string }): ContentPart {
  return { type: 'file', file: { filename: options.filename, file_data: urlOf(source) } }
}

function urlOf(source: MediaSource): string {
  return typeof source === 'string' ? source : `data:${source.mediaType};base64,${base64Of(source.bytes)}`
}

function base64Of(bytes: Uint8Array): string {
  const pieces: string[] = []
  const size = 0x8000
  for (let start = 0; start < bytes.length; start += size) {
    pieces.push(String.fromCharCode(...bytes.subarray(start, start + size)))
  }
  return btoa(pieces.join(''))
}
