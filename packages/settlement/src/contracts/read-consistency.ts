import { type Client, type DecodeFunctionDataReturnType, decodeFunctionData } from 'viem'
import { getTransaction } from 'viem/actions'
import type { Hex } from '../hex.js'
import type { Checkpoint } from '../log/checkpoint.js'
import { verifyConsistency } from '../log/verify-consistency.js'
import { inferenceLogAbi } from './generated/inference-log.js'

/** A head of a log as an event shows it. */
export interface SeenCheckpoint {
  readonly checkpoint: Checkpoint
  readonly transactionHash: Hex | null
}

/**
 * Proves that a head of a log only appends to the one before it; the proof is taken from the transaction that published it.
 *
 * @returns `null` where nothing can be said: the two are not neighbours of one log, the transaction is pending, or it reached the contract in
 * another way than by a call of `checkpoint`.
 */
export async function readConsistency(
  client: Client,
  { earlier, later }: { readonly earlier: SeenCheckpoint; readonly later: SeenCheckpoint },
): Promise<boolean | null> {
  const [first, second] = [earlier.checkpoint, later.checkpoint]
  if (second.logId !== first.logId || second.seq !== first.seq + 1n || later.transactionHash === null) return null
  const { input } = await getTransaction(client, { hash: later.transactionHash })
  const call = callOf(input)
  if (call?.functionName !== 'checkpoint') return null
  const [head, , , proof] = call.args
  if (head.logId !== second.logId || head.seq !== second.seq) return null
  return verifyConsistency({
    firstSize: Number(first.size),
    firstRoot: first.root,
    secondSize: Number(second.size),
    secondRoot: second.root,
    proof,
  })
}

function callOf(data: Hex): DecodeFunctionDataReturnType<typeof inferenceLogAbi> | undefined {
  try {
    return decodeFunctionData({ abi: inferenceLogAbi, data })
  } catch {
    return undefined
  }
}
