import type { AcceptableTcbStatus, ReleaseMeasurements, TrustRoot } from '@og/tee-verify'
import { ClientError } from './client-error.js'
import { simulatorTrustRoot } from './simulator-root.js'

/** Which enclaves a caller believes. Without it every TEE call is refused before anything is sent. */
export interface TrustPolicy {
  /** Who must have vouched for the hardware. `simulated` is for development: anybody can make such a quote. */
  readonly platform: 'intel' | 'simulated'
  /**
   * The measured code that may run: its measurements, or a signed list of known-good builds. `'any-measurement'` accepts any code on
   * genuine hardware, which proves little.
   */
  readonly measurements: readonly ReleaseMeasurements[] | KnownReleases | 'any-measurement'
  /** Platform patch levels that are accepted; `['UpToDate']` unless told otherwise. */
  readonly tcbStatuses?: readonly AcceptableTcbStatus[]
  /**
   * `required`: the patch level that runs now must also by itself be one of `tcbStatuses`. `optional` unless told otherwise, which is Intel's
   * verdict: what was launched up to date is up to date.
   */
  readonly currentTcb?: 'required' | 'optional'
  /**
   * The least `tcbEvaluationDataNumber` of the collateral. A node chooses which collateral it shows, and what Intel signed before it knew of a
   * weakness is valid for up to a month: this refuses it. Not checked when left out.
   */
  readonly minimumEvaluationDataNumber?: number
}

/** Known-good builds that are judged anew at every attestation. `signedReleases` makes one. */
export interface KnownReleases {
  acceptedAt(now: bigint): AcceptedMeasurements
}

/** What a policy accepts at a time. */
export type AcceptedMeasurements =
  | {
      readonly ok: true
      readonly measurements: readonly ReleaseMeasurements[] | 'any-measurement'
      /** The release list that stands behind it. */
      readonly list: { readonly product: string; readonly version: number; readonly notAfter: bigint } | null
    }
  | { readonly ok: false; readonly code: string; readonly detail: string }

/** The measurements that a policy accepts at a time, unix seconds. */
export function acceptedMeasurementsOf({ measurements }: TrustPolicy, now: bigint): AcceptedMeasurements {
  if (typeof measurements === 'object' && 'acceptedAt' in measurements) return measurements.acceptedAt(now)
  return { ok: true, measurements, list: null }
}

/** Checks a trust policy that came from outside TypeScript. @throws ClientError `INVALID_OPTIONS` */
export function checkTrustPolicy(trust: TrustPolicy): TrustPolicy {
  if (trust.platform !== 'intel' && trust.platform !== 'simulated') {
    throw new ClientError('INVALID_OPTIONS', "policy.platform must be 'intel' or 'simulated'")
  }
  const { measurements, currentTcb = 'optional' } = trust
  if (currentTcb !== 'required' && currentTcb !== 'optional') {
    throw new ClientError('INVALID_OPTIONS', "policy.currentTcb must be 'required' or 'optional'")
  }
  const { minimumEvaluationDataNumber: minimum = 0 } = trust
  if (!Number.isSafeInteger(minimum) || minimum < 0) {
    throw new ClientError('INVALID_OPTIONS', 'policy.minimumEvaluationDataNumber must be a whole number')
  }
  if (typeof measurements === 'object' && measurements !== null && 'acceptedAt' in measurements) return trust
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
  return platform === 'simulated' ? simulatorTrustRoot() : undefined
}

/** What a policy leaves open of a quote that it accepts. */
export function leftOpenBy({ platform, measurements, minimumEvaluationDataNumber }: TrustPolicy): readonly string[] {
  return [
    ...(measurements === 'any-measurement' ? ['measured code: the trust policy accepts any measurement'] : []),
    // The simulator's collateral is its own, and recovers from nothing.
    ...(platform === 'intel' && minimumEvaluationDataNumber === undefined
      ? ['age of the collateral: it is valid, but the trust policy does not say from which TCB recovery on it must be']
      : []),
  ]
}
