import type { Hex } from '@og/settlement'
import {
  findBlockAt,
  readCheckpoint,
  readConsistency,
  readRecordEvents,
  type SeenCheckpoint,
} from '@og/settlement/contracts'
import { type Client, createPublicClient, http } from 'viem'

/** A published head of a log, and whether it appends to the one before. */
export interface CheckedCheckpoint extends SeenCheckpoint {
  readonly blockNumber: bigint | null
  /** `null` for the first one, and where the chain does not tell. */
  readonly isConsistent: boolean | null
}

/** Which log. */
export interface LogOnChain {
  readonly rpc: string
  /** The `InferenceLog`. */
  readonly contract: Hex
  readonly logId: Hex
}

/** Public nodes rarely answer for more blocks at once. */
const blocksPerRequest = 10_000n

/** Reads the last head of a log; `null` when there is none. Only the blocks since its time are looked at. */
export async function readLastCheckpoint(
  log: LogOnChain,
): Promise<(Omit<CheckedCheckpoint, 'isConsistent'> & { readonly publishedAt: bigint }) | null> {
  const client = clientOf(log)
  const last = await readCheckpoint(client, log)
  if (last === null) return null
  const events = await readHeads(client, { ...log, since: last.publishedAt, seq: last.seq })
  const [found] = events
  if (found === undefined) throw new Error('the chain does not show the transaction of the last checkpoint')
  return { ...found, publishedAt: last.publishedAt }
}

/** Reads every head of a log from the chain and proves each one against the one before; the proofs are in the transactions. */
export async function readCheckpoints(log: LogOnChain): Promise<readonly CheckedCheckpoint[]> {
  const client = clientOf(log)
  const first = await readCheckpoint(client, { ...log, seq: 1n })
  if (first === null) return []
  const heads = await readHeads(client, { ...log, since: first.publishedAt })
  const checked: CheckedCheckpoint[] = []
  for (const [index, later] of heads.entries()) {
    const earlier = heads[index - 1]
    checked.push({ ...later, isConsistent: earlier === undefined ? null : await consistencyOf(client, earlier, later) })
  }
  return checked
}

/** The contract takes heads in order: one that is missing was hidden by the chain's node, and proves nothing. */
async function consistencyOf(client: Client, earlier: SeenCheckpoint, later: SeenCheckpoint): Promise<boolean | null> {
  return later.checkpoint.seq === earlier.checkpoint.seq + 1n ? readConsistency(client, { earlier, later }) : false
}

async function readHeads(
  client: Client,
  { contract, logId, since, seq }: LogOnChain & { readonly since: bigint; readonly seq?: bigint },
): Promise<readonly Omit<CheckedCheckpoint, 'isConsistent'>[]> {
  const fromBlock = await findBlockAt(client, since)
  if (fromBlock === null) return []
  const events = await readRecordEvents(client, {
    contract,
    events: ['CheckpointPublished'],
    indexed: seq === undefined ? [logId] : [logId, wordOf(seq)],
    fromBlock,
    blocksPerRequest,
  })
  return events.flatMap((event) => {
    if (event.type !== 'checkpoint') return []
    const { checkpoint, transactionHash, blockNumber } = event
    return [{ checkpoint, transactionHash, blockNumber }]
  })
}

function clientOf({ rpc }: LogOnChain): Client {
  return createPublicClient({ transport: http(rpc) })
}

function wordOf(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}
