/** The two sides of a comparison. */
export type SideName = 'ours' | 'peer'

/**
 * Runs both sides once per round, one after the other, and swaps who goes first: whatever drifts on the machine meets both.
 * @throws whatever `step` or an aborted `signal` throws
 */
export async function takeTurns(
  rounds: number,
  step: (side: SideName, round: number) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const order: readonly SideName[] = round % 2 === 0 ? ['ours', 'peer'] : ['peer', 'ours']
    for (const side of order) {
      signal?.throwIfAborted()
      await step(side, round)
    }
  }
}
