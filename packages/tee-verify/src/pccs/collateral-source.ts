import { QuoteError } from '../quote-error.js'

/** Where collateral comes from. What it says is signed by Intel, so the source is trusted for availability alone. */
export interface CollateralSource {
  /** Base of the `/sgx/…` and `/tdx/…` paths, without a slash at the end. */
  readonly baseUrl: string
  /** Where Intel's root revocation list is. */
  readonly rootCrlUrl: string
}

/** Intel's Provisioning Certification Service, API v4. */
export const intelPcs: CollateralSource = {
  baseUrl: 'https://api.trustedservices.intel.com',
  rootCrlUrl: 'https://certificates.trustedservices.intel.com/IntelSGXRootCA.der',
}

/**
 * Names a caching service (PCCS) with the paths of Intel's API v4, such as `https://pccs.example.com`. Only its own URLs are asked,
 * also for the root revocation list.
 * @throws QuoteError `BAD_INPUT` unless it is an https URL (http only on the loopback interface) without query and credentials.
 */
export function pccsSource(baseUrl: string): CollateralSource {
  const base = baseUrl.replace(/\/$/, '')
  checkSourceUrl(base)
  return { baseUrl: base, rootCrlUrl: `${base}/sgx/certification/v4/rootcacrl` }
}

/** Refuses a URL that could not be pinned: other schemes, credentials, a query or a fragment. */
export function checkSourceUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isLoopback = url !== undefined && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
  const isAllowed = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)
  if (url === undefined || !isAllowed || url.username !== '' || url.password !== '' || /[?#]/.test(text)) {
    throw new QuoteError('BAD_INPUT', 'a collateral source is an https URL without credentials, query and fragment')
  }
}
