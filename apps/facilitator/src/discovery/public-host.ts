import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'

const LOOPBACK_NAMES: readonly string[] = ['localhost', 'localhost.localdomain', 'ip6-localhost', 'ip6-loopback']

/**
 * Tells whether a URL's host is a name that could be public: not an IP address in any spelling, not this machine
 * (bazaar specification, "Validation Rules" of `iconUrl`).
 */
export function isPublicHost(url: URL): boolean {
  if (url.host.startsWith('[')) return false
  let host: string
  try {
    host = domainToASCII(decodeURIComponent(url.hostname)).toLowerCase()
  } catch {
    return false
  }
  if (host === '' || LOOPBACK_NAMES.includes(host) || host.endsWith('.localhost')) return false
  return isIP(host) === 0 && !/^\d+$/.test(host) && !/^0x[0-9a-f]+$/.test(host)
}

/** Parses an absolute `http` or `https` URL without user name and control characters. */
export function parseWebUrl(text: unknown, maxLength = 2048): URL | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (typeof text !== 'string' || text.length > maxLength || /[\x00-\x1f\x7f]/.test(text)) return undefined
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return undefined
  }
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:'
  return isWeb && url.username === '' && url.password === '' ? url : undefined
}
