import { hexDigitsOf } from '../bytes/hex.js'
import type { CollateralJson } from '../collateral/collateral.js'
import type { LevelStatus } from '../collateral/tcb-status.js'
import type { MeasurementTuple } from '../policy/check-policy.js'
import { simulatorRoot, type TrustRoot } from '../trust-root.js'
import { encodePemChain } from '../x509/pem.js'
import { createSigningKey, type SigningKey } from './signing-key.js'
import {
  encodeSgxExtension,
  encodeSimulatedCertificate,
  encodeSimulatedCrl,
  serialNumberOf,
} from './simulated-certificate.js'
import { simulatedQeIdentity, simulatedTcbInfo } from './simulated-documents.js'
import { labelledBytes, simulatedHardware, simulatedMeasurements } from './simulated-hardware.js'
import { encodeSimulatedQuote, type SimulatedQuoteOptions } from './simulated-quote.js'

/** The published seed of the default simulated platform. All of its keys follow from it: it guards nothing. */
export const SIMULATOR_SEED: Uint8Array = new TextEncoder().encode('OpenGradient simulated TDX platform, seed 1')

/** What a simulated platform is made of. */
export interface SimulatedPlatformOptions {
  /** Another seed makes another platform with another root. Default: `SIMULATOR_SEED`. */
  readonly seed?: Uint8Array
  /** Unix seconds: collateral is issued for the time around it. */
  readonly now: bigint
}

/** Faults that collateral can report. */
export interface SimulatedCollateralOptions {
  /** Unix seconds; default: that of the platform. */
  readonly now?: bigint
  /** The status of the platform's TCB level; default `UpToDate`. */
  readonly tcbStatus?: LevelStatus
  /** A certificate that is on its revocation list; default: none. */
  readonly revoked?: 'pck' | 'pck-ca' | 'tcb-signer'
}

/** A made-up TDX machine: its quotes and collateral pass the same verifier as Intel's, under a root of its own. */
export interface SimulatedPlatform {
  /** DER. */
  readonly rootCertificate: Uint8Array
  /** Labelled `simulated`. */
  readonly trustRoot: TrustRoot
  /** What its TDs measure unless a quote names others. */
  readonly measurements: Required<MeasurementTuple>
  /** Collateral in the wire shape that `parseCollateral` reads; valid for 30 days. */
  collateral(options?: SimulatedCollateralOptions): CollateralJson
  /** A quote, as bytes. */
  quote(options: SimulatedQuoteOptions): Uint8Array
}

interface Issuer {
  readonly commonName: string
  readonly key: SigningKey
}

const hour = 3600n
const collateralLifetime = 30n * 24n * hour

/**
 * Creates a simulated TDX platform: root, PCK CA, PCK, TCB signer and attestation key, all derived from the seed.
 *
 * @example
 * const platform = createSimulatedPlatform({ now })
 * const collateral = parseCollateral(platform.collateral())
 * verifyQuote(parseQuote(platform.quote({ reportData })), { collateral, now, trustRoot: platform.trustRoot })
 * // { ok: true, platform: 'simulated', tcbStatus: 'UpToDate', … }
 */
export function createSimulatedPlatform(options: SimulatedPlatformOptions): SimulatedPlatform {
  const { seed = SIMULATOR_SEED } = options
  const root = rootOf(seed)
  const pckCa: Issuer = { commonName: 'Simulated SGX PCK Platform CA', key: createSigningKey(seed, 'PCK CA') }
  const pck = createSigningKey(seed, 'PCK')
  const tcbSigner = createSigningKey(seed, 'TCB signer')
  const attestation = createSigningKey(seed, 'attestation')
  const rootCertificate = rootCertificateOf(root)
  const pckCaCertificate = encodeSimulatedCertificate({ ...pckCa, issuer: root, pathLength: 0 })
  const pckCertificate = encodeSimulatedCertificate({
    commonName: 'Simulated SGX PCK Certificate',
    key: pck,
    issuer: pckCa,
    sgx: encodeSgxExtension({
      ...simulatedHardware,
      ppid: labelledBytes('PPID', seed).subarray(0, 16),
      instanceId: labelledBytes('instance', seed).subarray(0, 16),
    }),
  })
  const tcbSignerCertificate = encodeSimulatedCertificate({
    commonName: 'Simulated SGX TCB Signing',
    key: tcbSigner,
    issuer: root,
  })
  const keys = { attestation, pck, pckChain: encodePemChain([pckCertificate, pckCaCertificate, rootCertificate]) }

  return {
    rootCertificate,
    trustRoot: simulatorRoot(rootCertificate),
    measurements: simulatedMeasurements(),
    collateral({ now = options.now, tcbStatus = 'UpToDate', revoked } = {}) {
      // Whole hours, an hour back: processes with slightly different clocks make and accept the same collateral.
      const issued = (now / hour - 1n) * hour
      const dates = { issued, nextUpdate: issued + collateralLifetime }
      const list = { thisUpdate: issued, nextUpdate: dates.nextUpdate }
      const revokedByRoot = [
        revoked === 'pck-ca' ? pckCa.key : undefined,
        revoked === 'tcb-signer' ? tcbSigner : undefined,
      ]
      const rootCrl = encodeSimulatedCrl({ ...list, issuer: root, revoked: serialNumbersOf(revokedByRoot) })
      const pckCrl = encodeSimulatedCrl({
        ...list,
        issuer: pckCa,
        revoked: serialNumbersOf([revoked === 'pck' ? pck : undefined]),
      })
      const tcbInfo = simulatedTcbInfo(dates, tcbStatus)
      const qeIdentity = simulatedQeIdentity(dates)
      const signerChain = encodePemChain([tcbSignerCertificate, rootCertificate])
      const signatureOf = (text: string): string => hexDigitsOf(tcbSigner.sign(new TextEncoder().encode(text)))
      return {
        pck_crl_issuer_chain: encodePemChain([pckCaCertificate, rootCertificate]),
        root_ca_crl: hexDigitsOf(rootCrl),
        pck_crl: hexDigitsOf(pckCrl),
        tcb_info_issuer_chain: signerChain,
        tcb_info: tcbInfo,
        tcb_info_signature: signatureOf(tcbInfo),
        qe_identity_issuer_chain: signerChain,
        qe_identity: qeIdentity,
        qe_identity_signature: signatureOf(qeIdentity),
      }
    },
    quote: (quoteOptions) => encodeSimulatedQuote(quoteOptions, keys),
  }
}

/** The root of the simulated platform with this seed, without the rest of it: what `--trust simulator` trusts. */
export function simulatedTrustRoot(seed: Uint8Array = SIMULATOR_SEED): TrustRoot {
  return simulatorRoot(rootCertificateOf(rootOf(seed)))
}

function rootOf(seed: Uint8Array): Issuer {
  return { commonName: 'Simulated SGX Root CA', key: createSigningKey(seed, 'root') }
}

function rootCertificateOf(root: Issuer): Uint8Array {
  return encodeSimulatedCertificate({ ...root, issuer: root, pathLength: 1 })
}

function serialNumbersOf(keys: readonly (SigningKey | undefined)[]): readonly Uint8Array[] {
  return keys.flatMap((key) => (key === undefined ? [] : [serialNumberOf(key)]))
}
