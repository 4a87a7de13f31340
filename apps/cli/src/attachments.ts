import { extname } from 'node:path'
import type { LlmChatOptions } from '@og/client'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'

type Content = Extract<LlmChatOptions['messages'][number], { role: 'user' }>['content']

const imageTypes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
}

/** A message with images, each as a data URL inside the body: nothing is fetched by anybody. */
export async function contentOf(
  text: string,
  images: readonly string[],
  environment: CliEnvironment,
): Promise<Content> {
  if (images.length === 0) return text
  const parts = await Promise.all(
    images.map(async (path) => {
      const type = imageTypes[extname(path).toLowerCase()]
      if (type === undefined) throw new UsageError(`${path} is no image: one of ${Object.keys(imageTypes).join(', ')}`)
      const bytes = await environment.readBytes(path).catch(() => {
        throw new UsageError(`cannot read ${path}`)
      })
      const url = `data:${type};base64,${Buffer.from(bytes).toString('base64')}`
      return { type: 'image_url', image_url: { url } }
    }),
  )
  return [{ type: 'text', text }, ...parts]
}
