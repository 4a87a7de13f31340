import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type Chain, deployPaymentContracts, mintToken, sendRpc, startChain, waitForReceipt } from '@og/devchain'
import { createPublicClient, createWalletClient, encodeFunctionData, erc20Abi, http, maxUint256 } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { channelFacilitator } from '../src/channel/facilitator/channel-facilitator.js'
import type { ChannelServer } from '../src/channel/server/admission.js'
import { createChannelServer } from '../src/channel/server/channel-server.js'
import { type ChannelStore, createMemoryChannelStore } from '../src/channel/server/channel-store.js'
import { PERMIT2_ADDRESS } from '../src/evm/contracts.js'
import { type ViemChain, viemChain } from '../src/evm/viem-chain.js'
import { createFacilitator } from '../src/facilitator/create-facilitator.js'
import { createFacilitatorHandler } from '../src/facilitator/create-facilitator-handler.js'
import type { Facilitator } from '../src/facilitator/facilitator.js'
import type { Hex } from '../src/hex.js'
import type { PaymentRequirements } from '../src/protocol/payment-requirements.js'
import { createPaywall } from '../src/server/create-paywall.js'
import { createMemoryReservationStore } from '../src/server/memory-reservation-store.js'
import type { PaidContext } from '../src/server/paywall-options.js'
import { accountOf, USDC } from './fixtures.js'

export const NETWORK = 'eip155:84532'
const PRICE = 1_000n
/** The facilitator's receiver authorizer. */
export const authorizer: PrivateKeyAccount = accountOf('receiver authorizer')
const payee: Hex = accountOf('channel payee').address

export function channelRequirements(change: Partial<PaymentRequirements> = {}): PaymentRequirements {
  return {
    scheme: 'batch-settlement',
    network: NETWORK,
    amount: PRICE.toString(),
    asset: USDC,
    payTo: payee,
    maxTimeoutSeconds: 3_600,
    extra: { name: 'USDC', version: '2', receiverAuthorizer: authorizer.address, withdrawDelay: 900 },
    ...change,
  }
}

export function permitChannel(change: Partial<PaymentRequirements> = {}): PaymentRequirements {
  const { extra } = channelRequirements()
  return channelRequirements({ extra: { ...extra, assetTransferMethod: 'permit2' }, ...change })
}

export interface Bench {
  readonly chain: Chain
  readonly port: ViemChain
  /** Transactions that the facilitator has sent. */
  sent(): number
  readonly facilitator: Facilitator
  readonly facilitatorUrl: string
  /** A payer with tokens and an approval of Permit2. */
  payer(name: string, amount?: bigint): Promise<PrivateKeyAccount>
  walletOf(account: PrivateKeyAccount): Promise<ViemChain>
  serve(handle: (request: Request) => Promise<Response>): Promise<string>
  listen(listener: RequestListener): Promise<string>
  advance(seconds: number): Promise<void>
  stop(): Promise<void>
}

/** A handler that charges what the query asks for. */
async function priced({ request, charge, payment }: PaidContext): Promise<Response> {
  const url = new URL(request.url)
  const fail = url.searchParams.get('fail')
  if (fail !== null) return new Response('failed', { status: 500 })
  const wanted = url.searchParams.get('charge')
  if (wanted !== null) charge(BigInt(wanted))
  return Response.json({ paid: payment.paymentHash })
}

export interface PaidServer {
  readonly url: string
  readonly store: ChannelStore
  readonly channels: ChannelServer
  runs(): number
}

/** Our paywall with channels on a real port. */
export async function paidServer(
  bench: Bench,
  options: {
    readonly requirements?: PaymentRequirements
    readonly store?: ChannelStore
    readonly facilitator?: Facilitator
    readonly channels?: Partial<Parameters<typeof createChannelServer>[0]>
    readonly handler?: (context: PaidContext) => Promise<Response>
  } = {},
): Promise<PaidServer> {
  const { requirements = channelRequirements(), store = createMemoryChannelStore(), handler = priced } = options
  const facilitator = options.facilitator ?? bench.facilitator
  const channels = createChannelServer({ store, facilitator, ...options.channels })
  let count = 0
  const paywall = createPaywall({
    requirementsFor: (request) => ({ resource: { url: request.url }, accepts: [requirements] }),
    store: createMemoryReservationStore(),
    facilitator,
    channels,
  })
  const url = await bench.serve((request) =>
    paywall(request, (context) => {
      count += 1
      return handler(context)
    }),
  )
  return { url, store, channels, runs: () => count }
}

export async function startBench(): Promise<Bench> {
  const chain = await startChain()
  await deployPaymentContracts(chain)
  const servers: Server[] = []
  const common = { chain: baseSepolia, transport: http(chain.rpcUrl), pollingInterval: 20 } as const
  const key = chain.accounts[0]?.privateKey
  if (key === undefined) throw new Error('no account')
  const publicClient = createPublicClient(common)
  const faucet = createWalletClient({ ...common, account: privateKeyToAccount(key) })
  const viem = viemChain({
    publicClient,
    walletClient: createWalletClient({ ...common, account: privateKeyToAccount(keyAt(chain, 1)) }),
  })
  let sent = 0
  const port: ViemChain = {
    ...viem,
    execute: (call) => {
      sent += 1
      return viem.execute(call)
    },
  }
  const facilitator = createFacilitator({
    schemes: [channelFacilitator({ network: NETWORK, chain: port, writer: port, assets: [USDC], authorizer })],
  })

  async function listen(listener: RequestListener): Promise<string> {
    const server = createServer(listener)
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new Error('no address')
    return `http://127.0.0.1:${address.port}`
  }

  async function serve(handle: (request: Request) => Promise<Response>): Promise<string> {
    return listen((incoming, outgoing) => {
      const work = async (): Promise<void> => {
        const chunks: Buffer[] = []
        for await (const chunk of incoming) chunks.push(chunk)
        const method = incoming.method ?? 'GET'
        const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
          method,
          headers: Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]),
          ...(method === 'GET' || chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
        })
        const response = await handle(request)
        outgoing.writeHead(response.status, Object.fromEntries(response.headers))
        if (response.body !== null) for await (const chunk of response.body) outgoing.write(chunk)
        outgoing.end()
      }
      work().catch(() => outgoing.writeHead(500).end())
    })
  }

  const handler = createFacilitatorHandler({ facilitator })
  const facilitatorUrl = await serve(async (request) => (await handler(request)) ?? new Response(null, { status: 404 }))

  async function fund(account: PrivateKeyAccount): Promise<void> {
    await waitForReceipt(publicClient, await faucet.sendTransaction({ to: account.address, value: 10n ** 18n }))
  }

  return {
    chain,
    port,
    sent: () => sent,
    facilitator,
    facilitatorUrl,
    listen,
    serve,
    async payer(name, amount = 1_000_000n) {
      const account = accountOf(name)
      await fund(account)
      await mintToken(chain, { to: account.address, amount })
      const wallet = createWalletClient({ ...common, account })
      const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [PERMIT2_ADDRESS, maxUint256] })
      await waitForReceipt(publicClient, await wallet.sendTransaction({ to: USDC, data }))
      return account
    },
    async walletOf(account) {
      await fund(account)
      return viemChain({ publicClient, walletClient: createWalletClient({ ...common, account }) })
    },
    async advance(seconds) {
      await sendRpc(chain, 'evm_increaseTime', seconds)
      await sendRpc(chain, 'evm_mine')
    },
    async stop() {
      for (const server of servers) server.closeAllConnections()
      for (const server of servers) server.close()
      await chain.stop()
    },
  }
}

function keyAt(chain: Chain, index: number): Hex {
  const key = chain.accounts[index]?.privateKey
  if (key === undefined) throw new Error('no such account')
  return key
}
