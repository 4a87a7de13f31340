import { type Chain, deployPaymentContracts, mintToken, startChain, waitForReceipt } from '@og/devchain'
import {
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  erc20Abi,
  http,
  maxUint256,
  publicActions,
} from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { parseAddress } from '../src/address.js'
import { createPayment } from '../src/client/create-payment.js'
import { PERMIT2_ADDRESS } from '../src/evm/contracts.js'
import { exactClient, uptoClient } from '../src/evm/evm-client.js'
import { batchFacilitatorAbi, batchFacilitatorBytecode } from '../src/evm/generated/batch-facilitator.js'
import { type ViemChain, viemChain } from '../src/evm/viem-chain.js'
import type { Hex } from '../src/hex.js'
import type { PaymentPayload } from '../src/protocol/payment-payload.js'
import type { PaymentRequirements } from '../src/protocol/payment-requirements.js'
import { requiredOf, USDC } from './fixtures.js'

export const NETWORK = 'eip155:84532'
export const clock = (): bigint => BigInt(Math.floor(Date.now() / 1000))
export const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))

/** A local chain with the payment contracts, and the means to act on it as anybody. */
export interface TestChain {
  readonly chain: Chain
  keyAt(index: number): Hex
  /** Reader and writer of an account of the chain. */
  portOf(index: number, timeoutMs?: number): ViemChain
  rpc(method: string, params?: readonly unknown[]): Promise<unknown>
  /** Gives an account gas, tokens and a Permit2 approval. */
  fund(account: PrivateKeyAccount, amount: bigint, allowance?: bigint): Promise<void>
  sendFrom(account: PrivateKeyAccount, to: Hex, data: Hex): Promise<Hex>
  deployBatchFacilitator(operators: readonly Hex[]): Promise<Hex>
}

function clientsFor(rpcUrl: string, key: Hex) {
  const common = { chain: baseSepolia, transport: http(rpcUrl), pollingInterval: 20 } as const
  const account = privateKeyToAccount(key)
  return {
    account,
    publicClient: createPublicClient(common),
    walletClient: createWalletClient({ ...common, account }),
  }
}

export async function startTestChain(): Promise<TestChain> {
  const chain = await startChain()
  await deployPaymentContracts(chain)
  const keyAt = (index: number): Hex => {
    const key = chain.accounts[index]?.privateKey
    if (key === undefined) throw new Error('no such account')
    return key
  }
  const clientsOf = (key: Hex) => clientsFor(chain.rpcUrl, key)
  const sendFrom = async (account: PrivateKeyAccount, to: Hex, data: Hex): Promise<Hex> => {
    const common = { chain: baseSepolia, transport: http(chain.rpcUrl), pollingInterval: 20 } as const
    const wallet = createWalletClient({ ...common, account }).extend(publicActions)
    const hash = await wallet.sendTransaction({ to, data })
    const receipt = await waitForReceipt(wallet, hash)
    if (receipt.status !== 'success') throw new Error('reverted')
    return hash
  }
  return {
    chain,
    keyAt: (index) => keyAt(index),
    sendFrom: (account, to, data) => sendFrom(account, to, data),
    portOf(index, timeoutMs = 10_000) {
      const { publicClient, walletClient } = clientsOf(keyAt(index))
      return viemChain({ publicClient, walletClient, timeoutMs })
    },
    async rpc(method, params = []) {
      const response = await fetch(chain.rpcUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      })
      const { result, error } = (await response.json()) as { result?: unknown; error?: unknown }
      if (error !== undefined) throw new Error(JSON.stringify(error))
      return result
    },
    async fund(account, amount, allowance = maxUint256) {
      const { walletClient, publicClient } = clientsOf(keyAt(9))
      const hash = await walletClient.sendTransaction({ to: account.address, value: 10n ** 18n })
      await waitForReceipt(publicClient, hash)
      if (amount > 0n) await mintToken(chain, { to: account.address, amount })
      const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [PERMIT2_ADDRESS, allowance] })
      await sendFrom(account, USDC, data)
    },
    async deployBatchFacilitator(operators) {
      const { walletClient, publicClient, account } = clientsOf(keyAt(8))
      const hash = await walletClient.deployContract({
        abi: batchFacilitatorAbi,
        bytecode: batchFacilitatorBytecode,
        args: [account.address, operators],
      })
      const { contractAddress } = await waitForReceipt(publicClient, hash)
      if (typeof contractAddress !== 'string') throw new Error('not deployed')
      return parseAddress(contractAddress)
    },
  }
}

/** Signs a payment for requirements with our own client. */
export async function payFor(requirements: PaymentRequirements, signer: PrivateKeyAccount): Promise<PaymentPayload> {
  const { payload } = await createPayment(requirements, {
    required: requiredOf([requirements]),
    scheme: requirements.scheme === 'upto' ? uptoClient({ signer }) : exactClient({ signer }),
    now: clock(),
    randomBytes,
  })
  return payload
}
