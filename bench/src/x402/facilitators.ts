import { channelFacilitator } from '@og/x402/channel'
import { createBatchWriter, exactFacilitator, viemChain } from '@og/x402/evm'
import { createFacilitator, type Facilitator } from '@og/x402/facilitator'
import { x402Facilitator } from '@x402/core/facilitator'
import { toFacilitatorEvmSigner } from '@x402/evm'
import { BatchSettlementEvmScheme } from '@x402/evm/batch-settlement/facilitator'
import { ExactEvmScheme } from '@x402/evm/exact/facilitator'
import { createPublicClient, createWalletClient, type Hex, http, nonceManager, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { asset, network } from './terms.js'

/** How often either side looks for receipts; blocks come every two seconds. */
const pollingInterval = 50

/** What a facilitator needs of the chain. */
export interface FacilitatorConfig {
  readonly rpcUrl: string
  readonly facilitatorKey: Hex
  readonly authorizerKey: Hex
}

/** Ours: `exact` in batches through Multicall3, channels one by one. */
export function createOurFacilitator(config: FacilitatorConfig): Facilitator {
  const common = { chain: baseSepolia, transport: http(config.rpcUrl), pollingInterval } as const
  const account = privateKeyToAccount(config.facilitatorKey)
  const chain = viemChain({
    publicClient: createPublicClient(common),
    walletClient: createWalletClient({ ...common, account }),
  })
  const route = { kind: 'multicall3', assets: [asset] } as const
  const batches = createBatchWriter({ writer: chain, chain, route, maxItems: 64, windowMs: 250 })
  const authorizer = privateKeyToAccount(config.authorizerKey)
  return createFacilitator({
    schemes: [
      exactFacilitator({ network, chain, writer: batches, assets: [asset] }),
      channelFacilitator({ network, chain, writer: chain, assets: [asset], authorizer }),
    ],
  })
}

/** How the peer's wallet counts its transactions. */
export type NonceCounting = 'manager' | 'as-documented'

/**
 * The official facilitator. Its documentation gives it a plain wallet client, which asks the node for each nonce; simultaneous
 * settlements then collide. viem's nonce manager mends that.
 */
export function createOfficialFacilitator(config: FacilitatorConfig, counting: NonceCounting): x402Facilitator {
  const account = privateKeyToAccount(config.facilitatorKey, counting === 'manager' ? { nonceManager } : {})
  const wallet = createWalletClient({
    account,
    chain: baseSepolia,
    transport: http(config.rpcUrl),
    pollingInterval,
  }).extend(publicActions)
  const signer = toFacilitatorEvmSigner({ ...wallet, address: account.address } as unknown as Parameters<
    typeof toFacilitatorEvmSigner
  >[0])
  const authorizer = privateKeyToAccount(config.authorizerKey)
  return new x402Facilitator()
    .register(network, new ExactEvmScheme(signer))
    .register(
      network,
      new BatchSettlementEvmScheme(
        signer,
        authorizer as unknown as ConstructorParameters<typeof BatchSettlementEvmScheme>[1],
      ),
    )
}
