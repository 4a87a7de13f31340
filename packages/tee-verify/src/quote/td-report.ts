import { isZero } from '../bytes/equal-bytes.js'
import { type Hex, hexDigitsOf, hexOf } from '../bytes/hex.js'
import { attributeNamesOf } from './td-attributes.js'

/** What a quote states about a trust domain (TD report 1.0, and 1.5 where noted). */
export interface TdReport {
  /** 16 SVNs: [0] TDX module minor, [1] TDX module major, [2] SEAM loader. Of the module at the launch of the TD. */
  readonly teeTcbSvn: readonly number[]
  /** Of the module that runs now (TD report 1.5), else null. */
  readonly teeTcbSvn2: readonly number[] | null
  readonly mrSeam: Hex
  readonly mrSignerSeam: Hex
  readonly seamAttributes: Hex
  /** TDATTRIBUTES, 8 bytes. */
  readonly attributes: Hex
  /** The names of the set attributes; `BIT_<n>` for a bit without one. */
  readonly attributeNames: readonly string[]
  /** Whether the host can read the TD's memory: nothing such a TD says is confidential. */
  readonly debug: boolean
  readonly xfam: Hex
  readonly mrTd: Hex
  readonly mrConfigId: Hex
  readonly mrOwner: Hex
  readonly mrOwnerConfig: Hex
  readonly rtMr0: Hex
  readonly rtMr1: Hex
  readonly rtMr2: Hex
  readonly rtMr3: Hex
  /** 64 bytes. */
  readonly reportData: Hex
  /** MRSERVICETD (TD report 1.5), else zero, as when no service TD is bound. */
  readonly mrServiceTd: Hex
  /** Hashes of service TDs bound to this one (TD report 1.5); empty when there are none. */
  readonly serviceTdHashes: readonly Hex[]
}

/** Sizes of the TD reports: 1.0, 1.5, and 1.5 with the history of service TDs. */
export const tdReportSize = { v10: 584, v15: 648, v15Extended: 885 } as const

const noServiceTd: Hex = hexOf(new Uint8Array(48))

/** Reads a TD report of one of the sizes above; the caller has checked the size. */
export function parseTdReport(bytes: Uint8Array): TdReport {
  // One conversion for all fields, of which each is a slice.
  const digits = hexDigitsOf(bytes)
  const hex = (start: number, length: number): Hex => `0x${digits.slice(start * 2, (start + length) * 2)}`
  const attributeNames = attributeNamesOf(bytes.subarray(120, 128))
  const hasRunningModule = bytes.length !== tdReportSize.v10
  return {
    teeTcbSvn: Array.from(bytes.subarray(0, 16)),
    mrSeam: hex(16, 48),
    mrSignerSeam: hex(64, 48),
    seamAttributes: hex(112, 8),
    attributes: hex(120, 8),
    attributeNames,
    debug: attributeNames.includes('DEBUG'),
    xfam: hex(128, 8),
    mrTd: hex(136, 48),
    mrConfigId: hex(184, 48),
    mrOwner: hex(232, 48),
    mrOwnerConfig: hex(280, 48),
    rtMr0: hex(328, 48),
    rtMr1: hex(376, 48),
    rtMr2: hex(424, 48),
    rtMr3: hex(472, 48),
    reportData: hex(520, 64),
    teeTcbSvn2: hasRunningModule ? Array.from(bytes.subarray(584, 600)) : null,
    mrServiceTd: hasRunningModule ? hex(600, 48) : noServiceTd,
    serviceTdHashes: serviceTdOffsetsIn(bytes).map((start) => hex(start, 48)),
  }
}

/** Where the hashes of bound service TDs stand: now (1.5), at the initial launch and at the last migration (extended). */
function serviceTdOffsetsIn(bytes: Uint8Array): readonly number[] {
  const offsets = bytes.length === tdReportSize.v10 ? [] : bytes.length === tdReportSize.v15 ? [600] : [600, 729, 829]
  return offsets.filter((start) => !isZero(bytes.subarray(start, start + 48)))
}
