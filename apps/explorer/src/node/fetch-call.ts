import {
  type Hex,
  hashReceipt,
  type JsonObject,
  parseReceipt,
  type Receipt,
  type ReceiptDomain,
  recoverSigner,
} from '@og/settlement'
import { type RegisteredNode, readNodes } from '@og/settlement/contracts'
import { isHex, type PublicClient } from 'viem'
import type { Network } from '../network/network.js'
import { fetchNodeJson } from './fetch-node.js'

/** What a node tells about one of its calls; `receipt` was checked against the node's registered key. */
export interface NodeCall {
  readonly node: RegisteredNode
  readonly receipt: Receipt | null
  readonly digest: Hex | null
  readonly isSigned: boolean
  readonly payment: { readonly state: string; readonly transaction: Hex | null; readonly charged: bigint | null }
  readonly record: { readonly mode: string; readonly state: string; readonly transaction: Hex | null }
  readonly proof: NodeProof | null
}

/** Where the receipt stands in the operator's log, by the node's word until it is checked against the chain. */
interface NodeProof {
  readonly logId: Hex
  readonly seq: bigint
  readonly index: number
  readonly size: number
  readonly root: Hex
  readonly proof: readonly Hex[]
}

/** Asks every registered node that is valid for a payment hash; the first that knows it answers. */
export async function findCall(
  paymentHash: Hex,
  options: { readonly network: Network; readonly client: PublicClient },
): Promise<NodeCall | null> {
  const { network, client } = options
  const nodes = await readNodes(client, { contract: network.nodeRegistry })
  const domain: ReceiptDomain = { chainId: BigInt(network.chainId), verifyingContract: network.inferenceLog }
  const asked = new Set<string>()
  const answers = await Promise.all(
    [...nodes].reverse().map(async (node) => {
      if (asked.has(node.endpoint)) return null
      asked.add(node.endpoint)
      const answer = await fetchNodeJson(node.endpoint, `/v1/receipts/${paymentHash}`).catch(() => null)
      return answer === null ? null : callOf(answer, { nodes, domain, paymentHash })
    }),
  )
  // Any node can name a receipt of another one: what its node signed comes before what somebody says.
  const call = answers.find((answer) => answer?.isSigned) ?? answers.find((answer) => answer !== null) ?? null
  if (call === null || call.digest === null || call.receipt === null) return call
  const proof = await fetchNodeJson(call.node.endpoint, `/v1/log/proof?digest=${call.digest}`).catch(() => null)
  return { ...call, proof: proof === null ? null : proofOf(proof, call.receipt) }
}

function callOf(
  answer: JsonObject,
  options: { readonly nodes: readonly RegisteredNode[]; readonly domain: ReceiptDomain; readonly paymentHash: Hex },
): NodeCall | null {
  const receipt = answer['receipt'] == null ? null : parseReceipt(answer['receipt'])
  if (receipt !== null && receipt.paymentHash !== options.paymentHash) return null
  const node = options.nodes.find(({ nodeId }) => nodeId === receipt?.nodeId)
  if (node === undefined) return null
  const digest = receipt === null ? null : hashReceipt(receipt, options.domain)
  const signature = answer['signature']
  const payment = partOf(answer['payment'])
  const record = partOf(answer['record'])
  const charged = payment['charged']
  return {
    node,
    receipt,
    digest,
    isSigned: digest !== null && isHex(signature) && isSignedBy(digest, signature, node.receiptKey),
    payment: {
      state: `${payment['state'] ?? 'unknown'}`,
      transaction: hashOf(payment['transaction']),
      charged: typeof charged === 'string' && /^[0-9]{1,40}$/.test(charged) ? BigInt(charged) : null,
    },
    record: {
      mode: `${record['mode'] ?? 'unknown'}`,
      state: `${record['state'] ?? 'unknown'}`,
      transaction: hashOf(record['transaction']),
    },
    proof: null,
  }
}

/** Reads a proof; `null` for one that cannot be read, or is of another log than the receipt was promised in. */
export function proofOf(answer: JsonObject, receipt: Pick<Receipt, 'logId'>): NodeProof | null {
  const { logId, seq, index, size, root, proof } = answer
  const isSound =
    hashOf(logId) !== null &&
    hashOf(root) !== null &&
    typeof index === 'number' &&
    typeof size === 'number' &&
    Array.isArray(proof)
  if (!isSound || typeof seq !== 'string' || !/^[0-9]{1,20}$/.test(seq) || proof.length > 64) return null
  const siblings = proof.map(hashOf)
  if (!siblings.every((sibling) => sibling !== null)) return null
  const [id, head] = [hashOf(logId), hashOf(root)]
  if (id === null || head === null || id.toLowerCase() !== receipt.logId.toLowerCase()) return null
  return { logId: id, seq: BigInt(seq), index, size, root: head, proof: siblings }
}

function isSignedBy(digest: Hex, signature: Hex, address: string): boolean {
  try {
    return recoverSigner(digest, signature).toLowerCase() === address.toLowerCase()
  } catch {
    return false
  }
}

function partOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function hashOf(value: unknown): Hex | null {
  return isHex(value) && value.length === 66 ? value : null
}
