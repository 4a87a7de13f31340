import { type Chain, sendRpc } from '@og/devchain'
import type { PaymentRequirements } from '@og/x402'
import { channelFacilitator, claimChannels, createChannelServer, createMemoryChannelStore } from '@og/x402/channel'
import { viemChain } from '@og/x402/evm'
import { createFacilitator } from '@og/x402/facilitator'
import { createMemoryReservationStore, createPaywall } from '@og/x402/server'
import { createPublicClient, createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { FAKE_TOKEN } from './fake-addresses.js'

/** What a paid handler of the paywall is given. */
type PaidHandler = NonNullable<Parameters<ReturnType<typeof createPaywall>>[1]>

/** The side of a node that takes payments from channels: the real server, paywall and facilitator on a real chain. */
export interface ChannelDesk {
  /** Requirements of the scheme, from what all schemes of a price share. */
  requirements(common: Omit<PaymentRequirements, 'scheme'>): PaymentRequirements
  serve(request: Request, requirements: PaymentRequirements, handler: PaidHandler): Promise<Response>
  /** Takes what was charged so far out of the channels. */
  claim(): Promise<void>
  /** Lets time pass on the chain. */
  advance(seconds: number): Promise<void>
}

/** Seconds that a withdrawal without the node takes. */
export const WITHDRAW_DELAY = 900

/** Creates the desk on a chain; its accounts 1 and 2 are the facilitator and the receiver's authorizer. */
export function createTestChannelDesk(chain: Chain): ChannelDesk {
  const [, sender, authority] = chain.accounts
  if (sender === undefined || authority === undefined) throw new Error('the chain has too few accounts')
  const common = { chain: baseSepolia, transport: http(chain.rpcUrl), pollingInterval: 20 } as const
  const port = viemChain({
    publicClient: createPublicClient(common),
    walletClient: createWalletClient({ ...common, account: privateKeyToAccount(sender.privateKey) }),
  })
  const authorizer = privateKeyToAccount(authority.privateKey)
  const facilitator = createFacilitator({
    schemes: [
      channelFacilitator({ network: 'eip155:84532', chain: port, writer: port, assets: [FAKE_TOKEN], authorizer }),
    ],
  })
  const channels = createChannelServer({ store: createMemoryChannelStore(), facilitator })
  const store = createMemoryReservationStore()
  return {
    requirements: ({ extra, ...shared }) => ({
      scheme: 'batch-settlement',
      ...shared,
      extra: { ...extra, receiverAuthorizer: authorizer.address, withdrawDelay: WITHDRAW_DELAY },
    }),
    serve(request, requirements, handler) {
      const price = { resource: { url: request.url }, accepts: [requirements] }
      return createPaywall({ requirementsFor: () => price, store, facilitator, channels })(request, handler)
    },
    claim: async () => void (await claimChannels({ server: channels })),
    async advance(seconds) {
      await sendRpc(chain, 'evm_increaseTime', seconds)
      await sendRpc(chain, 'evm_mine')
    },
  }
}
