import { type Chain, deployPaymentContracts, mintToken, sendRpc, startChain } from '@og/devchain'
import type { DigestSigner } from '@og/x402/evm'
import { createFastSigner } from '@og/x402/node'
import { type Hex, keccak256, toHex } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'

/** Gas of a block: what the chain takes in two seconds must not be the smallest part of a benchmark. Base has more. */
const blockGas = 120_000_000

/** The block time of Base. */
export const blockSeconds = 2

/** Somebody who pays, with the key in hand. */
export interface Payer extends DigestSigner {
  readonly privateKey: Hex
}

/** The chain that both sides settle on. */
export interface BenchChain {
  readonly chain: Chain
  /** The key of one of the chain's rich accounts. */
  readonly keyAt: (index: number) => Hex
  /** Accounts with so many tokens each, in atomic units. They need no gas: facilitators pay it. */
  readonly fund: (name: string, count: number, amount: bigint) => Promise<readonly Payer[]>
  /** From now on a block comes every two seconds, as on Base. */
  readonly slowDown: () => Promise<void>
  /** Waits for the next block, so that every measurement begins at the same distance from one. */
  readonly nextBlock: () => Promise<void>
}

/** Starts a chain that mines at once, for the preparations. */
export async function startBenchChain(): Promise<BenchChain> {
  const chain = await startChain()
  try {
    await deployPaymentContracts(chain)
    await sendRpc(chain, 'evm_setBlockGasLimit', `0x${blockGas.toString(16)}`)
  } catch (error) {
    await chain.stop()
    throw error
  }
  return {
    chain,
    keyAt: (index) => {
      const key = chain.accounts[index]?.privateKey
      if (key === undefined) throw new Error('no such account')
      return key
    },
    fund: async (name, count, amount) => {
      const accounts = Array.from({ length: count }, (_, index) => payerOf(`${name} ${index}`))
      for (const { address } of accounts) await mintToken(chain, { to: address, amount })
      return accounts
    },
    slowDown: async () => {
      await sendRpc(chain, 'evm_setAutomine', false)
      await sendRpc(chain, 'evm_setIntervalMining', blockSeconds)
    },
    nextBlock: async () => {
      const before = await sendRpc(chain, 'eth_blockNumber')
      while ((await sendRpc(chain, 'eth_blockNumber')) === before) {
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
  }
}

function keyOf(name: string): Hex {
  return keccak256(toHex(`x402 bench key: ${name}`))
}

function payerOf(name: string): Payer {
  const privateKey = keyOf(name)
  return { ...createFastSigner({ privateKey }), privateKey }
}

/** An account made from a name, for this benchmark only. */
export function accountOf(name: string): PrivateKeyAccount {
  return privateKeyToAccount(keyOf(name))
}
