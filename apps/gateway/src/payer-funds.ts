import type { Hex } from '@og/settlement'
import { type Address, encodeFunctionData, erc20Abi, hexToBigInt } from 'viem'

/** Reads the chain; the only thing that the gateway asks of it before it serves. */
export interface FundsReader {
  readonly call: (to: Address, data: Hex) => Promise<Hex>
}

/** What a payer can pay with at most, and what sets the bound. */
export interface FundsLimit {
  readonly amount: bigint
  /** The allowance only where the balance would have reached further: then an approval helps, otherwise only money does. */
  readonly boundBy: 'balance' | 'allowance'
}

/** What payers can pay with: balance, and for Permit2 payments also the allowance. */
export interface PayerFunds {
  /** From a cache of a few seconds unless `refresh` is set. */
  readonly limitOf: (query: FundsQuery) => Promise<FundsLimit>
  /** Forgets what is known of a payer, because money moved. */
  readonly forget: (payer: Address) => void
}

/** Whose funds, and under which scheme. */
export interface FundsQuery {
  readonly payer: Address
  readonly asset: Address
  /** The contract that needs an allowance from the payer, if one does (Permit2). */
  readonly spender?: Address
  readonly refresh?: boolean
}

const maxEntries = 10_000

/** Creates the cached view of payers' funds. */
export function createPayerFunds(options: {
  readonly reader: FundsReader
  readonly now: () => bigint
  readonly maxAgeSeconds: bigint
}): PayerFunds {
  const cache = new Map<string, { readonly limit: FundsLimit; readonly readAt: bigint }>()
  let forgotten = 0

  async function read({ payer, asset, spender }: FundsQuery): Promise<FundsLimit> {
    const call = async (data: Hex): Promise<bigint> => hexToBigInt(await options.reader.call(asset, data))
    const [balance, allowance] = await Promise.all([
      call(encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [payer] })),
      spender === undefined
        ? undefined
        : call(encodeFunctionData({ abi: erc20Abi, functionName: 'allowance', args: [payer, spender] })),
    ])
    return allowance !== undefined && allowance < balance
      ? { amount: allowance, boundBy: 'allowance' }
      : { amount: balance, boundBy: 'balance' }
  }

  return {
    limitOf: async (query) => {
      const key = `${query.payer.toLowerCase()}:${query.asset.toLowerCase()}:${query.spender?.toLowerCase() ?? ''}`
      const known = cache.get(key)
      if (known !== undefined && query.refresh !== true && options.now() - known.readAt <= options.maxAgeSeconds) {
        return known.limit
      }
      const before = forgotten
      const limit = await read(query)
      // What was read while money moved may be from before it moved.
      if (before !== forgotten) return limit
      if (cache.size >= maxEntries) cache.delete(cache.keys().next().value ?? key)
      cache.set(key, { limit, readAt: options.now() })
      return limit
    },
    forget: (payer) => {
      forgotten += 1
      const prefix = `${payer.toLowerCase()}:`
      for (const key of cache.keys()) if (key.startsWith(prefix)) cache.delete(key)
    },
  }
}
