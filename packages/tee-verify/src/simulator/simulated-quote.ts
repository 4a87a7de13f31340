import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes } from '../bytes/concat-bytes.js'
import { bytesOfHex, type Hex } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'
import type { SigningKey } from './signing-key.js'
import { labelledBytes, simulatedHardware, simulatedMeasurements, simulatedQeSigner } from './simulated-hardware.js'

/** What a simulated TD reports. */
export interface SimulatedQuoteOptions {
  /** 64 bytes. */
  readonly reportData: Uint8Array
  /** Default: `simulatedMeasurements()`. */
  readonly mrTd?: Hex
  /** RTMR0 to RTMR3; those left out as in `simulatedMeasurements()`. */
  readonly rtMr?: readonly Hex[]
  /** Default 4. Version 5 carries a TD report 1.5. */
  readonly version?: 4 | 5
  /** Fault: the TD runs under debug. */
  readonly debug?: boolean
  /** Fault: the TDX module has this minor SVN; below 5 it is outdated, below 2 unknown. */
  readonly moduleSvn?: number
  /** Fault: the quoting enclave is by another signer. */
  readonly foreignQuotingEnclave?: boolean
}

const intelQeVendor = '0x939a7233f79c4ca9940a0db3957f0607'
const septVeDisable = 0x10

/** Writes and signs a quote as a quoting enclave would. */
export function encodeSimulatedQuote(
  options: SimulatedQuoteOptions,
  keys: { readonly attestation: SigningKey; readonly pck: SigningKey; readonly pckChain: string },
): Uint8Array {
  const { version = 4 } = options
  const body = tdReportOf(options)
  const descriptor = version === 5 ? concatBytes(u16(3), u32(body.length)) : new Uint8Array()
  const header = concatBytes(u16(version), u16(2), u32(0x81), u32(0), bytesOfHex(intelQeVendor), new Uint8Array(20))
  const signed = concatBytes(header, descriptor, body)
  const authData = Uint8Array.from({ length: 32 }, (_, index) => index)
  const qeReport = qeReportOf(options, sha256(concatBytes(keys.attestation.publicKey, authData)))
  const chain = new TextEncoder().encode(`${keys.pckChain}\0`)
  const qeEvidence = concatBytes(
    qeReport,
    keys.pck.sign(qeReport),
    u16(authData.length),
    authData,
    u16(5),
    u32(chain.length),
    chain,
  )
  const auth = concatBytes(
    keys.attestation.sign(signed),
    keys.attestation.publicKey,
    u16(6),
    u32(qeEvidence.length),
    qeEvidence,
  )
  return concatBytes(signed, u32(auth.length), auth)
}

function tdReportOf(options: SimulatedQuoteOptions): Uint8Array {
  const { reportData, debug = false, moduleSvn = simulatedHardware.teeTcbSvn[0] ?? 0, version = 4 } = options
  if (reportData.length !== 64)
    throw new QuoteError('BAD_INPUT', `report data of ${reportData.length} bytes, expected 64`)
  const standard = simulatedMeasurements()
  const [rtMr0 = standard.rtMr0, rtMr1 = standard.rtMr1, rtMr2 = standard.rtMr2, rtMr3 = standard.rtMr3] =
    options.rtMr ?? []
  const measurements = [rtMr0, rtMr1, rtMr2, rtMr3].map(measurementOf)
  const teeTcbSvn = Uint8Array.of(moduleSvn, ...simulatedHardware.teeTcbSvn.slice(1))
  return concatBytes(
    teeTcbSvn,
    concatBytes(labelledBytes('TDX module'), new Uint8Array(16)),
    new Uint8Array(48 + 8), // MRSIGNERSEAM and SEAMATTRIBUTES are zero for Intel's modules
    Uint8Array.of(debug ? 1 : 0, 0, 0, septVeDisable, 0, 0, 0, 0),
    Uint8Array.of(0xe7, 0x02, 0x06, 0, 0, 0, 0, 0),
    measurementOf(options.mrTd ?? standard.mrTd),
    new Uint8Array(48 * 3), // MRCONFIGID, MROWNER, MROWNERCONFIG
    ...measurements,
    reportData,
    version === 5 ? concatBytes(teeTcbSvn, new Uint8Array(48)) : new Uint8Array(),
  )
}

function qeReportOf(options: SimulatedQuoteOptions, reportDigest: Uint8Array): Uint8Array {
  const signer = options.foreignQuotingEnclave === true ? labelledBytes('foreign enclave signer') : simulatedQeSigner()
  return concatBytes(
    Uint8Array.from(simulatedHardware.components),
    new Uint8Array(4 + 28),
    Uint8Array.of(0x11, 0, 0, 0, 0, 0, 0, 0, 0xe7, 0, 0, 0, 0, 0, 0, 0),
    labelledBytes('quoting enclave'),
    new Uint8Array(32),
    signer,
    new Uint8Array(96),
    u16(simulatedHardware.qeIsvProdId),
    u16(simulatedHardware.qeIsvSvn),
    new Uint8Array(60),
    reportDigest,
    new Uint8Array(32),
  )
}

function measurementOf(hex: Hex): Uint8Array {
  const bytes = bytesOfHex(hex)
  if (bytes.length !== 48) throw new QuoteError('BAD_INPUT', `a measurement of ${bytes.length} bytes, expected 48`)
  return bytes
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >>> 8)
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24)
}
