import type { JsonObject, ResourceInfo } from '@og/x402'
import { isPublicHost, parseWebUrl } from './public-host.js'

const MAX_NAME = 32
const MAX_TAGS = 5
const MAX_DESCRIPTION = 1_000
const MAX_MIME_TYPE = 128

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME && /^[\x20-\x7e]+$/.test(value)
}

function tagsOf(tags: readonly unknown[] | undefined): readonly string[] {
  const kept = new Map<string, string>()
  for (const tag of tags ?? []) {
    if (isShortText(tag) && !kept.has(tag.toLowerCase()) && kept.size < MAX_TAGS) kept.set(tag.toLowerCase(), tag)
  }
  return [...kept.values()]
}

/**
 * What a resource says of itself, as far as it keeps the rules: whoever pays echoes it, and may have changed it. What
 * breaks a rule is left out (bazaar specification, "Service Metadata on `resource`").
 */
export function serviceMetadataOf(resource: ResourceInfo): JsonObject {
  const { description, mimeType, serviceName, iconUrl } = resource
  const tags = tagsOf(resource.tags)
  const icon = parseWebUrl(iconUrl)
  return {
    ...(description === undefined || description === '' ? {} : { description: description.slice(0, MAX_DESCRIPTION) }),
    ...(mimeType === undefined || mimeType.length > MAX_MIME_TYPE ? {} : { mimeType }),
    ...(isShortText(serviceName) ? { serviceName } : {}),
    ...(tags.length === 0 ? {} : { tags }),
    ...(icon === undefined || !isPublicHost(icon) ? {} : { iconUrl: icon.href }),
  }
}
