import { checkpoint, equivocation, inference, node } from 'ponder:schema'
import { eq, or } from 'ponder'
import type { Hex } from 'viem'
import { type Condition, type Listed, newestRows } from './newest-rows.js'
import { type WireRow, wireRowOf } from './page.js'
import { addressOf, hashOf, QueryError, textOf } from './read-query.js'

const mostOfAKind = 50

/** Everything that one value names, at most 50 of a kind, newest first. */
export interface Found {
  readonly inferences: readonly WireRow[]
  readonly checkpoints: readonly WireRow[]
  readonly nodes: readonly WireRow[]
  readonly equivocations: readonly WireRow[]
}

/** Finds by `q`: a payment hash, receipt digest, transaction, node, log or root; or the address of a payer, payee or receipt key. */
export async function findAnything(query: URLSearchParams): Promise<Found> {
  const text = textOf(query, 'q')
  if (text === undefined) throw new QueryError('q', 'expected a hash or an address')
  const isAddress = text.length === 42
  const value = isAddress ? addressOf(query, 'q') : hashOf(query, 'q')
  if (value === undefined) throw new QueryError('q', 'expected a hash or an address')
  return isAddress ? findAddress(value) : findHash(value)
}

async function findAddress(address: Hex): Promise<Found> {
  const [inferences, nodes] = await Promise.all([
    found(inference, eq(inference.payer, address), eq(inference.payTo, address)),
    found(node, eq(node.receiptKey, address)),
  ])
  return { inferences, checkpoints: [], nodes, equivocations: [] }
}

async function findHash(hash: Hex): Promise<Found> {
  const { paymentHash, digest, transactionHash, nodeId } = inference
  const [inferences, checkpoints, nodes, equivocations] = await Promise.all([
    found(inference, eq(paymentHash, hash), eq(digest, hash), eq(transactionHash, hash), eq(nodeId, hash)),
    found(checkpoint, eq(checkpoint.logId, hash), eq(checkpoint.root, hash), eq(checkpoint.transactionHash, hash)),
    found(node, eq(node.nodeId, hash), eq(node.logId, hash)),
    found(equivocation, eq(equivocation.paymentHash, hash), eq(equivocation.logId, hash)),
  ])
  return { inferences, checkpoints, nodes, equivocations }
}

/** The rows that meet one of the conditions. */
async function found(table: Listed, ...conditions: readonly Condition[]): Promise<readonly WireRow[]> {
  return (await newestRows(table, { where: or(...conditions), limit: mostOfAKind })).map(wireRowOf)
}
