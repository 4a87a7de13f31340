import { type Address, checksumAddress } from '@og/settlement'
import type { PaymentRequirements } from '@og/x402'
import type { ClientScheme } from '@og/x402/client'
import { PERMIT2_ADDRESS } from '@og/x402/evm'
import { allowanceOf } from './chain/erc20.js'
import type { JsonRpc } from './chain/json-rpc.js'
import { ALLOWANCE_TTL_SECONDS } from './defaults.js'

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
  readonly chain?: JsonRpc | undefined
}

/** Creates the memory of allowances of one payer. */
export function createAllowances(options: AllowancesOptions): Allowances {
  const known = new Map<string, { readonly amount: bigint; readonly readAt: bigint }>()
  const keyOf = (network: string, asset: string): string => `${network}/${asset.toLowerCase()}`

  async function read(chain: JsonRpc, network: string, asset: string): Promise<bigint> {
    if (`eip155:${await chain.chainId()}` !== network) return 0n
    return allowanceOf(chain, {
      asset: checksumAddress(`0x${asset.slice(2)}`),
      owner: options.owner,
      spender: PERMIT2_ADDRESS,
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
