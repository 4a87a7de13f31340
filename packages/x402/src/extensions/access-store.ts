import type { Address } from '../address.js'

/** What a server remembers so that payers can come back. Calls must be safe over all its processes. */
export interface AccessStore {
  /** Records that an address paid for a resource. */
  recordPayment(payment: { readonly resource: string; readonly payer: Address }): Promise<void>
  hasPaid(question: { readonly resource: string; readonly payer: Address }): Promise<boolean>
  /** Takes a nonce, in one atomic step; false when it was taken before. It may be forgotten after `expiresAt`. */
  takeNonce(nonce: { readonly nonce: string; readonly expiresAt: bigint; readonly now: bigint }): Promise<boolean>
}

/** An access store in the memory of one process; it forgets the oldest payments above `maxEntries` (100 000). */
export function createMemoryAccessStore(options: { readonly maxEntries?: number } = {}): AccessStore {
  const { maxEntries = 100_000 } = options
  const paid = new Set<string>()
  const nonces = new Map<string, bigint>()
  const keyOf = (entry: { resource: string; payer: string }): string => `${entry.payer.toLowerCase()} ${entry.resource}`
  return {
    async recordPayment(entry) {
      paid.add(keyOf(entry))
      for (const oldest of paid) {
        if (paid.size <= maxEntries) break
        paid.delete(oldest)
      }
    },
    hasPaid: async (entry) => paid.has(keyOf(entry)),
    async takeNonce({ nonce, expiresAt, now }) {
      for (const [other, end] of nonces) if (end < now) nonces.delete(other)
      // Full of live nonces: refusing is safe, forgetting one is not.
      if (nonces.has(nonce) || nonces.size >= maxEntries) return false
      nonces.set(nonce, expiresAt)
      return true
    },
  }
}
