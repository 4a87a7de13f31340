import { parseReleaseList, type ReleaseKey, type SignedReleaseList, verifyReleaseList } from '@og/tee-verify/release'
import { ClientError } from './client-error.js'
import type { KnownReleases } from './trust.js'

/** A list of known-good builds (`releases.json`) and who may sign it. */
export interface SignedReleasesOptions {
  /** The file's text, or what `parseReleaseList` of `@og/tee-verify/release` made of it. */
  readonly releases: string | SignedReleaseList
  /** The keys that may sign it. */
  readonly keys: readonly ReleaseKey[]
  /** The product whose builds may run. */
  readonly product: string
  /** The highest version seen before: an older list could bring a withdrawn build back. 1 the first time. */
  readonly minimumVersion: number
}

/**
 * Takes the measurements that may run from a signed release list. Signature, product, version and validity are judged at every attestation.
 * @throws ClientError `INVALID_OPTIONS` when the text is no release list
 * @example
 * const policy = { platform: 'intel', measurements: signedReleases({ releases, keys, product: 'gateway', minimumVersion: 1 }) }
 */
export function signedReleases(options: SignedReleasesOptions): KnownReleases {
  const { keys, product, minimumVersion } = options
  const signed = parsed(options.releases)
  return {
    acceptedAt(now) {
      const verdict = verifyReleaseList(signed, { keys, product, now, minimumVersion })
      return verdict.ok ? { ok: true, measurements: verdict.tdx, list: verdict.list } : verdict
    },
  }
}

function parsed(releases: string | SignedReleaseList): SignedReleaseList {
  if (typeof releases !== 'string') return releases
  try {
    return parseReleaseList(releases)
  } catch (cause) {
    throw new ClientError('INVALID_OPTIONS', 'releases is not a signed release list', { cause })
  }
}
