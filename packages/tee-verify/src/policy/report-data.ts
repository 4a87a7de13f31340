import { concatBytes } from '../bytes/concat-bytes.js'
import { bytesOfHex, type Hex } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'

/**
 * The 64 bytes that a node puts in its quote: `nodeId ‖ nonce`. The node id is the hash of the node's key manifest, so the
 * quote vouches for those keys; the nonce is the verifier's, so the quote is fresh.
 * @throws QuoteError `BAD_INPUT` unless both are 32 bytes.
 */
export function reportDataFor(parts: { readonly nodeId: Hex; readonly nonce: Hex }): Uint8Array {
  const nodeId = bytesOfHex(parts.nodeId)
  const nonce = bytesOfHex(parts.nonce)
  if (nodeId.length !== 32 || nonce.length !== 32) {
    throw new QuoteError('BAD_INPUT', `expected 32 and 32 bytes, got ${nodeId.length} and ${nonce.length}`)
  }
  return concatBytes(nodeId, nonce)
}
