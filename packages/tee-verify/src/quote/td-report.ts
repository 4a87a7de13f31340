import { createByteReader } from '../bytes/byte-reader.js'
import { isZero } from '../bytes/equal-bytes.js'
import { type Hex, hexOf } from '../bytes/hex.js'
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
  /** Hashes of service TDs bound to this one (TD report 1.5); empty when there are none. */
  readonly serviceTdHashes: readonly Hex[]
}

/** Sizes of the TD reports: 1.0, 1.5, and 1.5 with the history of service TDs. */
export const tdReportSize = { v10: 584, v15: 648, v15Extended: 885 } as const

/** Reads a TD report of one of the sizes above; the caller has checked the size. */
export function parseTdReport(bytes: Uint8Array): TdReport {
  const reader = createByteReader(bytes)
  const hex = (length: number): Hex => hexOf(reader.take(length))
  const teeTcbSvn = [...reader.take(16)]
  const mrSeam = hex(48)
  const mrSignerSeam = hex(48)
  const seamAttributes = hex(8)
  const attributes = reader.take(8)
  const attributeNames = attributeNamesOf(attributes)
  const report = {
    teeTcbSvn,
    mrSeam,
    mrSignerSeam,
    seamAttributes,
    attributes: hexOf(attributes),
    attributeNames,
    debug: attributeNames.includes('DEBUG'),
    xfam: hex(8),
    mrTd: hex(48),
    mrConfigId: hex(48),
    mrOwner: hex(48),
    mrOwnerConfig: hex(48),
    rtMr0: hex(48),
    rtMr1: hex(48),
    rtMr2: hex(48),
    rtMr3: hex(48),
    reportData: hex(64),
  }
  if (bytes.length === tdReportSize.v10) return { ...report, teeTcbSvn2: null, serviceTdHashes: [] }
  const teeTcbSvn2 = [...reader.take(16)]
  const hashes = [reader.take(48)]
  if (bytes.length === tdReportSize.v15Extended) {
    reader.take(1 + 32 + 48) // vmid, TD id, device information
    hashes.push(reader.take(48))
    reader.take(8 + 16 + 16 + 12) // attributes, CPU SVN, TEE TCB SVN and FMSPC at the initial launch
    hashes.push(reader.take(48))
  }
  return { ...report, teeTcbSvn2, serviceTdHashes: hashes.filter((hash) => !isZero(hash)).map(hexOf) }
}
