import type { RegisteredNode } from '@og/settlement/contracts'

/** How the registry has a node at a moment. */
export function stateOf(node: RegisteredNode, now: bigint): 'valid' | 'revoked' | 'expired' | 'not yet valid' {
  if (node.revokedAt !== 0n) return 'revoked'
  if (now > node.notAfter) return 'expired'
  return now < node.notBefore ? 'not yet valid' : 'valid'
}
