import type { PaymentRequirements } from '@og/x402'
import type { ClientScheme } from '@og/x402/client'
import { PERMIT2_ADDRESS } from '@og/x402/evm'
import { type Address, createPublicClient, erc20Abi, getAddress, http, type PublicClient } from 'viem'
import { ALLOWANCE_TTL_SECONDS, type Fetch, RPC_TIMEOUT_MS } from './defaults.js'

/** What is known of the payer's Permit2 allowances: `upto` payments are only signed when they can be drawn. */
export interface Allowances {
  /** Reads the allowances anew where they are older than a minute; without a chain it does nothing. */
  refresh(assets: readonly { readonly network: string; readonly asset: string }[]): Promise<void>
  /** Notes an allowance that is known by other means, e.g. after an approval. */
  note(allowance: { readonly network: string; readonly asset: string; readonly amount: bigint }): void
  covers(requirements: PaymentRequirements): boolean
}

/** Options of {@link createAllowances}. */
export interface AllowancesOptions {
  readonly owner: Address
  readonly now: () => bigint
  /** Chain that the payer's tokens live on; without it only {@link Allowances.note} is believed. */
  readonly chain?: PublicClient | undefined
}

/** Creates the memory of allowances of one payer. */
export function createAllowances(options: AllowancesOptions): Allowances {
  const known = new Map<string, { readonly amount: bigint; readonly readAt: bigint }>()
  const keyOf = (network: string, asset: string): string => `${network}/${asset.toLowerCase()}`
  let chainNetwork: Promise<string> | undefined

  async function networkOf(chain: PublicClient): Promise<string> {
    chainNetwork ??= chain.getChainId().then((id) => `eip155:${id}`)
    try {
      return await chainNetwork
    } catch (error) {
      chainNetwork = undefined
      throw error
    }
  }

  async function read(chain: PublicClient, network: string, asset: string): Promise<bigint> {
    if ((await networkOf(chain)) !== network) return 0n
    return chain.readContract({
      address: getAddress(asset),
      abi: erc20Abi,
      functionName: 'allowance',
      args: [options.owner, PERMIT2_ADDRESS],
    })
  }

  return {
    async refresh(assets) {
      const { chain } = options
      if (chain === undefined) return
      const stale = assets.filter(({ network, asset }) => {
        const entry = known.get(keyOf(network, asset))
        return entry === undefined || options.now() - entry.readAt > ALLOWANCE_TTL_SECONDS
      })
      await Promise.all(
        stale.map(async ({ network, asset }) => {
          // A chain that cannot be read, or another one, only means that `exact` is used; it is not asked again at every call.
          const amount = await read(chain, network, asset).catch(() => 0n)
          known.set(keyOf(network, asset), { amount, readAt: options.now() })
        }),
      )
    },
    note({ network, asset, amount }) {
      known.set(keyOf(network, asset), { amount, readAt: options.now() })
    },
    covers(requirements) {
      const entry = known.get(keyOf(requirements.network, requirements.asset))
      return entry !== undefined && entry.amount >= BigInt(requirements.amount)
    },
  }
}

/** Limits a scheme to payments that an allowance is known to cover. */
export function whenAllowed(scheme: ClientScheme, allowances: Allowances): ClientScheme {
  return {
    scheme: scheme.scheme,
    isSupported: (requirements) => scheme.isSupported(requirements) && allowances.covers(requirements),
    createPayload: (requirements, options) => scheme.createPayload(requirements, options),
  }
}

/** Creates a reader of a chain over its JSON-RPC URL. */
export function chainOf(rpcUrl: string, fetch: Fetch): PublicClient {
  return createPublicClient({
    transport: http(rpcUrl, {
      fetchFn: (input, init) => fetch(String(input), init ?? {}),
      timeout: RPC_TIMEOUT_MS,
      retryCount: 1,
    }),
  })
}
