import { type Checkpoint, type Hex, verifyConsistency } from '@og/settlement'
import { inferenceLogAbi } from '@og/settlement/contracts'
import { decodeFunctionData, type PublicClient } from 'viem'

/** A published head of a log and where it stands. */
export interface SeenCheckpoint {
  readonly checkpoint: Checkpoint
  readonly transactionHash: Hex | null
  readonly blockNumber: bigint | null
}

/**
 * Checks in this page that a head only appends to the one before: the proof is taken from the transaction that published it.
 * @returns null when there is nothing before it that is known.
 */
export async function isConsistent(
  later: SeenCheckpoint,
  options: { readonly earlier: SeenCheckpoint | undefined; readonly client: PublicClient },
): Promise<boolean | null> {
  const { earlier, client } = options
  if (earlier === undefined || later.transactionHash === null) return null
  if (later.checkpoint.seq !== earlier.checkpoint.seq + 1n) return null
  const transaction = await client.getTransaction({ hash: later.transactionHash })
  const call = decodeFunctionData({ abi: inferenceLogAbi, data: transaction.input })
  if (call.functionName !== 'checkpoint') return null
  return verifyConsistency({
    firstSize: Number(earlier.checkpoint.size),
    firstRoot: earlier.checkpoint.root,
    secondSize: Number(later.checkpoint.size),
    secondRoot: later.checkpoint.root,
    proof: call.args.find(isProof) ?? [],
  })
}

function isProof(argument: unknown): argument is readonly Hex[] {
  return Array.isArray(argument) && argument.every((item) => typeof item === 'string' && item.length === 66)
}
