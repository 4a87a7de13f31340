import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { createRelayer, openLedger, viemRelayerChain } from '@og/ledger'
import { type ChainWriter, exactFacilitator, uptoFacilitator, viemChain } from '@og/x402/evm'
import { createFacilitator } from '@og/x402/facilitator'
import { type Address, createPublicClient, createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { FacilitatorConfig } from './config.js'
import { createFacilitatorApp } from './facilitator-app.js'

/** A facilitator that listens. */
export interface RunningFacilitator {
  readonly url: string
  readonly address: Address
  /** Stops listening, lets the relayer finish its round, closes the ledger. */
  readonly close: () => Promise<void>
}

const relayIntervalMs = 100
const relayPollMs = 50

/** Wires a facilitator and starts it. Everything that it takes from the world is taken here. */
export async function startFacilitator(config: FacilitatorConfig): Promise<RunningFacilitator> {
  const account = privateKeyToAccount(config.privateKey as `0x${string}`)
  const client = createPublicClient({ transport: http(config.rpcUrl), pollingInterval: 100 })
  const chainId = await client.getChainId()
  if (chainId !== config.chainId)
    throw new Error(`The RPC serves chain ${chainId}, the configuration says ${config.chainId}.`)
  const now = (): bigint => BigInt(Math.floor(Date.now() / 1000))
  const ledger = await openLedger({ path: config.ledgerPath, now })
  const relayer = createRelayer({
    ledger,
    chain: viemRelayerChain(client, { chainId: BigInt(config.chainId) }),
    signer: account,
    now,
    confirmations: config.confirmations,
  })
  const stop = new AbortController()
  const relaying = relayer.run({ intervalMs: relayIntervalMs, signal: stop.signal })
  const writer: ChainWriter = {
    address: account.address,
    // The relayer makes the same key the same transaction, over restarts and simultaneous calls.
    execute: (call) => relayer.execute(call, { timeoutMs: config.settleTimeoutMs, pollMs: relayPollMs }),
  }
  const walletClient = createWalletClient({ account, transport: http(config.rpcUrl) })
  const network = `eip155:${config.chainId}` as const
  const shared = { network, chain: viemChain({ publicClient: client, walletClient }), writer, clock: now }
  const facilitator = createFacilitator({ schemes: [exactFacilitator(shared), uptoFacilitator(shared)] })
  const isReady = async (): Promise<boolean> => {
    try {
      return (await client.getChainId()) === config.chainId
    } catch {
      return false
    }
  }
  const app = createFacilitatorApp({ facilitator, isReady })
  const { server, port } = await new Promise<{ server: ReturnType<typeof serve>; port: number }>((resolve, reject) => {
    const listening = serve({ fetch: app.fetch, hostname: config.host, port: config.port }, (info: AddressInfo) =>
      resolve({ server: listening, port: info.port }),
    )
    listening.once('error', reject)
  })
  return {
    url: `http://${config.host}:${port}`,
    address: account.address,
    close: async () => {
      await new Promise((resolve) => server.close(resolve))
      stop.abort()
      await relaying
      await ledger.close()
    },
  }
}
