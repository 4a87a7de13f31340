import { channelFacilitator } from '@og/x402/channel'
import { createBatchWriter, exactFacilitator, viemChain } from '@og/x402/evm'
import { createFacilitator, type Facilitator } from '@og/x402/facilitator'
import type { Keccak, RecoverPublicKey } from '@og/x402/node'
import { createPublicClient, createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { type FacilitatorConfig, pollingInterval } from './facilitator-config.js'
import { asset, network } from './terms.js'

/** Gas for one settlement: a transfer of the token double takes about 60 000 when the payee is new to it. */
const settlementGas = 120_000n

/** Most gas of one transaction, as Ethereum caps it (EIP-7825). */
const maxBatchGas = 2n ** 24n

/** What our side checks signatures with. */
export interface OurTools {
  readonly recover: RecoverPublicKey
  readonly keccak: Keccak
}

/** Ours: `exact` in batches through Multicall3, channels one by one. */
export function createOurFacilitator(config: FacilitatorConfig, tools: OurTools): Facilitator {
  const common = { chain: baseSepolia, transport: http(config.rpcUrl), pollingInterval } as const
  const account = privateKeyToAccount(config.facilitatorKey)
  const chain = viemChain({
    publicClient: createPublicClient(common),
    walletClient: createWalletClient({ ...common, account }),
  })
  const route = { kind: 'multicall3', assets: [asset] } as const
  const batches = createBatchWriter({ writer: chain, chain, route, maxItems: 100, maxBatchGas, windowMs: 250 })
  const authorizer = privateKeyToAccount(config.authorizerKey)
  return createFacilitator({
    schemes: [
      exactFacilitator({ ...tools, network, chain, writer: batches, assets: [asset], gasLimit: settlementGas }),
      channelFacilitator({ network, chain, writer: chain, assets: [asset], authorizer }),
    ],
  })
}
