import { type Hex, hexOf } from '../bytes/hex.js'
import { reportDataFor } from '../policy/report-data.js'

/**
 * Ours: node id and nonce, 32 bytes each. The node id is the hash of the key manifest, so one comparison covers every key.
 * `reportDataFor` gives the same as bytes.
 * @throws QuoteError `BAD_INPUT`
 */
export function nodeReportData(parts: { readonly nodeId: Hex; readonly nonce: Hex }): Hex {
  return hexOf(reportDataFor(parts))
}
