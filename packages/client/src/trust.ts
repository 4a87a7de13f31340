import type { AcceptableTcbStatus, ReleaseMeasurements, TrustRoot } from '@og/tee-verify'
import { simulatedTrustRoot } from '@og/tee-verify/simulator'
import { ClientError } from './client-error.js'

/** Which enclaves a caller believes. Without it every TEE call is refused before anything is sent. */
export interface TrustPolicy {
  /** Who must have vouched for the hardware. `simulated` is for development: anybody can make such a quote. */
  readonly platform: 'intel' | 'simulated'
  /** The measured code that may run. `'any-measurement'` accepts any code on genuine hardware, which proves little. */
  readonly measurements: readonly ReleaseMeasurements[] | 'any-measurement'
  /** Platform patch levels that are accepted; `['UpToDate']` unless told otherwise. */
  readonly tcbStatuses?: readonly AcceptableTcbStatus[]
}

/** Checks a trust policy that came from outside TypeScript. @throws ClientError `INVALID_OPTIONS` */
export function checkTrustPolicy(trust: TrustPolicy): TrustPolicy {
  if (trust.platform !== 'intel' && trust.platform !== 'simulated') {
    throw new ClientError('INVALID_OPTIONS', "trust.platform must be 'intel' or 'simulated'")
  }
  if (trust.measurements !== 'any-measurement' && !Array.isArray(trust.measurements)) {
    throw new ClientError('INVALID_OPTIONS', "trust.measurements must be a list or 'any-measurement'")
  }
  if (trust.measurements.length === 0) {
    throw new ClientError('INVALID_OPTIONS', 'trust.measurements is empty: no enclave could ever be accepted')
  }
  return trust
}

/** The certificate that quotes of a platform must lead to; `undefined` is the pinned Intel root. */
export function trustRootOf(platform: 'intel' | 'simulated'): TrustRoot | undefined {
  return platform === 'simulated' ? simulatedTrustRoot() : undefined
}
