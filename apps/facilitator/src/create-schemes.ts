import { BATCH_SETTLEMENT_ADDRESS, channelFacilitator } from '@og/x402/channel'
import type { BatchStore, ChainCall, ChainReader, ChainWriter, SignatureTools } from '@og/x402/evm'
import { createBatchWriter, exactFacilitator, UPTO_PERMIT2_PROXY_ADDRESS, uptoFacilitator } from '@og/x402/evm'
import type { FacilitatorScheme } from '@og/x402/facilitator'
import type { Address } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { FacilitatorConfig } from './config.js'

/** What the schemes are made of. */
export interface SchemeParts {
  readonly config: FacilitatorConfig
  readonly chain: ChainReader
  /** Sends one transaction per call. */
  readonly writer: ChainWriter
  readonly batchContract: Address | undefined
  readonly batches: BatchStore
  /** Wraps the writer that a scheme gets. */
  readonly record: (writer: ChainWriter) => ChainWriter
  readonly clock: () => bigint
  /** Judges signatures and hashes, natively where the machine can. */
  readonly tools: SignatureTools
}

interface Writers {
  readonly exact: ChainWriter
  readonly upto: ChainWriter
}

/** Multicall3 for EIP-3009 transfers of known tokens, the contract for the rest; one by one without either. */
function batchWriters(parts: SchemeParts): Writers {
  const { config, chain, writer, batchContract, batches: store, clock } = parts
  if (config.batch === undefined) return { exact: writer, upto: writer }
  const { windowMs, maxItems } = config.batch
  const shared = { writer, chain, store, clock, windowMs, maxItems }
  const contract =
    batchContract === undefined
      ? undefined
      : createBatchWriter({ ...shared, route: { kind: 'contract', address: batchContract } })
  const { assets } = config
  if (assets === undefined) return { exact: contract ?? writer, upto: contract ?? writer }
  const transfers = createBatchWriter({ ...shared, route: { kind: 'multicall3', assets } })
  // Only EIP-3009 names its own event; Permit2 goes through the contract where there is one.
  const routeOf = (call: ChainCall): ChainWriter =>
    call.evidence === undefined && contract !== undefined ? contract : transfers
  return {
    exact: {
      ...transfers,
      execute: (call) => routeOf(call).execute(call),
      simulates: async (call) => (await routeOf(call).simulates?.(call)) ?? false,
    },
    upto: contract ?? writer,
  }
}

/** The schemes that this facilitator serves: those whose contracts stand on the chain, so that `/supported` is true. */
export async function createSchemes(parts: SchemeParts): Promise<readonly FacilitatorScheme[]> {
  const { config, chain, writer, record, clock, tools } = parts
  const network = `eip155:${config.chainId}` as const
  const { assets, gasSponsoring, walletFactories } = config
  const isThere = async (address: Address): Promise<boolean> => (await chain.getCode(address)) !== '0x'
  const [hasUptoProxy, hasChannels] = await Promise.all([
    isThere(UPTO_PERMIT2_PROXY_ADDRESS),
    isThere(BATCH_SETTLEMENT_ADDRESS),
  ])
  const writers = batchWriters(parts)
  const shared = {
    ...tools,
    network,
    chain,
    clock,
    deployer: writer,
    ...(assets === undefined ? {} : { assets }),
    ...(walletFactories === undefined ? {} : { walletFactories }),
    ...(gasSponsoring === undefined
      ? {}
      : {
          gasSponsoring: {
            ...(gasSponsoring.minAmount === undefined ? {} : { minAmount: BigInt(gasSponsoring.minAmount) }),
            ...(gasSponsoring.maxPerPayer === undefined ? {} : { maxPerPayer: gasSponsoring.maxPerPayer }),
          },
        }),
  }
  const { authorizerKey, minDeposit } = config
  return [
    exactFacilitator({ ...shared, writer: record(writers.exact) }),
    ...(hasUptoProxy ? [uptoFacilitator({ ...shared, writer: record(writers.upto) })] : []),
    ...(hasChannels
      ? [
          channelFacilitator({
            ...tools,
            network,
            chain,
            clock,
            // A claim carries many channels by itself.
            writer: record(writer),
            ...(assets === undefined ? {} : { assets }),
            ...(authorizerKey === undefined ? {} : { authorizer: privateKeyToAccount(authorizerKey as `0x${string}`) }),
            ...(minDeposit === undefined ? {} : { minDeposit: BigInt(minDeposit) }),
          }),
        ]
      : []),
  ]
}
