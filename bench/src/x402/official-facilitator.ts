import { x402Facilitator } from '@x402/core/facilitator'
import { toFacilitatorEvmSigner } from '@x402/evm'
import { BatchSettlementEvmScheme } from '@x402/evm/batch-settlement/facilitator'
import { ExactEvmScheme } from '@x402/evm/exact/facilitator'
import { createWalletClient, http, nonceManager, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { type FacilitatorConfig, pollingInterval } from './facilitator-config.js'
import { network } from './terms.js'

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
