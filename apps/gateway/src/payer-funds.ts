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
  /**
   * Takes what a payer has just paid from what is known of it, before the ledger stops counting it as owed. What was read before the money
   * moved is right again; what was read after it is too little by this much until the next reading, which a refusal brings about.
   */
  readonly debit: (payment: { readonly payer: Address; readonly amount: bigint }) => void
}

/** Whose funds, and under which scheme. */
export interface FundsQuery {
  readonly payer: Address
  readonly asset: Address
  /** The contract that needs an allowance from the payer, if one does (Permit2). */
  readonly spender?: Address
  readonly refresh?: boolean
}

/** Payers that are remembered. */
const maxPayers = 10_000

/** One reading of the chain; `paid` is what has moved since it began. */
interface Reading {
  readonly limit: FundsLimit | undefined
  readonly readAt: bigint
  paid: bigint
}

/** Creates the cached view of payers' funds. */
export function createPayerFunds(options: {
  readonly reader: FundsReader
  readonly now: () => bigint
  readonly maxAgeSeconds: bigint
}): PayerFunds {
  /** By payer, then by what is paid with. */
  const known = new Map<string, Map<string, Reading>>()
  const running = new Map<string, Set<Reading>>()

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

  function keep(payer: string, kept: { readonly key: string; readonly reading: Reading }): void {
    const [oldest] = known.keys()
    if (known.size >= maxPayers && !known.has(payer) && oldest !== undefined) known.delete(oldest)
    const ofPayer = known.get(payer) ?? new Map<string, Reading>()
    ofPayer.set(kept.key, kept.reading)
    known.set(payer, ofPayer)
  }

  return {
    limitOf: async (query) => {
      const payer = query.payer.toLowerCase()
      const key = `${query.asset.toLowerCase()}:${query.spender?.toLowerCase() ?? ''}`
      const cached = query.refresh === true ? undefined : known.get(payer)?.get(key)
      if (cached?.limit !== undefined && options.now() - cached.readAt <= options.maxAgeSeconds) {
        return lessOf(cached.limit, cached.paid)
      }
      const begun: Reading = { limit: undefined, readAt: options.now(), paid: 0n }
      const ofPayer = running.get(payer) ?? new Set()
      running.set(payer, ofPayer.add(begun))
      try {
        const limit = await read(query)
        keep(payer, { key, reading: { ...begun, limit } })
        return lessOf(limit, begun.paid)
      } finally {
        ofPayer.delete(begun)
        if (ofPayer.size === 0) running.delete(payer)
      }
    },
    debit: ({ payer, amount }) => {
      const name = payer.toLowerCase()
      for (const reading of known.get(name)?.values() ?? []) reading.paid += amount
      for (const reading of running.get(name) ?? []) reading.paid += amount
    },
  }
}

function lessOf({ amount, boundBy }: FundsLimit, paid: bigint): FundsLimit {
  return { amount: amount > paid ? amount - paid : 0n, boundBy }
}
