import type { CheckpointRecord } from '../ledger.js'
import { countOf, hexOf, hexOrNull, integerOf, integerOrNull, oneOf, type Row, textOrNull } from './row.js'

/** Reads a checkpoint's row. */
export function checkpointOf(row: Row): CheckpointRecord {
  return {
    logId: hexOf(row, 'log_id'),
    seq: integerOf(row, 'seq'),
    size: countOf(row, 'size'),
    root: hexOf(row, 'root'),
    sealedAt: integerOf(row, 'sealed_at'),
    state: oneOf(row, 'state', ['sealed', 'signed', 'anchored']),
    uri: textOrNull(row, 'uri'),
    signature: hexOrNull(row, 'signature'),
    transaction: hexOrNull(row, 'tx'),
    blockNumber: integerOrNull(row, 'block_number'),
  }
}
