import type { RegisteredNode } from './read-contracts.js'

/** How a registry has a node at a moment. */
export type NodeState = 'valid' | 'revoked' | 'expired' | 'not yet valid'

/** Tells how a registry has a node at `now` (unix seconds). Only records of a valid node are taken. */
export function nodeStateOf(
  node: Pick<RegisteredNode, 'revokedAt' | 'notBefore' | 'notAfter'>,
  now: bigint,
): NodeState {
  if (node.revokedAt !== 0n) return 'revoked'
  if (now > node.notAfter) return 'expired'
  return now < node.notBefore ? 'not yet valid' : 'valid'
}
