import type { Client } from 'viem'
import { getBlock } from 'viem/actions'

/**
 * Finds the first block whose time is not before `time` (unix seconds), by halving; `null` when the chain has not come that far. Where a
 * range of blocks must be named, e.g. for {@link readRecordEvents}, times are what records and checkpoints tell.
 */
export async function findBlockAt(client: Client, time: bigint): Promise<bigint | null> {
  const newest = await getBlock(client)
  if (newest.timestamp < time) return null
  let before = -1n
  let found = newest.number
  while (found - before > 1n) {
    const middle = before + (found - before) / 2n
    const { timestamp } = await getBlock(client, { blockNumber: middle })
    if (timestamp < time) before = middle
    else found = middle
  }
  return found
}
