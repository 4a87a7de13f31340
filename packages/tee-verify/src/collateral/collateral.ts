import { bytesOfHexDigits } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'
import { type Certificate, parseCertificate } from '../x509/certificate.js'
import { parseCrl, type RevocationList } from '../x509/crl.js'
import { parsePemChain } from '../x509/pem.js'
import { parseQeIdentity, type QeIdentity } from './qe-identity.js'
import { parseTcbInfo, type TcbInfo } from './tcb-info.js'

/** A JSON document of Intel's with the exact bytes that its signature covers. */
export interface SignedDocument<Content> {
  readonly content: Content
  /** UTF-8 of the inner object as served. */
  readonly signed: Uint8Array
  /** r ‖ s, 64 bytes. */
  readonly signature: Uint8Array
  /** The signer and the root. */
  readonly issuerChain: readonly Certificate[]
}

/** Everything besides the quote that its verification needs. Parsed, but not yet trusted: `verifyQuote` judges it. */
export interface Collateral {
  readonly tcbInfo: SignedDocument<TcbInfo>
  readonly qeIdentity: SignedDocument<QeIdentity>
  readonly rootCrl: RevocationList
  readonly pckCrl: RevocationList
  /** The wire form that it was parsed from, which `encodeCollateral` gives back. */
  readonly json: CollateralJson
}

/**
 * Collateral on the wire: the shape `QuoteCollateralV3` of dcap-qvl, dstack and others. Lists are DER in hexadecimal, signatures
 * r ‖ s in hexadecimal, chains PEM, and the two documents are the exact text that Intel signed.
 */
export interface CollateralJson {
  readonly pck_crl_issuer_chain: string
  readonly root_ca_crl: string
  readonly pck_crl: string
  readonly tcb_info_issuer_chain: string
  readonly tcb_info: string
  readonly tcb_info_signature: string
  readonly qe_identity_issuer_chain: string
  readonly qe_identity: string
  readonly qe_identity_signature: string
}

const maximumFieldLength = 2_200_000

/**
 * Parses collateral in the wire shape `CollateralJson`; members it does not name (such as `pck_certificate_chain`) are ignored.
 * @throws QuoteError for whatever is missing, malformed or too large.
 */
export function parseCollateral(input: unknown): Collateral {
  if (typeof input !== 'object' || input === null) throw new QuoteError('BAD_COLLATERAL', 'expected an object')
  const members = new Map<string, unknown>(Object.entries(input))
  function text(name: keyof CollateralJson): string {
    const value = members.get(name)
    if (typeof value !== 'string') throw new QuoteError('BAD_COLLATERAL', `${name}: expected a string`)
    if (value.length > maximumFieldLength) throw new QuoteError('TOO_LARGE', `${name}: ${value.length} characters`)
    return value
  }
  const json: CollateralJson = {
    pck_crl_issuer_chain: text('pck_crl_issuer_chain'),
    root_ca_crl: text('root_ca_crl'),
    pck_crl: text('pck_crl'),
    tcb_info_issuer_chain: text('tcb_info_issuer_chain'),
    tcb_info: text('tcb_info'),
    tcb_info_signature: text('tcb_info_signature'),
    qe_identity_issuer_chain: text('qe_identity_issuer_chain'),
    qe_identity: text('qe_identity'),
    qe_identity_signature: text('qe_identity_signature'),
  }
  const tcbInfoChain = parsePemChain(json.tcb_info_issuer_chain).map(parseCertificate)
  const hasOneChain = json.qe_identity_issuer_chain === json.tcb_info_issuer_chain
  const qeIdentityChain = hasOneChain
    ? tcbInfoChain
    : parsePemChain(json.qe_identity_issuer_chain).map(parseCertificate)
  return {
    tcbInfo: {
      content: parseTcbInfo(json.tcb_info),
      signed: signedBytesOf(json.tcb_info),
      signature: signatureOf(json.tcb_info_signature),
      issuerChain: tcbInfoChain,
    },
    qeIdentity: {
      content: parseQeIdentity(json.qe_identity),
      signed: signedBytesOf(json.qe_identity),
      signature: signatureOf(json.qe_identity_signature),
      issuerChain: qeIdentityChain,
    },
    rootCrl: parseCrl(bytesOfHexDigits(json.root_ca_crl)),
    pckCrl: parseCrl(bytesOfHexDigits(json.pck_crl)),
    json,
  }
}

/** Writes collateral back in the wire shape that `parseCollateral` reads. */
export function encodeCollateral(collateral: Collateral): CollateralJson {
  return { ...collateral.json }
}

function signatureOf(digits: string): Uint8Array {
  if (!/^[0-9a-fA-F]{128}$/.test(digits)) {
    throw new QuoteError('BAD_COLLATERAL', `a signature is 128 hexadecimal digits, got ${digits.length} characters`)
  }
  return bytesOfHexDigits(digits)
}

function signedBytesOf(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  // The signature covers bytes and the parser read characters: both must say the same.
  if (new TextDecoder().decode(bytes) !== text) throw new QuoteError('BAD_JSON', 'the text is not well-formed Unicode')
  return bytes
}
