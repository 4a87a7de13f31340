import type { Hex } from '@og/settlement'

/** How long it is believed that the registry does not know a node. */
const maxAgeMs = 200

/**
 * Remembers which nodes the registry knows; a registration is never taken back, only revoked. That one is unknown is asked again after a
 * moment: the worker wants to know it with every round.
 */
export function createRegistrationCheck(read: (nodeId: Hex) => Promise<boolean>): (nodeId: Hex) => Promise<boolean> {
  const known = new Set<Hex>()
  const asked = new Map<Hex, { readonly at: number; readonly answer: Promise<boolean> }>()
  return async (nodeId) => {
    if (known.has(nodeId)) return true
    const before = asked.get(nodeId)
    if (before !== undefined && performance.now() - before.at < maxAgeMs) return before.answer
    const answer = read(nodeId)
    asked.set(nodeId, { at: performance.now(), answer })
    if (await answer) {
      known.add(nodeId)
      asked.delete(nodeId)
    }
    return known.has(nodeId)
  }
}
