import type { PublicClient } from 'viem'
import { requireSaneClock } from './sane-clock.js'

/** Refuses another chain than the configured one, and a clock that is not its. */
export async function checkChain(
  client: Pick<PublicClient, 'getChainId' | 'getBlock'>,
  { chainId, now }: { readonly chainId: number; readonly now: () => bigint },
): Promise<void> {
  const [served, block] = await Promise.all([client.getChainId(), client.getBlock()])
  if (served !== chainId) throw new Error(`The RPC serves chain ${served}, the configuration says ${chainId}.`)
  requireSaneClock({ now: now(), blockTime: block.timestamp })
}
