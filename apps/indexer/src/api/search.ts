import { db } from 'ponder:api'
import { checkpoint, equivocation, inference, node } from 'ponder:schema'
import { desc, eq, or } from 'ponder'
import type { Hex } from 'viem'
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
    db
      .select()
      .from(inference)
      .where(or(eq(inference.payer, address), eq(inference.payTo, address)))
      .orderBy(desc(inference.position))
      .limit(mostOfAKind),
    db.select().from(node).where(eq(node.receiptKey, address)).orderBy(desc(node.position)).limit(mostOfAKind),
  ])
  return { inferences: inferences.map(wireRowOf), checkpoints: [], nodes: nodes.map(wireRowOf), equivocations: [] }
}

async function findHash(hash: Hex): Promise<Found> {
  const [inferences, checkpoints, nodes, equivocations] = await Promise.all([
    db
      .select()
      .from(inference)
      .where(
        or(
          eq(inference.paymentHash, hash),
          eq(inference.digest, hash),
          eq(inference.transactionHash, hash),
          eq(inference.nodeId, hash),
        ),
      )
      .orderBy(desc(inference.position))
      .limit(mostOfAKind),
    db
      .select()
      .from(checkpoint)
      .where(or(eq(checkpoint.logId, hash), eq(checkpoint.root, hash), eq(checkpoint.transactionHash, hash)))
      .orderBy(desc(checkpoint.position))
      .limit(mostOfAKind),
    db
      .select()
      .from(node)
      .where(or(eq(node.nodeId, hash), eq(node.logId, hash)))
      .orderBy(desc(node.position))
      .limit(mostOfAKind),
    db
      .select()
      .from(equivocation)
      .where(or(eq(equivocation.paymentHash, hash), eq(equivocation.logId, hash)))
      .orderBy(desc(equivocation.position))
      .limit(mostOfAKind),
  ])
  return {
    inferences: inferences.map(wireRowOf),
    checkpoints: checkpoints.map(wireRowOf),
    nodes: nodes.map(wireRowOf),
    equivocations: equivocations.map(wireRowOf),
  }
}
