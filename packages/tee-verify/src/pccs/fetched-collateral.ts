import { bytesOfHexDigits, type Hex, hexOf } from '../bytes/hex.js'
import type { Collateral } from '../collateral/collateral.js'
import { type PcsResponses, parsePcsCollateral } from '../collateral/pcs-collateral.js'
import { QuoteError } from '../quote-error.js'

/** Which CA issued a platform's PCK certificate. */
export type PckCa = 'platform' | 'processor'

/** The platforms that collateral is for. */
export interface CollateralSubject {
  /** 6 bytes. */
  readonly fmspc: Hex
  readonly ca: PckCa
  /** Default `tdx`. */
  readonly tee?: 'tdx' | 'sgx'
}

/** Collateral with the exact bytes that it was parsed from. */
export interface FetchedCollateral {
  readonly subject: Required<CollateralSubject>
  readonly collateral: Collateral
  readonly responses: PcsResponses
  /** Unix seconds. */
  readonly fetchedAt: bigint
  /** Unix seconds: the earliest `nextUpdate` of its four documents. */
  readonly expiresAt: bigint
}

const snapshotFormat = 'og-collateral-1'
const maximumSnapshotLength = 8_388_608

const textMembers = [
  'tcbInfo',
  'tcbInfoIssuerChain',
  'qeIdentity',
  'qeIdentityIssuerChain',
  'pckCrlIssuerChain',
] as const

/**
 * Parses responses into collateral for a subject.
 * @throws QuoteError for whatever is malformed; `COLLATERAL_MISMATCH` when it is for other platforms
 */
export function fetchedCollateralOf(
  subject: Required<CollateralSubject>,
  options: { readonly responses: PcsResponses; readonly fetchedAt: bigint },
): FetchedCollateral {
  const { responses, fetchedAt } = options
  const collateral = parsePcsCollateral(responses)
  const { tcbInfo, qeIdentity, rootCrl, pckCrl } = collateral
  if (tcbInfo.content.fmspc !== subject.fmspc) {
    throw new QuoteError('COLLATERAL_MISMATCH', `TCB Info is for ${tcbInfo.content.fmspc}, not ${subject.fmspc}`)
  }
  const expiries = [tcbInfo.content.nextUpdate, qeIdentity.content.nextUpdate, rootCrl.nextUpdate, pckCrl.nextUpdate]
  const [expiresAt = 0n] = expiries.sort((left, right) => Number(left - right))
  return { subject, collateral, responses, fetchedAt, expiresAt }
}

/** Writes collateral, its exact bytes included, as text for a file: what a machine without network verifies with. */
export function encodeCollateralSnapshot(fetched: FetchedCollateral): string {
  const { subject, responses, fetchedAt } = fetched
  const texts = Object.fromEntries(textMembers.map((name) => [name, responses[name]]))
  const lists = { pckCrl: hexOf(responses.pckCrl), rootCaCrl: hexOf(responses.rootCaCrl) }
  return JSON.stringify({ format: snapshotFormat, ...subject, fetchedAt: String(fetchedAt), ...texts, ...lists })
}

/**
 * Reads a snapshot. Nothing in it is believed for being in a file: `verifyQuote` judges it like any other collateral.
 * @throws QuoteError `BAD_SNAPSHOT`, or what parsing its documents throws
 */
export function parseCollateralSnapshot(text: string): FetchedCollateral {
  if (text.length > maximumSnapshotLength) throw new QuoteError('TOO_LARGE', `snapshot of ${text.length} characters`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new QuoteError('BAD_SNAPSHOT', 'not JSON', { cause })
  }
  const members = new Map<string, unknown>(typeof json === 'object' && json !== null ? Object.entries(json) : [])
  function member(name: string, pattern: RegExp): string {
    const value = members.get(name)
    if (typeof value === 'string' && pattern.test(value)) return value
    throw new QuoteError('BAD_SNAPSHOT', `${name}: missing or malformed`)
  }
  member('format', /^og-collateral-1$/)
  const digits = (name: string): Uint8Array => bytesOfHexDigits(member(name, /^0x[0-9a-f]*$/).slice(2))
  const subject = {
    fmspc: member('fmspc', /^0x[0-9a-f]{12}$/) as Hex,
    ca: member('ca', /^(?:platform|processor)$/) as PckCa,
    tee: member('tee', /^(?:tdx|sgx)$/) as 'tdx' | 'sgx',
  }
  const responses = {
    tcbInfo: member('tcbInfo', /^/),
    tcbInfoIssuerChain: member('tcbInfoIssuerChain', /^/),
    qeIdentity: member('qeIdentity', /^/),
    qeIdentityIssuerChain: member('qeIdentityIssuerChain', /^/),
    pckCrl: digits('pckCrl'),
    pckCrlIssuerChain: member('pckCrlIssuerChain', /^/),
    rootCaCrl: digits('rootCaCrl'),
  }
  return fetchedCollateralOf(subject, { responses, fetchedAt: BigInt(member('fetchedAt', /^\d{1,15}$/)) })
}
