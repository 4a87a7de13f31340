import type { ChatTurn, CompletionResult, Settlement } from '@og/client'
import { type Hex, hashReceipt } from '@og/settlement'
import { inferenceLogAbi, readCheckpoint, readSettlement } from '@og/settlement/contracts'
import { type Address, createPublicClient, http } from 'viem'
import type { Devnet } from '../start-devnet.js'

/** What the chain itself says of a receipt, read without asking any node of ours. */
export interface ChainView {
  readonly describe: (result: ChatTurn | CompletionResult, settlement: Settlement) => Promise<string>
  readonly balanceOf: (owner: Address) => Promise<bigint>
  /** The contract's own answer to "is this leaf in the log?". */
  readonly isIncluded: (options: {
    readonly digest: Hex
    readonly logId: Hex
    readonly inclusion: NonNullable<Settlement['inclusion']>
  }) => Promise<boolean>
}

const balanceOfAbi = [
  {
    type: 'function',
    name: 'balanceOf',
    stateMutability: 'view',
    inputs: [{ type: 'address' }],
    outputs: [{ type: 'uint256' }],
  },
] as const

/** Creates the view on the devnet's chain. */
export function createChainView(devnet: Devnet): ChainView {
  const client = createPublicClient({ transport: http(devnet.rpc) })
  const contract = devnet.contracts.inferenceLog
  const domain = { chainId: BigInt(devnet.chainId), verifyingContract: contract }

  const isIncluded: ChainView['isIncluded'] = ({ digest, logId, inclusion }) =>
    client.readContract({
      address: contract,
      abi: inferenceLogAbi,
      functionName: 'verifyInclusion',
      args: [logId, inclusion.seq, digest, BigInt(inclusion.index), [...inclusion.proof]],
    })

  return {
    isIncluded,
    balanceOf: (owner) =>
      client.readContract({
        address: devnet.payment.token,
        abi: balanceOfAbi,
        functionName: 'balanceOf',
        args: [owner],
      }),
    describe: async (result, settlement) => {
      const digest = hashReceipt(result.receipt, domain)
      if (settlement.mode === 'SETTLE_BATCH') {
        const { inclusion } = settlement
        const { logId } = result.receipt
        if (inclusion === null || !(await isIncluded({ digest, logId, inclusion })))
          throw new Error('The chain does not prove the receipt.')
        const checkpoint = await readCheckpoint(client, { contract, logId, seq: inclusion.seq })
        return `leaf ${inclusion.index} of checkpoint ${inclusion.seq}, which covers ${checkpoint?.size} receipts; verifyInclusion says true`
      }
      const event = await readSettlement(client, { contract, digest })
      if (event === null) throw new Error('The chain has no record of the receipt.')
      if (event.type === 'settled') return `hashes only, in block ${event.blockNumber}`
      return `all of it, in block ${event.blockNumber}: ${event.request.length} bytes of request, ${event.response.length} of answer`
    },
  }
}
