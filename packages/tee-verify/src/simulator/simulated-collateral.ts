import { hexDigitsOf } from '../bytes/hex.js'
import type { CollateralJson } from '../collateral/collateral.js'
import type { LevelStatus } from '../collateral/tcb-status.js'
import type { SigningKey } from './signing-key.js'
import { encodeSimulatedCrl, serialNumberOf } from './simulated-certificate.js'
import type { SimulatedChain } from './simulated-chain.js'
import { type JsonDocument, simulatedQeIdentity, simulatedTcbInfo } from './simulated-documents.js'

/** What is wrong with simulated collateral. */
export type SimulatedCollateralFault =
  | 'tcb-info-signature'
  | 'qe-identity-signature'
  | 'root-list-signature'
  | 'pck-list-signature'
  | 'root-list-expired'
  | 'pck-list-expired'
  | 'pck-list-not-yet-valid'
  | 'pck-list-is-delta'
  | 'lists-swapped'
  | 'tcb-info-expired'
  | 'qe-identity-expired'
  | 'documents-swapped'

/** Faults that collateral can report, or have. */
export interface SimulatedCollateralOptions {
  /** Unix seconds; default: that of the platform. */
  readonly now?: bigint
  /** The status of the platform's TCB level; default `UpToDate`. */
  readonly tcbStatus?: LevelStatus
  /** The status of the newest level of the TDX module; default `UpToDate`. */
  readonly moduleStatus?: 'UpToDate' | 'OutOfDate' | 'Revoked'
  /** The status of the newest level of the quoting enclave; default `UpToDate`. */
  readonly qeStatus?: LevelStatus
  /** Default 18. */
  readonly evaluationDataNumber?: number
  /** A certificate that is on its revocation list; default: none. */
  readonly revoked?: 'pck' | 'pck-ca' | 'tcb-signer'
  /** Default: none. */
  readonly fault?: SimulatedCollateralFault
  /** Changes TCB Info before it is signed: whatever the named faults do not reach. */
  readonly changeTcbInfo?: (document: JsonDocument) => unknown
  /** Changes the QE identity before it is signed. */
  readonly changeQeIdentity?: (document: JsonDocument) => unknown
}

const hour = 3600n
const lifetime = 30n * 24n * hour

/** Writes and signs the collateral of a platform, with one fault if one is named. */
export function encodeSimulatedCollateral(
  chain: SimulatedChain,
  options: SimulatedCollateralOptions & { readonly now: bigint },
): CollateralJson {
  const { now, revoked, fault, changeTcbInfo = same, changeQeIdentity = same } = options
  const { root, pckCa, pck, tcbSigner } = chain
  // Whole hours, an hour back: processes with slightly different clocks make and accept the same collateral.
  const issued = (now / hour - 1n) * hour
  const until = (expired: SimulatedCollateralFault): bigint => (fault === expired ? now - 1n : issued + lifetime)
  const signedBy = (key: SigningKey, forged: SimulatedCollateralFault): SigningKey =>
    fault === forged ? chain.attestation : key
  const rootCrl = encodeSimulatedCrl({
    thisUpdate: issued,
    nextUpdate: until('root-list-expired'),
    issuer: root,
    revoked: serialNumbersOf([
      revoked === 'pck-ca' ? pckCa.key : undefined,
      revoked === 'tcb-signer' ? tcbSigner : undefined,
    ]),
    signedBy: signedBy(root.key, 'root-list-signature'),
  })
  const pckCrl = encodeSimulatedCrl({
    thisUpdate: fault === 'pck-list-not-yet-valid' ? now + 1n : issued,
    nextUpdate: until('pck-list-expired'),
    issuer: pckCa,
    revoked: serialNumbersOf([revoked === 'pck' ? pck : undefined]),
    signedBy: signedBy(pckCa.key, 'pck-list-signature'),
    isDelta: fault === 'pck-list-is-delta',
  })
  const tcbInfo = JSON.stringify(
    changeTcbInfo(simulatedTcbInfo({ issued, nextUpdate: until('tcb-info-expired') }, options)),
  )
  const qeIdentity = JSON.stringify(
    changeQeIdentity(simulatedQeIdentity({ issued, nextUpdate: until('qe-identity-expired') }, options)),
  )
  const signatureOf = (text: string, forged: SimulatedCollateralFault): string =>
    hexDigitsOf(signedBy(tcbSigner, forged).sign(new TextEncoder().encode(text)))
  const documents = {
    tcb_info: tcbInfo,
    tcb_info_signature: signatureOf(tcbInfo, 'tcb-info-signature'),
    qe_identity: qeIdentity,
    qe_identity_signature: signatureOf(qeIdentity, 'qe-identity-signature'),
  }
  const swapped = {
    tcb_info: documents.qe_identity,
    tcb_info_signature: documents.qe_identity_signature,
    qe_identity: documents.tcb_info,
    qe_identity_signature: documents.tcb_info_signature,
  }
  const areListsSwapped = fault === 'lists-swapped'
  return {
    pck_crl_issuer_chain: chain.pckCaChain,
    root_ca_crl: hexDigitsOf(areListsSwapped ? pckCrl : rootCrl),
    pck_crl: hexDigitsOf(areListsSwapped ? rootCrl : pckCrl),
    tcb_info_issuer_chain: chain.signerChain,
    qe_identity_issuer_chain: chain.signerChain,
    ...(fault === 'documents-swapped' ? swapped : documents),
  }
}

function same(document: JsonDocument): unknown {
  return document
}

function serialNumbersOf(keys: readonly (SigningKey | undefined)[]): readonly Uint8Array[] {
  return keys.flatMap((key) => (key === undefined ? [] : [serialNumberOf(key)]))
}
