import type { Hex } from '../../src/ledger.js'
import { hash } from '../conformance/fixtures.js'
import type { TestChain } from '../test-chain.js'
import type { Dice } from './dice.js'

/** What was done to a chain. */
export interface RoughCounts {
  dropped: number
  reorganised: number
  feeJumps: number
  poisoned: number
}

const GWEI = 1_000_000_000n

async function pendingOf(chain: TestChain): Promise<readonly Hex[]> {
  const pool = (await chain.rpc('txpool_content')) as {
    readonly pending: Readonly<Record<string, Readonly<Record<string, { readonly hash: Hex }>>>>
  }
  return Object.values(pool.pending).flatMap((byNonce) => Object.values(byNonce).map(({ hash: of }) => of))
}

/**
 * Makes a chain rough until the signal aborts: transactions vanish from the pool, one or two blocks are taken back, the base
 * fee jumps, and calls that were good when they were signed begin to revert.
 */
export async function roughen(
  chain: TestChain,
  options: { readonly dice: Dice; readonly signal: AbortSignal; readonly names: () => readonly string[] },
): Promise<RoughCounts> {
  const { dice, signal } = options
  const counts: RoughCounts = { dropped: 0, reorganised: 0, feeJumps: 0, poisoned: 0 }
  const troubles: (() => Promise<void>)[] = [
    async () => {
      const pending = await pendingOf(chain)
      if (pending.length === 0) return
      await chain.rpc('anvil_dropTransaction', dice.pick(pending))
      counts.dropped += 1
    },
    async () => {
      await chain.rpc('anvil_reorg', dice.between(1, 2), [])
      counts.reorganised += 1
    },
    async () => {
      const { baseFeePerGas } = await chain.client.getBlock({ blockTag: 'latest' })
      const base = (baseFeePerGas ?? 0n) < GWEI ? GWEI : (baseFeePerGas ?? GWEI)
      const jump = base * BigInt(dice.between(6, 20))
      // A fee above what services ever pay would only stop them.
      await chain.rpc('anvil_setNextBlockBaseFeePerGas', `0x${(jump < 100n * GWEI ? jump : 100n * GWEI).toString(16)}`)
      counts.feeJumps += 1
    },
    async () => {
      const names = options.names().slice(-8)
      if (names.length === 0 || !dice.percent(30)) return
      const name = dice.pick(names)
      await chain.poison(dice.percent(50) ? hash(`${name} pay`) : hash(`${name} record 1`), true)
      counts.poisoned += 1
    },
  ]
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, dice.between(200, 600)))
    await dice
      .pick(troubles)()
      .catch(() => {})
  }
  return counts
}
