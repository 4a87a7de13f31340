/** How far blocks may be ahead of this machine's clock. */
const maxBehindSeconds = 300n

/**
 * Refuses a clock that is behind the chain: offers and receipts of such a node would be refused, and payments taken that are over already.
 * A clock that is ahead cannot be told from a chain that rests.
 * @throws Error that says by how much
 */
export function requireSaneClock({ now, blockTime }: { readonly now: bigint; readonly blockTime: bigint }): void {
  const behind = blockTime - now
  if (behind > maxBehindSeconds) throw new Error(`The clock of this machine is ${behind} seconds behind the chain.`)
}
