import { hexDigitsOf } from '../bytes/hex.js'
import { parseStrictJson } from '../json/strict-json.js'
import { QuoteError } from '../quote-error.js'
import { type Collateral, parseCollateral } from './collateral.js'

/** The responses of Intel's PCS (or a PCCS) API v4, bodies as served, issuer chains already percent-decoded from their headers. */
export interface PcsResponses {
  /** Body of `/tdx/certification/v4/tcb`. */
  readonly tcbInfo: string
  /** Header `TCB-Info-Issuer-Chain`. */
  readonly tcbInfoIssuerChain: string
  /** Body of `/tdx/certification/v4/qe/identity`. */
  readonly qeIdentity: string
  /** Header `SGX-Enclave-Identity-Issuer-Chain`. */
  readonly qeIdentityIssuerChain: string
  /** Body of `/sgx/certification/v4/pckcrl?encoding=der`. */
  readonly pckCrl: Uint8Array
  /** Header `SGX-PCK-CRL-Issuer-Chain`. */
  readonly pckCrlIssuerChain: string
  /** `IntelSGXRootCA.der`. */
  readonly rootCaCrl: Uint8Array
}

/**
 * Parses collateral from the responses of Intel's PCS; the signed inner objects are cut out of their envelopes byte for byte.
 * @throws QuoteError for whatever is missing, malformed or too large.
 */
export function parsePcsCollateral(responses: PcsResponses): Collateral {
  const tcbInfo = openEnvelope(responses.tcbInfo, 'tcbInfo')
  const qeIdentity = openEnvelope(responses.qeIdentity, 'enclaveIdentity')
  return parseCollateral({
    pck_crl_issuer_chain: responses.pckCrlIssuerChain,
    root_ca_crl: hexDigitsOf(responses.rootCaCrl),
    pck_crl: hexDigitsOf(responses.pckCrl),
    tcb_info_issuer_chain: responses.tcbInfoIssuerChain,
    tcb_info: tcbInfo.inner,
    tcb_info_signature: tcbInfo.signature,
    qe_identity_issuer_chain: responses.qeIdentityIssuerChain,
    qe_identity: qeIdentity.inner,
    qe_identity_signature: qeIdentity.signature,
  })
}

function openEnvelope(body: string, name: string): { readonly inner: string; readonly signature: string } {
  const { value, slices } = parseStrictJson(body)
  const inner = slices.get(name)
  const signature = value.get('signature')
  if (inner === undefined || typeof signature !== 'string') {
    throw new QuoteError('BAD_COLLATERAL', `expected an object with ${name} and signature`)
  }
  return { inner, signature }
}
