import { createByteReader } from '../bytes/byte-reader.js'
import { type Hex, hexOf } from '../bytes/hex.js'

/** An SGX report body, 384 bytes: that of a quoting enclave, or the subject of an SGX quote. */
export interface EnclaveReport {
  readonly raw: Uint8Array
  readonly cpuSvn: Hex
  readonly miscSelect: Hex
  /** Flags and XFRM, 16 bytes. */
  readonly attributes: Hex
  readonly debug: boolean
  readonly mrEnclave: Hex
  readonly mrSigner: Hex
  readonly isvProdId: number
  readonly isvSvn: number
  /** 64 bytes. */
  readonly reportData: Hex
}

/** The size of an SGX report body. */
export const enclaveReportSize = 384

const debugFlag = 0x02

/** Reads an SGX report body; the caller has checked the size. */
export function parseEnclaveReport(raw: Uint8Array): EnclaveReport {
  const reader = createByteReader(raw)
  const cpuSvn = hexOf(reader.take(16))
  const miscSelect = hexOf(reader.take(4))
  reader.take(28)
  const attributes = reader.take(16)
  const mrEnclave = hexOf(reader.take(32))
  reader.take(32)
  const mrSigner = hexOf(reader.take(32))
  reader.take(96)
  const isvProdId = reader.u16()
  const isvSvn = reader.u16()
  reader.take(60)
  const reportData = hexOf(reader.take(64))
  const debug = ((attributes[0] ?? 0) & debugFlag) !== 0
  return {
    raw,
    cpuSvn,
    miscSelect,
    attributes: hexOf(attributes),
    debug,
    mrEnclave,
    mrSigner,
    isvProdId,
    isvSvn,
    reportData,
  }
}
