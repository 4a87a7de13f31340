import { randomBytes } from 'node:crypto'
import { type Chain, mintToken, type PaymentContracts, sendRpc, waitForReceipt } from '@og/devchain'
import type { PaymentPayload, PaymentRequirements } from '@og/x402'
import { createPayment } from '@og/x402/client'
import { exactClient, uptoClient, verifyAuthorization } from '@og/x402/evm'
import { createPaymentRequired } from '@og/x402/server'
import {
  type Address,
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  erc20Abi,
  type Hex,
  http,
  maxUint256,
  parseAbiItem,
  toHex,
} from 'viem'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'

/** What a resource server sends to `/verify` and `/settle`. */
export interface Question {
  readonly x402Version: 2
  readonly paymentPayload: PaymentPayload
  readonly paymentRequirements: PaymentRequirements
}

/** Who pays, who is paid, and what the chain says of it. */
export interface PaymentWorld {
  readonly payTo: Address
  readonly payer: (options: { readonly tokens: bigint; readonly permit2?: boolean }) => Promise<PrivateKeyAccount>
  /** Signs a payment over `amount` and asks for all of it. */
  readonly question: (options: {
    readonly payer: PrivateKeyAccount
    readonly scheme: 'exact' | 'upto'
    readonly facilitator: Address
    readonly amount?: bigint
    readonly now?: bigint
  }) => Promise<Question>
  /** Has a payer send its tokens elsewhere, offering much for gas; resolves when that is broadcast. */
  readonly moveAway: (payer: PrivateKeyAccount, amount: bigint) => Promise<Hex>
  /** The payment's public name. */
  readonly paymentHashOf: (question: Question) => Promise<Hex>
  readonly transfersFrom: (payer: Address) => Promise<readonly bigint[]>
  /** How many transactions an account has sent. */
  readonly sentBy: (account: Address) => Promise<number>
}

const transferEvent = parseAbiItem('event Transfer(address indexed from, address indexed to, uint256 value)')

/** Creates the payments of a test. */
export function createPaymentWorld(chain: Chain, contracts: PaymentContracts): PaymentWorld {
  const client = createPublicClient({ transport: http(chain.rpcUrl), pollingInterval: 20 })
  const payTo = privateKeyToAccount(generatePrivateKey()).address
  return {
    payTo,
    payer: async ({ tokens, permit2 = false }) => {
      const account = privateKeyToAccount(generatePrivateKey())
      if (tokens > 0n) await mintToken(chain, { to: account.address, amount: tokens })
      if (permit2) {
        await sendRpc(chain, 'anvil_setBalance', account.address, toHex(10n ** 18n))
        const wallet = createWalletClient({ account, transport: http(chain.rpcUrl) })
        const data = encodeFunctionData({
          abi: erc20Abi,
          functionName: 'approve',
          args: [contracts.permit2, maxUint256],
        })
        const hash = await wallet.sendTransaction({ chain: null, to: contracts.token, data })
        await waitForReceipt(client, hash)
      }
      return account
    },
    question: async ({ payer, scheme, facilitator, amount = 1000n, now = BigInt(Math.floor(Date.now() / 1000)) }) => {
      const { tokenName: name, tokenVersion: version } = contracts
      const requirements: PaymentRequirements = {
        scheme,
        network: `eip155:${chain.chainId}`,
        amount: amount.toString(),
        asset: contracts.token,
        payTo,
        maxTimeoutSeconds: 300,
        extra:
          scheme === 'upto'
            ? { name, version, assetTransferMethod: 'permit2', facilitatorAddress: facilitator }
            : { name, version },
      }
      const { payload } = await createPayment(requirements, {
        required: createPaymentRequired({ resource: { url: 'https://api.example/v1' }, accepts: [requirements] }),
        scheme: scheme === 'upto' ? uptoClient({ signer: payer }) : exactClient({ signer: payer }),
        now,
        randomBytes: (length) => new Uint8Array(randomBytes(length)),
      })
      return { x402Version: 2, paymentPayload: payload, paymentRequirements: requirements }
    },
    moveAway: (account, amount) => {
      const wallet = createWalletClient({ account, transport: http(chain.rpcUrl) })
      const elsewhere = privateKeyToAccount(generatePrivateKey()).address
      const data = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [elsewhere, amount] })
      const fees = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 11n, gas: 100_000n }
      return wallet.sendTransaction({ chain: null, to: contracts.token, data, ...fees })
    },
    paymentHashOf: async ({ paymentPayload, paymentRequirements }) => {
      const now = BigInt(Math.floor(Date.now() / 1000))
      const verified = verifyAuthorization(paymentPayload, paymentRequirements, { now })
      if (!verified.ok) throw new Error(verified.code)
      return verified.paymentHash
    },
    transfersFrom: async (payer) => {
      const logs = await client.getLogs({
        address: contracts.token,
        event: transferEvent,
        args: { from: payer, to: payTo },
        fromBlock: 0n,
        strict: true,
      })
      return logs.map(({ args }) => args.value)
    },
    sentBy: (address) => client.getTransactionCount({ address }),
  }
}

/** What `/settle` answers. */
export interface Settled {
  readonly success: boolean
  readonly transaction: Hex | ''
  readonly errorReason?: string
  readonly amount?: string
  readonly payer?: Address
}

/** Asks a facilitator as a resource server does. */
export async function ask(url: string, route: string, body: unknown): Promise<{ status: number; json: Settled }> {
  const answer = await fetch(url + route, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: answer.status, json: (await answer.json()) as Settled }
}
