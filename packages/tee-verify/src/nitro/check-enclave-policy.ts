import { keccak_256 } from '@noble/hashes/sha3.js'
import { concatBytes } from '../bytes/concat-bytes.js'
import { bytesOfHex, type Hex, hexOf } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'
import type { NitroPlatform } from './nitro-root.js'
import type { AcceptedDocument, NitroVerdict } from './verify-attestation-document.js'

/** The registers of one build, compared as a whole so that parts of two builds cannot be mixed. */
export interface PcrTuple {
  /** The enclave image file. */
  readonly pcr0: Hex
  /** Kernel and boot files. */
  readonly pcr1: Hex
  /** The application. */
  readonly pcr2: Hex
  /** The certificate that signed the image; compared where given. */
  readonly pcr8?: Hex
}

/** What a caller demands of a genuine document. What it must name, it must name; null demands that the field be absent. */
export interface EnclavePolicy {
  /** The builds that may run, or the explicit waiver. */
  readonly measurements: readonly PcrTuple[] | 'any-measurement'
  /** What the caller asked the enclave to repeat, or the explicit waiver. */
  readonly nonce: Hex | null | 'any-nonce'
  readonly userData: Hex | null | 'any-user-data'
  readonly publicKey: Hex | null | 'any-public-key'
  /** Default: AWS only. */
  readonly trustRoots?: readonly NitroPlatform[]
  /** Default: refused. The host of an enclave under debug sees what it prints, and its image is not measured. */
  readonly allowDebug?: false | 'allow-debug'
  /** Seconds since the hypervisor made the document, judged at the given `now`; without it a document is good for as long as its certificates. */
  readonly maximumAge?: { readonly seconds: bigint; readonly now: bigint }
}

/** Why a genuine document does not satisfy a policy. */
export type EnclavePolicyRejectionCode =
  | 'DOCUMENT_REJECTED'
  | 'BAD_POLICY'
  | 'TRUST_ROOT_NOT_ALLOWED'
  | 'ENCLAVE_DEBUG'
  | 'DOCUMENT_TOO_OLD'
  | 'MEASUREMENT_MISMATCH'
  | 'NONCE_MISMATCH'
  | 'USER_DATA_MISMATCH'
  | 'PUBLIC_KEY_MISMATCH'

/** The named checks of `checkEnclavePolicy`, in the order in which they run. */
export type EnclavePolicyStepName =
  | 'document'
  | 'policy'
  | 'trust-root'
  | 'debug'
  | 'age'
  | 'measurements'
  | 'nonce'
  | 'user-data'
  | 'public-key'

/** One policy check that ran. */
export type EnclavePolicyStep =
  | { readonly name: EnclavePolicyStepName; readonly ok: true; readonly detail: string }
  | {
      readonly name: EnclavePolicyStepName
      readonly ok: false
      readonly code: EnclavePolicyRejectionCode
      readonly detail: string
    }

/** The judgement of `checkEnclavePolicy`. */
export type EnclavePolicyVerdict =
  | { readonly ok: true; readonly steps: readonly EnclavePolicyStep[] }
  | {
      readonly ok: false
      readonly code: EnclavePolicyRejectionCode
      readonly detail: string
      readonly steps: readonly EnclavePolicyStep[]
    }

interface Finding {
  readonly ok: boolean
  readonly detail: string
}

type Check = readonly [
  EnclavePolicyStepName,
  EnclavePolicyRejectionCode,
  (document: AcceptedDocument, policy: EnclavePolicy) => Finding,
]

const checks: readonly Check[] = [
  ['policy', 'BAD_POLICY', (_, policy) => checkOwnForm(policy)],
  [
    'trust-root',
    'TRUST_ROOT_NOT_ALLOWED',
    ({ platform }, { trustRoots = ['aws-nitro'] }) => ({
      ok: trustRoots.includes(platform),
      detail: `trust root ${platform}`,
    }),
  ],
  [
    'debug',
    'ENCLAVE_DEBUG',
    ({ enclave }, policy) => ({
      ok: !enclave.debug || policy.allowDebug === 'allow-debug',
      detail: enclave.debug ? 'the enclave runs under debug' : 'the enclave is not under debug',
    }),
  ],
  ['age', 'DOCUMENT_TOO_OLD', checkAge],
  ['measurements', 'MEASUREMENT_MISMATCH', checkMeasurements],
  ['nonce', 'NONCE_MISMATCH', ({ enclave }, { nonce }) => compare(enclave.nonce, nonce, 'any-nonce')],
  [
    'user-data',
    'USER_DATA_MISMATCH',
    ({ enclave }, { userData }) => compare(enclave.userData, userData, 'any-user-data'),
  ],
  [
    'public-key',
    'PUBLIC_KEY_MISMATCH',
    ({ enclave }, { publicKey }) => compare(enclave.publicKey, publicKey, 'any-public-key'),
  ],
]

/**
 * Judges a verdict of `verifyAttestationDocument` against the caller's policy. Fails closed: a rejected document, an empty list of
 * measurements or a malformed value in the policy is a refusal.
 *
 * @example
 * checkEnclavePolicy(verdict, { measurements: [build], nonce, userData: nitridingUserData(keys), publicKey: 'any-public-key' })
 * // { ok: false, code: 'MEASUREMENT_MISMATCH', … }
 */
export function checkEnclavePolicy(verdict: NitroVerdict, policy: EnclavePolicy): EnclavePolicyVerdict {
  const steps: EnclavePolicyStep[] = []
  if (!verdict.ok) {
    const failure = { code: 'DOCUMENT_REJECTED', detail: `${verdict.code}: ${verdict.detail}` } as const
    return { ok: false, ...failure, steps: [{ name: 'document', ok: false, ...failure }] }
  }
  steps.push({ name: 'document', ok: true, detail: 'the document is genuine' })
  for (const [name, code, check] of checks) {
    const { ok, detail } = check(verdict, policy)
    if (!ok) return { ok: false, code, detail, steps: [...steps, { name, ok, code, detail }] }
    steps.push({ name, ok, detail })
  }
  return { ok: true, steps }
}

/**
 * The hash by which OpenGradient's registry names a build: keccak256(PCR0 ‖ PCR1 ‖ PCR2).
 * @throws QuoteError `BAD_INPUT` unless each is 48 bytes.
 */
export function hashPcrs({ pcr0, pcr1, pcr2 }: PcrTuple): Hex {
  const registers = [pcr0, pcr1, pcr2].map(bytesOfHex)
  if (registers.some(({ length }) => length !== 48)) throw new QuoteError('BAD_INPUT', 'a PCR is 48 bytes')
  return hexOf(keccak_256(concatBytes(...registers)))
}

function checkOwnForm({ measurements, nonce, userData, publicKey, maximumAge }: EnclavePolicy): Finding {
  const hasMeasurements =
    measurements === 'any-measurement' ||
    (Array.isArray(measurements) && measurements.length > 0 && measurements.every(isWellFormed))
  if (!hasMeasurements) return { ok: false, detail: 'measurements: expected at least one tuple of 48-byte values' }
  const values = [
    { name: 'nonce', value: nonce, waiver: 'any-nonce' },
    { name: 'userData', value: userData, waiver: 'any-user-data' },
    { name: 'publicKey', value: publicKey, waiver: 'any-public-key' },
  ]
  const wrong = values.find(({ value, waiver }) => value !== null && value !== waiver && !isHex(value))
  if (wrong !== undefined) return { ok: false, detail: `${wrong.name}: expected bytes in hexadecimal` }
  const isAge =
    maximumAge === undefined || (typeof maximumAge.seconds === 'bigint' && typeof maximumAge.now === 'bigint')
  return isAge
    ? { ok: true, detail: 'the policy names measurements, nonce, user data and public key' }
    : { ok: false, detail: 'maximumAge: expected seconds and now' }
}

function checkAge({ enclave }: AcceptedDocument, { maximumAge }: EnclavePolicy): Finding {
  if (maximumAge === undefined) return { ok: true, detail: 'not checked' }
  const age = maximumAge.now - enclave.timestampMs / 1000n
  return { ok: age <= maximumAge.seconds, detail: `the document is ${age} seconds old` }
}

function checkMeasurements({ enclave }: AcceptedDocument, { measurements }: EnclavePolicy): Finding {
  if (measurements === 'any-measurement') return { ok: true, detail: 'not checked' }
  const isRegister = (index: number, value: Hex): boolean => enclave.pcrs.get(index) === value.toLowerCase()
  const ok = measurements.some(
    ({ pcr0, pcr1, pcr2, pcr8 }) =>
      isRegister(0, pcr0) && isRegister(1, pcr1) && isRegister(2, pcr2) && (pcr8 === undefined || isRegister(8, pcr8)),
  )
  return { ok, detail: `PCR0 ${enclave.pcrs.get(0)}` }
}

function compare(actual: Hex | null, expected: string | null, waiver: string): Finding {
  if (expected === waiver) return { ok: true, detail: 'not checked' }
  return { ok: actual === (expected?.toLowerCase() ?? null), detail: actual ?? 'absent' }
}

function isWellFormed({ pcr0, pcr1, pcr2, pcr8 }: PcrTuple): boolean {
  const isRegister = (value: unknown): boolean => isHex(value) && value.length === 2 + 96
  return [pcr0, pcr1, pcr2].every(isRegister) && (pcr8 === undefined || isRegister(pcr8))
}

function isHex(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x(?:[0-9a-fA-F]{2})*$/.test(value)
}
