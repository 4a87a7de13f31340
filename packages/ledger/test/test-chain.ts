import { type Chain, sendRpc, startChain } from '@og/devchain'
import { createPublicClient, http, type PublicClient } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import type { Address, Hex } from '../src/ledger.js'
import type { RelayerChain } from '../src/relayer/relayer-chain.js'
import { viemRelayerChain } from '../src/relayer/viem-relayer-chain.js'
import { COUNTER, COUNTER_CODE, poisonSlotOf } from './counter.js'

/** Always reverts. */
export const REVERTER: Address = '0x00000000000000000000000000000000c0000002'
/** Emits one log without topics. */
export const EMITTER: Address = '0x00000000000000000000000000000000C0000003'

const REVERTER_CODE = '0x5f5ffd'
const EMITTER_CODE = '0x5f5fa000'

/** A chain with the three contracts. */
export interface TestChain {
  readonly chain: Chain
  readonly port: RelayerChain
  readonly client: PublicClient
  account(index: number): PrivateKeyAccount
  rpc(method: string, ...parameters: readonly unknown[]): Promise<unknown>
  /** How often the counter was called with the id. */
  countOf(id: Hex): Promise<number>
  /** From now on the counter reverts on the id, or no longer. */
  poison(id: Hex, poisoned: boolean): Promise<void>
  nonceOf(address: Address): Promise<number>
  mine(blocks?: number): Promise<void>
}

/** Starts anvil, which mines at once or in intervals; whoever calls it stops it. */
export async function startTestChain(options: { readonly blockTimeSeconds?: number } = {}): Promise<TestChain> {
  const chain = await startChain(options)
  const rpc: TestChain['rpc'] = (method, ...parameters) => sendRpc(chain, method, ...parameters)
  await rpc('anvil_setCode', COUNTER, COUNTER_CODE)
  await rpc('anvil_setCode', REVERTER, REVERTER_CODE)
  await rpc('anvil_setCode', EMITTER, EMITTER_CODE)
  const client = createPublicClient({ transport: http(chain.rpcUrl), pollingInterval: 20 })
  return {
    chain,
    client,
    port: viemRelayerChain(client, { chainId: BigInt(chain.chainId) }),
    account: (index) => privateKeyToAccount(chain.accounts[index]?.privateKey ?? '0x'),
    rpc,
    countOf: async (id) => Number(await client.getStorageAt({ address: COUNTER, slot: id })),
    poison: async (id, poisoned) => {
      await rpc('anvil_setStorageAt', COUNTER, poisonSlotOf(id), `0x${(poisoned ? '1' : '0').padStart(64, '0')}`)
    },
    nonceOf: (address) => client.getTransactionCount({ address }),
    mine: async (blocks = 1) => {
      await rpc('anvil_mine', `0x${blocks.toString(16)}`)
    },
  }
}
