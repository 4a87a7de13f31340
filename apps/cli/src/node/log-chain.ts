import { type Checkpoint, type Hex, verifyConsistency } from '@og/settlement'
import { decodeRecordEvents, inferenceLogAbi } from '@og/settlement/contracts'
import { createPublicClient, decodeFunctionData, encodeEventTopics, http } from 'viem'

/** A published head of a log, and whether it appends to the one before. */
export interface CheckedCheckpoint {
  readonly checkpoint: Checkpoint
  readonly transaction: Hex | null
  readonly blockNumber: bigint | null
  /** `null` for the first one. */
  readonly isConsistent: boolean | null
}

/** Reads every head of a log from the chain and proves each one against the one before; the proofs are in the transactions. */
export async function readCheckpoints(options: {
  readonly rpc: string
  readonly contract: Hex
  readonly logId: Hex
}): Promise<readonly CheckedCheckpoint[]> {
  const client = createPublicClient({ transport: http(options.rpc) })
  const [signature] = encodeEventTopics({ abi: inferenceLogAbi, eventName: 'CheckpointPublished' })
  const logs = await client.getLogs({ address: options.contract, fromBlock: 0n })
  const events = decodeRecordEvents(
    logs.filter(({ topics }) => topics[0] === signature),
    { contract: options.contract },
  )
  const checked: CheckedCheckpoint[] = []
  let before: Checkpoint | undefined
  for (const event of events) {
    if (event.type !== 'checkpoint' || event.checkpoint.logId !== options.logId) continue
    const { checkpoint, transactionHash, blockNumber } = event
    let isConsistent: boolean | null = null
    if (before !== undefined && transactionHash !== null) {
      const { input } = await client.getTransaction({ hash: transactionHash })
      const call = decodeFunctionData({ abi: inferenceLogAbi, data: input })
      isConsistent =
        call.functionName === 'checkpoint' &&
        checkpoint.seq === before.seq + 1n &&
        verifyConsistency({
          firstSize: Number(before.size),
          firstRoot: before.root,
          secondSize: Number(checkpoint.size),
          secondRoot: checkpoint.root,
          proof: call.args[3],
        })
    }
    checked.push({ checkpoint, transaction: transactionHash, blockNumber, isConsistent })
    before = checkpoint
  }
  return checked
}
