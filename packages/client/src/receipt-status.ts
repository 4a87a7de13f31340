import { type Hex, hashReceipt, type JsonObject, type Receipt, type RecoverPublicKey } from '@og/settlement'
import type { Fetch } from './defaults.js'
import { fetchNodeStatus, type NodeStatus } from './fetch-settlement.js'
import type { NodeDirectory } from './node-directory.js'
import { isSignedBy } from './verify-node.js'

/** What is known of a payment: by this client, and by the node that was paid. */
export interface ReceiptStatus {
  readonly paymentHash: Hex
  /** `receipt.json`, where this client or its storage has it; a node never tells terms, prompts or answers to those who only know a hash. */
  readonly bundle: JsonObject | null
  /** Where the call stands, in the node's words: still running, answered, or given up without a charge. */
  readonly state: NodeStatus['state']
  /** The receipt that the node shows. */
  readonly receipt: Receipt | null
  /** True when the node's present receipt key signed it; receipts from before a restart are signed by an older one. */
  readonly isSigned: boolean
  readonly payment: NodeStatus['payment']
  readonly record: NodeStatus['record']
}

/** Asks a node about a payment. @throws ClientError `NODE_ERROR` when it does not know it, `NETWORK` */
export async function fetchReceiptStatus(
  paymentHash: Hex,
  options: {
    readonly directory: NodeDirectory
    readonly fetch: Fetch
    readonly recover: RecoverPublicKey
    readonly bundle: JsonObject | undefined
    readonly signal?: AbortSignal | undefined
  },
): Promise<ReceiptStatus> {
  const { directory, fetch, signal } = options
  const node = await directory.node({ attested: false, signal })
  const status = await fetchNodeStatus(paymentHash, { baseUrl: directory.baseUrl, fetch, signal })
  const { state, receipt, signature, payment, record } = status
  return {
    paymentHash,
    bundle: options.bundle ?? null,
    state,
    receipt,
    isSigned:
      receipt !== null &&
      signature !== null &&
      receipt.paymentHash === paymentHash &&
      isSignedBy(
        { digest: hashReceipt(receipt, node.domain), signature, signer: node.manifest.receiptKey },
        options.recover,
      ),
    payment,
    record,
  }
}
