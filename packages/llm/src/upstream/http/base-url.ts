import { UpstreamError } from '../upstream-error.js'

/**
 * Checks where a provider's API stands. Only https, except for a server on this machine that is named as such; no credentials, query or
 * fragment, so that nothing of the configuration can end up in a log of URLs.
 * @returns the URL without slashes at its end
 * @throws UpstreamError `UPSTREAM_CONFIG`
 */
export function readBaseUrl(baseUrl: string): URL {
  let url: URL
  try {
    url = new URL(baseUrl)
  } catch {
    throw new UpstreamError('UPSTREAM_CONFIG')
  }
  const isAllowed = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
  if (!isAllowed || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new UpstreamError('UPSTREAM_CONFIG')
  }
  url.pathname = url.pathname.replace(/\/+$/, '')
  return url
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
