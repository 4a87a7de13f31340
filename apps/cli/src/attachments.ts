import { basename, extname } from 'node:path'
import type { LlmChatOptions } from '@og/client'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'

type Content = Extract<LlmChatOptions['messages'][number], { role: 'user' }>['content']
type Part = Exclude<Content, string>[number]

/** What goes with a message. */
export interface Attachments {
  readonly image?: readonly string[]
  readonly file?: readonly string[]
}

const imageTypes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
}

/** A message with images and files, all inside the body: nothing is fetched by anybody. Text files are text, others their bytes. */
export async function contentOf(text: string, attached: Attachments, environment: CliEnvironment): Promise<Content> {
  const { image: images = [], file: files = [] } = attached
  if (images.length === 0 && files.length === 0) return text
  const parts = await Promise.all([
    ...images.map((path) => imagePartOf(path, environment)),
    ...files.map((path) => filePartOf(path, environment)),
  ])
  return [{ type: 'text', text }, ...parts]
}

async function imagePartOf(path: string, environment: CliEnvironment): Promise<Part> {
  const type = imageTypes[extname(path).toLowerCase()]
  if (type === undefined) throw new UsageError(`${path} is no image: one of ${Object.keys(imageTypes).join(', ')}`)
  return { type: 'image_url', image_url: { url: dataUrlOf(await bytesOf(path, environment), type) } }
}

async function filePartOf(path: string, environment: CliEnvironment): Promise<Part> {
  const bytes = await bytesOf(path, environment)
  const text = textOf(bytes)
  if (text !== undefined) return { type: 'text', text: `${basename(path)}:\n\n${text}` }
  const type = extname(path).toLowerCase() === '.pdf' ? 'application/pdf' : 'application/octet-stream'
  return { type: 'file', file: { filename: basename(path), file_data: dataUrlOf(bytes, type) } }
}

function bytesOf(path: string, environment: CliEnvironment): Promise<Uint8Array> {
  return environment.readBytes(path).catch(() => {
    throw new UsageError(`cannot read ${path}`)
  })
}

/** The text of a file; `undefined` for one that is none. */
function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function dataUrlOf(bytes: Uint8Array, type: string): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`
}
