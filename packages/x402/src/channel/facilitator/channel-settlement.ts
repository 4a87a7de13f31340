import type { ChainReader, ChainWriter } from '../../evm/chain.js'
import type { TypedDataSigner } from '../../evm/signer.js'
import type { Network } from '../../protocol/network.js'
import type { Reason } from '../../protocol/reason.js'
import type { SettleResponse } from '../../protocol/settle-response.js'

/** What every on-chain action of a channel facilitator works with. */
export interface ChannelSettlement {
  readonly network: Network
  readonly chainId: bigint
  readonly chain: ChainReader
  readonly writer: ChainWriter
  readonly authorizer: TypedDataSigner | undefined
  readonly lookbackBlocks: bigint
  /** Runs work once for everyone who asks for the same key meanwhile. */
  readonly once: (key: string, work: () => Promise<SettleResponse>) => Promise<SettleResponse>
}

/** A refused or failed action. */
export function failedSettlement(
  context: Pick<ChannelSettlement, 'network'>,
  failure: { readonly reason: Reason; readonly transaction?: string; readonly payer?: string },
): SettleResponse {
  const { reason, transaction = '', payer } = failure
  return {
    success: false,
    errorReason: reason,
    transaction,
    network: context.network,
    ...(payer === undefined ? {} : { payer }),
  }
}
