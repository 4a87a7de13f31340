import type { UpstreamErrorCode } from '../upstream-error.js'

/** What a provider's HTTP status means when its body says nothing. */
export function codeOfStatus(status: number): UpstreamErrorCode {
  if (status >= 300 && status < 400) return 'UPSTREAM_REDIRECTED'
  switch (status) {
    case 401:
    case 402:
    case 403:
    case 407:
      return 'UPSTREAM_AUTH'
    case 404:
      return 'UPSTREAM_MODEL'
    case 408:
    case 504:
      return 'UPSTREAM_TIMEOUT'
    case 413:
      return 'UPSTREAM_CONTEXT_LENGTH'
    case 429:
      return 'UPSTREAM_RATE_LIMITED'
    case 503:
    case 529:
      return 'UPSTREAM_OVERLOADED'
    default:
      return status >= 500 ? 'UPSTREAM_UNAVAILABLE' : 'UPSTREAM_REJECTED'
  }
}
