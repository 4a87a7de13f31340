import type { ByteReader } from '../bytes/byte-reader.js'
import { equalBytes } from '../bytes/equal-bytes.js'
import { type Hex, hexOf } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'

/** The first 48 bytes of a quote (Intel TDX DCAP Quote Generation Library, §A.3.1). */
export interface QuoteHeader {
  readonly version: 3 | 4 | 5
  readonly tee: 'sgx' | 'tdx'
  /** Free bytes of the quoting enclave; the first 16 usually name it. */
  readonly userData: Hex
}

const ecdsaP256KeyType = 2
const sgxTeeType = 0
const tdxTeeType = 0x81
const intelQeVendor = Uint8Array.of(
  ...[0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07],
)

/**
 * Reads the header of a quote.
 * @throws QuoteError `TRUNCATED`, `UNSUPPORTED_VERSION`, `UNSUPPORTED_KEY_TYPE`, `UNSUPPORTED_TEE`, `UNKNOWN_QE_VENDOR`
 */
export function parseHeader(reader: ByteReader): QuoteHeader {
  const version = reader.u16()
  const keyType = reader.u16()
  const teeType = reader.u32()
  reader.take(4) // QE and PCE SVN in v3, reserved later; signed, and not used by any version of Intel's verifier
  const vendor = reader.take(16)
  const userData = hexOf(reader.take(20))
  if (version !== 3 && version !== 4 && version !== 5) {
    throw new QuoteError('UNSUPPORTED_VERSION', `quote version ${version}`)
  }
  if (keyType !== ecdsaP256KeyType) throw new QuoteError('UNSUPPORTED_KEY_TYPE', `attestation key type ${keyType}`)
  if (teeType !== tdxTeeType && teeType !== sgxTeeType) {
    throw new QuoteError('UNSUPPORTED_TEE', `TEE type 0x${teeType.toString(16)}`)
  }
  if (version === 3 && teeType !== sgxTeeType) throw new QuoteError('UNSUPPORTED_TEE', 'quote version 3 is SGX only')
  if (!equalBytes(vendor, intelQeVendor)) throw new QuoteError('UNKNOWN_QE_VENDOR', hexOf(vendor))
  return { version, tee: teeType === tdxTeeType ? 'tdx' : 'sgx', userData }
}
