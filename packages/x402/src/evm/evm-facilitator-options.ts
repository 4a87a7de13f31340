import type { Network } from '../protocol/network.js'
import type { ChainReader, ChainWriter } from './chain.js'
import type { SignatureTools } from './signature.js'
import type { GasSponsoringOptions } from './sponsor-log.js'

/** Options of {@link exactFacilitator} and {@link uptoFacilitator}. */
export interface EvmFacilitatorOptions extends SignatureTools {
  readonly network: Network
  readonly chain: ChainReader
  readonly writer: ChainWriter
  /** Unix seconds; the system clock when absent. */
  readonly clock?: () => bigint
  /** Tokens that are served; every token when absent, hostile ones too, whose calls the gas limit bounds. */
  readonly assets?: readonly string[]
  /** Gas of a settlement; 300 000 when absent. */
  readonly gasLimit?: bigint
  /** Factories that may deploy a payer's wallet (ERC-6492); none when absent. The deployment is this facilitator's cost. */
  readonly walletFactories?: readonly string[]
  /** Sends deployments of wallets; `writer` when absent. A batch writer cannot. */
  readonly deployer?: ChainWriter
  /** Submits a payer's EIP-2612 approval of Permit2 with its payment; off when absent. */
  readonly gasSponsoring?: GasSponsoringOptions
  /** How far back a settlement by someone else is looked for, in blocks; 9 000 when absent. */
  readonly lookbackBlocks?: bigint
}
