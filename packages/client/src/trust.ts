import type { AcceptableTcbStatus, ReleaseMeasurements, TrustRoot } from '@og/tee-verify'
import {
  parseReleaseList,
  type ReleaseKey,
  type ReleaseList,
  type SignedReleaseList,
  verifyReleaseList,
} from '@og/tee-verify/release'
import { simulatedTrustRoot } from '@og/tee-verify/simulator'
import { ClientError } from './client-error.js'

/** Which enclaves a caller believes. Without it every TEE call is refused before anything is sent. */
export interface TrustPolicy {
  /** Who must have vouched for the hardware. `simulated` is for development: anybody can make such a quote. */
  readonly platform: 'intel' | 'simulated'
  /**
   * The measured code that may run: its measurements, or a signed list of known-good builds. `'any-measurement'` accepts any code on
   * genuine hardware, which proves little.
   */
  readonly measurements: readonly ReleaseMeasurements[] | SignedReleases | 'any-measurement'
  /** Platform patch levels that are accepted; `['UpToDate']` unless told otherwise. */
  readonly tcbStatuses?: readonly AcceptableTcbStatus[]
}

/** A list of known-good builds (`releases.json`) and who may sign it. It is judged anew at every attestation. */
export interface SignedReleases {
  /** The file's text, or what `parseReleaseList` made of it. */
  readonly releases: string | SignedReleaseList
  /** The keys that may sign it. */
  readonly keys: readonly ReleaseKey[]
  /** The product whose builds may run. */
  readonly product: string
  /** The highest version seen before: an older list could bring a withdrawn build back. 1 the first time. */
  readonly minimumVersion: number
}

/** What a policy accepts at a time. */
export type AcceptedMeasurements =
  | {
      readonly ok: true
      readonly measurements: readonly ReleaseMeasurements[] | 'any-measurement'
      /** The release list that stands behind it. */
      readonly list: ReleaseList | null
    }
  | { readonly ok: false; readonly code: string; readonly detail: string }

/** The measurements that a policy accepts at a time, unix seconds. A release list must hold at that time. */
export function acceptedMeasurementsOf({ measurements }: TrustPolicy, now: bigint): AcceptedMeasurements {
  if (measurements === 'any-measurement' || !('releases' in measurements)) return { ok: true, measurements, list: null }
  const { keys, product, minimumVersion } = measurements
  const verdict = verifyReleaseList(signedListOf(measurements), { keys, product, now, minimumVersion })
  return verdict.ok ? { ok: true, measurements: verdict.tdx, list: verdict.list } : verdict
}

/** Checks a trust policy that came from outside TypeScript. @throws ClientError `INVALID_OPTIONS` */
export function checkTrustPolicy(trust: TrustPolicy): TrustPolicy {
  if (trust.platform !== 'intel' && trust.platform !== 'simulated') {
    throw new ClientError('INVALID_OPTIONS', "policy.platform must be 'intel' or 'simulated'")
  }
  const { measurements } = trust
  if (typeof measurements === 'object' && measurements !== null && 'releases' in measurements) {
    return { ...trust, measurements: { ...measurements, releases: signedListOf(measurements) } }
  }
  if (measurements !== 'any-measurement' && !Array.isArray(measurements)) {
    throw new ClientError('INVALID_OPTIONS', "policy.measurements must be a list, signed releases or 'any-measurement'")
  }
  if (measurements.length === 0) {
    throw new ClientError('INVALID_OPTIONS', 'policy.measurements is empty: no enclave could ever be accepted')
  }
  return trust
}

/** The certificate that quotes of a platform must lead to; `undefined` is the pinned Intel root. */
export function trustRootOf(platform: 'intel' | 'simulated'): TrustRoot | undefined {
  return platform === 'simulated' ? simulatedTrustRoot() : undefined
}

function signedListOf({ releases }: SignedReleases): SignedReleaseList {
  if (typeof releases !== 'string') return releases
  try {
    return parseReleaseList(releases)
  } catch (cause) {
    throw new ClientError('INVALID_OPTIONS', 'policy.measurements.releases is not a signed release list', { cause })
  }
}
