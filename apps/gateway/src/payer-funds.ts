import type { Hex } from '@og/settlement'
import { type Address, encodeFunctionData, erc20Abi, hexToBigInt } from 'viem'

/** Reads the chain; the only thing that the gateway asks of it before it serves. */
export interface FundsReader {
  readonly call: (to: Address, data: Hex) => Promise<Hex>
  /** Code at an address; `0x` when there is none. */
  readonly codeOf: (address: Address) => Promise<Hex>
}

/** What a payer can pay with at most, and what sets the bound. */
export interface FundsLimit {
  readonly amount: bigint
  /** The allowance only where the balance would have reached further: then an approval helps, otherwise only money does. */
  readonly boundBy: 'balance' | 'allowance'
  /** The payer is more than its key: whether it accepts what the key has signed, only its code says. */
  readonly hasCode: boolean
  /** What the payer had paid when the reading began: the ledger sets off what has been paid since, by whichever gateway. */
  readonly paidBefore: bigint
}

/** What payers can pay with: balance, and for Permit2 payments also the allowance. */
export interface PayerFunds {
  /** From a cache of a few seconds unless `refresh` is set. */
  readonly limitOf: (query: FundsQuery) => Promise<FundsLimit>
}

/** Whose funds, and under which scheme. */
export interface FundsQuery {
  readonly payer: Address
  readonly asset: Address
  /** The contract that needs an allowance from the payer, if one does (Permit2). */
  readonly spender?: Address
  readonly refresh?: boolean
}

/** Readings that are remembered. */
const maxReadings = 10_000

/** Creates the cached view of payers' funds. */
export function createPayerFunds(options: {
  readonly reader: FundsReader
  /** Sum of what the ledger knows a payer to have paid. */
  readonly paid: (payer: Address, asset: Address) => Promise<bigint>
  readonly now: () => bigint
  readonly maxAgeSeconds: bigint
}): PayerFunds {
  const known = new Map<string, { readonly limit: FundsLimit; readonly readAt: bigint }>()

  async function read({ payer, asset, spender }: FundsQuery): Promise<FundsLimit> {
    // Before the chain is read: what is paid meanwhile counts twice until the next reading, never not at all.
    const paidBefore = await options.paid(payer, asset)
    const call = async (data: Hex): Promise<bigint> => hexToBigInt(await options.reader.call(asset, data))
    const [code, balance, allowance] = await Promise.all([
      options.reader.codeOf(payer),
      call(encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [payer] })),
      spender === undefined
        ? undefined
        : call(encodeFunctionData({ abi: erc20Abi, functionName: 'allowance', args: [payer, spender] })),
    ])
    const facts = { hasCode: code !== '0x', paidBefore }
    return allowance !== undefined && allowance < balance
      ? { amount: allowance, boundBy: 'allowance', ...facts }
      : { amount: balance, boundBy: 'balance', ...facts }
  }

  return {
    limitOf: async (query) => {
      const key = `${query.payer}:${query.asset}:${query.spender ?? ''}`.toLowerCase()
      const cached = query.refresh === true ? undefined : known.get(key)
      if (cached !== undefined && options.now() - cached.readAt <= options.maxAgeSeconds) return cached.limit
      const readAt = options.now()
      const limit = await read(query)
      const [oldest] = known.keys()
      if (known.size >= maxReadings && !known.has(key) && oldest !== undefined) known.delete(oldest)
      known.set(key, { limit, readAt })
      return limit
    },
  }
}
