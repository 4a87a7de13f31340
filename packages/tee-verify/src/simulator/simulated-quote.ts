import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes } from '../bytes/concat-bytes.js'
import { bytesOfHex } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'
import { u16, u32 } from './little-endian.js'
import type { SigningKey } from './signing-key.js'
import { labelledBytes, simulatedHardware, simulatedQeSigner } from './simulated-hardware.js'
import { encodeSimulatedTdReport, type SimulatedTdOptions, tdReportTypeOf } from './simulated-td-report.js'

/** What is wrong with a simulated quote. */
export type SimulatedQuoteFault =
  | 'quote-signature'
  | 'qe-report-signature'
  | 'attestation-key'
  | 'commitment-tail'
  | 'signed-by-pck'
  | 'changed-body'
  | 'changed-header'
  | 'hidden-bytes'
  | 'bytes-behind'
  | 'unknown-version'
  | 'unknown-key-type'
  | 'unknown-tee'
  | 'unknown-vendor'
  | 'body-size'
  | 'certification-data-type'
  | 'platform-named-only'

/** What a simulated TD and its quoting enclave report. */
export interface SimulatedQuoteOptions extends SimulatedTdOptions {
  /** Default 4. */
  readonly version?: 4 | 5
  /** Fault: the quoting enclave is by another signer. */
  readonly foreignQuotingEnclave?: boolean
  /** Fault: the quoting enclave runs under debug. */
  readonly debugQuotingEnclave?: boolean
  /** The SVN of the quoting enclave; below 4 it is unknown. */
  readonly qeIsvSvn?: number
  /** What the quoting enclave adds to its commitment; default: 32 bytes, 0 to 31. */
  readonly qeAuthData?: Uint8Array
  /** Zero bytes behind the quote, as some hosts leave; default: none. */
  readonly padding?: number
  /** Default: none. */
  readonly fault?: SimulatedQuoteFault
}

/** Whose keys sign a quote. */
export interface QuoteKeys {
  readonly attestation: SigningKey
  readonly pck: SigningKey
  readonly pckChain: string
}

const intelQeVendor = '0x939a7233f79c4ca9940a0db3957f0607'

/** Writes and signs a quote as a quoting enclave would, with one fault if one is named. */
export function encodeSimulatedQuote(options: SimulatedQuoteOptions, keys: QuoteKeys): Uint8Array {
  const { version = 4, fault, padding = 0 } = options
  if (options.reportData.length !== 64) {
    throw new QuoteError('BAD_INPUT', `report data of ${options.reportData.length} bytes, expected 64`)
  }
  const type = tdReportTypeOf(options, version)
  const body = encodeSimulatedTdReport(options, type)
  const size = body.length - (fault === 'body-size' ? 1 : 0)
  const descriptor = version === 5 ? concatBytes(u16(type), u32(size)) : new Uint8Array()
  const header = concatBytes(
    u16(fault === 'unknown-version' ? 6 : version),
    u16(fault === 'unknown-key-type' ? 3 : 2),
    u32(fault === 'unknown-tee' ? 0x82 : 0x81),
    u32(0),
    fault === 'unknown-vendor' ? new Uint8Array(16) : bytesOfHex(intelQeVendor),
    new Uint8Array(20),
  )
  const signed = concatBytes(header, descriptor, body)
  const signer = fault === 'signed-by-pck' ? keys.pck : keys.attestation
  const signature = signer.sign(signed)
  if (fault === 'quote-signature') flip(signature, 40)
  if (fault === 'changed-body') flip(signed, header.length + descriptor.length + 136)
  if (fault === 'changed-header') flip(signed, 28)
  const attestationKey = fault === 'attestation-key' ? keys.pck.publicKey : keys.attestation.publicKey
  const auth = concatBytes(signature, attestationKey, evidenceOf(options, keys))
  const behind = fault === 'bytes-behind' ? Uint8Array.of(1) : new Uint8Array(padding)
  return concatBytes(signed, u32(auth.length), auth, behind)
}

/** The certification data of a quote: report of the quoting enclave and PCK chain, wrapped twice. */
function evidenceOf(options: SimulatedQuoteOptions, keys: QuoteKeys): Uint8Array {
  const { fault, qeAuthData = Uint8Array.from({ length: 32 }, (_, index) => index) } = options
  const report = qeReportOf(options, sha256(concatBytes(keys.attestation.publicKey, qeAuthData)))
  const signature = keys.pck.sign(report)
  if (fault === 'qe-report-signature') flip(signature, 40)
  // Type 1 has the platform's PPID and SVNs in place of the chain.
  const isNamedOnly = fault === 'platform-named-only'
  const chain = isNamedOnly ? new Uint8Array(36) : new TextEncoder().encode(`${keys.pckChain}\0`)
  const evidence = concatBytes(
    report,
    signature,
    u16(qeAuthData.length),
    qeAuthData,
    u16(isNamedOnly ? 1 : fault === 'certification-data-type' ? 4 : 5),
    u32(chain.length),
    chain,
    new Uint8Array(fault === 'hidden-bytes' ? 1 : 0),
  )
  return concatBytes(u16(6), u32(evidence.length), evidence)
}

function qeReportOf(options: SimulatedQuoteOptions, commitment: Uint8Array): Uint8Array {
  const { fault, qeIsvSvn = simulatedHardware.qeIsvSvn, debugQuotingEnclave = false } = options
  const signer = options.foreignQuotingEnclave === true ? labelledBytes('foreign enclave signer') : simulatedQeSigner()
  const tail = new Uint8Array(32)
  if (fault === 'commitment-tail') tail[31] = 1
  return concatBytes(
    Uint8Array.from(simulatedHardware.components),
    new Uint8Array(4 + 28),
    Uint8Array.of(debugQuotingEnclave ? 0x13 : 0x11, 0, 0, 0, 0, 0, 0, 0, 0xe7, 0, 0, 0, 0, 0, 0, 0),
    labelledBytes('quoting enclave'),
    new Uint8Array(32),
    signer,
    new Uint8Array(96),
    u16(simulatedHardware.qeIsvProdId),
    u16(qeIsvSvn),
    new Uint8Array(60),
    commitment,
    tail,
  )
}

function flip(bytes: Uint8Array, at: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ 1
}
