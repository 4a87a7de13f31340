import {
  createLog,
  type Hex,
  hashCheckpoint,
  hashReceipt,
  type Receipt,
  type SettlementMode,
  signDigest,
} from '@og/settlement'
import { DOMAIN, LOG_ID } from './fake-addresses.js'
import { errorOf } from './fake-http.js'

/** What a test node has recorded, and the chain that it does not have: everything is confirmed at once, or nothing is. */
export interface FakeRecords {
  /** Appends a receipt; returns its digest and its place in the log. */
  append(receipt: Receipt, settlement: SettlementMode): { readonly digest: Hex; readonly index: number }
  confirm(): void
  /** `/v1/receipts/<paymentHash>` */
  status(paymentHash: string): Response
  /** `/v1/log/proof` */
  proof(digest: Hex, signer: { readonly receiptKey: Hex; readonly url: string }): Response
}

/** Creates the records of one node. */
export function createFakeRecords(): FakeRecords {
  const receipts = new Map<string, { readonly digest: Hex; readonly settlement: SettlementMode }>()
  const log = createLog()
  let confirmed = false
  return {
    append(receipt, settlement) {
      const digest = hashReceipt(receipt, DOMAIN)
      log.append(digest)
      receipts.set(receipt.paymentHash, { digest, settlement })
      return { digest, index: log.size - 1 }
    },
    confirm() {
      confirmed = true
    },
    status(paymentHash) {
      const found = receipts.get(paymentHash)
      if (found === undefined) return errorOf(404, 'receipt_not_found')
      const state = confirmed ? 'confirmed' : 'queued'
      const transaction = confirmed ? `0x${'ab'.repeat(32)}` : null
      const mode = found.settlement
      return Response.json({
        paymentHash,
        status: 'finished',
        receiptDigest: found.digest,
        payment: { state, transaction, charged: '1' },
        record:
          mode === 'SETTLE_BATCH'
            ? { mode, state: 'none', transaction: null, blockNumber: null }
            : { mode, state, transaction, blockNumber: confirmed ? '7' : null },
      })
    },
    proof(digest, { receiptKey, url }) {
      const index = [...receipts.values()].findIndex((entry) => entry.digest === digest)
      if (!confirmed || index < 0) return errorOf(404, 'not_yet_anchored')
      const checkpoint = { logId: LOG_ID, seq: 1n, size: BigInt(log.size), root: log.root(), uri: url }
      return Response.json({
        logId: LOG_ID,
        index,
        size: log.size,
        seq: '1',
        root: log.root(),
        proof: log.inclusionProof(index),
        checkpointSignature: signDigest(hashCheckpoint(checkpoint, DOMAIN), receiptKey),
        uri: url,
        transaction: `0x${'cd'.repeat(32)}`,
      })
    },
  }
}
