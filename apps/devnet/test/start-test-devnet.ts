import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { mintToken, sendRpc, tokenBalance, waitForReceipt } from '@og/devchain'
import { inferenceLogAbi } from '@og/settlement/contracts'
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
  type TransactionReceipt,
  toHex,
} from 'viem'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { type Devnet, type StartDevnetOptions, startDevnet } from '../src/index.js'

/** An account with tokens, of one test only. */
export interface Payer {
  readonly account: PrivateKeyAccount
  readonly privateKey: Hex
  readonly address: Address
  /** What it holds now, in atomic units. */
  readonly balance: () => Promise<bigint>
}

/** The public state of a payment, as `GET /v1/receipts/{paymentHash}` shows it. */
export interface ReceiptStatus {
  readonly status: 'running' | 'finished' | 'released'
  readonly receiptDigest: Hex | null
  readonly receipt: Readonly<Record<string, unknown>> | null
  readonly payment: { readonly state: string; readonly transaction: Hex | null; readonly charged: string | null }
  readonly record: { readonly mode: string; readonly state: string; readonly transaction: Hex | null }
  readonly leaf: { readonly logId: Hex; readonly index: number } | null
}

/** A devnet with what tests need around it. */
export interface TestDevnet {
  readonly devnet: Devnet
  /** Creates a payer. With `permit2` it has ether and has approved Permit2, by a transaction of its own. */
  readonly payer: (options: { readonly tokens: bigint; readonly permit2?: boolean }) => Promise<Payer>
  /** Every transfer of tokens from one account to the payee, over the whole chain. */
  readonly transfersFrom: (payer: Address) => Promise<readonly bigint[]>
  /** Number of `Settled` events of one receipt over the whole chain. */
  readonly settledEvents: (digest: Hex) => Promise<number>
  /** The status of a payment, or `undefined` when the node does not know it. */
  readonly receiptStatus: (url: string, paymentHash: Hex) => Promise<ReceiptStatus | undefined>
  /** Waits until money and record of a payment are on chain. */
  readonly untilSettled: (url: string, paymentHash: Hex) => Promise<ReceiptStatus>
  /** Stops mining, or goes on with it. */
  readonly mine: (on: boolean) => Promise<void>
}

const transferEvent = parseAbiItem('event Transfer(address indexed from, address indexed to, uint256 value)')
const etherForGas = 10n ** 18n

/** Starts a devnet on sources inside a test runner, whose own flags its programs must not inherit. */
export async function startTestDevnet(options: StartDevnetOptions = {}): Promise<TestDevnet> {
  const loader = join(dirname(createRequire(import.meta.url).resolve('tsx/package.json')), 'dist', 'loader.mjs')
  process.execArgv.splice(0, process.execArgv.length, '--conditions=@og/source', '--import', pathToFileURL(loader).href)
  const devnet = await startDevnet(options)
  const client = createPublicClient({ transport: http(devnet.rpc), pollingInterval: 50 })
  const { chain } = devnet
  const payees = [devnet.gateway.payTo, devnet.vanillaGateway.payTo]

  const receiptStatus: TestDevnet['receiptStatus'] = async (url, paymentHash) => {
    const answer = await fetch(`${url}/v1/receipts/${paymentHash}`)
    if (answer.status === 404) {
      await answer.arrayBuffer()
      return undefined
    }
    if (!answer.ok) throw new Error(`the receipts route answers ${answer.status}`)
    return (await answer.json()) as ReceiptStatus
  }

  return {
    devnet,
    receiptStatus,
    payer: async ({ tokens, permit2 = false }) => {
      const privateKey = generatePrivateKey()
      const account = privateKeyToAccount(privateKey)
      if (tokens > 0n) await mintToken(chain, { to: account.address, amount: tokens })
      if (permit2) {
        await sendRpc(chain, 'anvil_setBalance', account.address, toHex(etherForGas))
        const wallet = createWalletClient({ account, transport: http(devnet.rpc) })
        const data = encodeFunctionData({
          abi: erc20Abi,
          functionName: 'approve',
          args: [devnet.payment.permit2, maxUint256],
        })
        const hash = await wallet.sendTransaction({ chain: null, to: devnet.payment.token, data })
        const receipt: TransactionReceipt = await waitForReceipt(client, hash)
        if (receipt.status !== 'success') throw new Error('the approval reverted')
      }
      return { account, privateKey, address: account.address, balance: () => tokenBalance(chain, account.address) }
    },
    transfersFrom: async (payer) => {
      const logs = await client.getLogs({
        address: devnet.payment.token,
        event: transferEvent,
        args: { from: payer, to: payees },
        fromBlock: 0n,
        strict: true,
      })
      return logs.map(({ args }) => args.value)
    },
    settledEvents: async (digest) => {
      const logs = await client.getContractEvents({
        address: devnet.contracts.inferenceLog,
        abi: inferenceLogAbi,
        eventName: 'Settled',
        args: { digest },
        fromBlock: 0n,
      })
      return logs.length
    },
    untilSettled: (url, paymentHash) => {
      const look = async (): Promise<ReceiptStatus | undefined> => {
        const status = await receiptStatus(url, paymentHash)
        if (status?.payment.state === 'failed' || status?.record.state === 'failed') {
          throw new Error(`settlement failed: ${JSON.stringify(status)}`)
        }
        const paid = status?.payment.state === 'confirmed' || status?.payment.charged === '0'
        const recorded = status?.record.state === 'confirmed' || status?.record.mode === 'SETTLE_BATCH'
        return paid && recorded ? status : undefined
      }
      return until(`payment ${paymentHash} is settled`, look, { timeoutMs: 60_000 })
    },
    mine: (on) => chain.setMining(on),
  }
}

/** Polls until something is there. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  { timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
