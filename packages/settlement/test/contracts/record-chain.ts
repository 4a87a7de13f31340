import { type Chain, startChain, waitForReceipt } from '@og/devchain'
import {
  type Account,
  createPublicClient,
  createWalletClient,
  decodeErrorResult,
  type Hex,
  http,
  type PublicClient,
  type TransactionReceipt,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import {
  decodeRecordEvents,
  hashNodeStatement,
  inferenceLogAbi,
  inferenceLogDeployData,
  type MetadataRecord,
  type NodeStatement,
  nodeRegistryAbi,
  nodeRegistryOf,
  type RecordEvent,
  registerNodeCalldata,
  type SignedReceipt,
} from '../../src/contracts/index.js'
import {
  type Address,
  addressOf,
  commit,
  hashReceipt,
  hashTerms,
  keccak256,
  type Receipt,
  type ReceiptDomain,
  signDigest,
  type Terms,
} from '../../src/index.js'

/** A real chain with the record contracts on it, and what tests do there. */
export interface RecordChain {
  readonly chain: Chain
  readonly client: PublicClient
  readonly contract: Address
  readonly registry: Address
  readonly domain: ReceiptDomain
  readonly registrarKey: Hex
  account(index: number): Account
  /** Sends and waits; fails with the name of the contract's error when the call reverts. */
  send(to: Address, data: Hex, from?: Account): Promise<TransactionReceipt>
  /** Sends to the InferenceLog and decodes its events. */
  record(data: Hex, from?: Account): Promise<readonly RecordEvent[]>
  register(change: Partial<NodeStatement>): Promise<NodeStatement>
  close(): Promise<void>
}

export const nodeKey: Hex = `0x${'11'.repeat(32)}`
export const otherKey: Hex = `0x${'22'.repeat(32)}`
export const logId: Hex = `0x${'aa'.repeat(32)}`
export const zero: Hex = `0x${'00'.repeat(32)}`
/** Long before and after every test. */
export const notBefore = 1_600_000_000n
export const notAfter = 4_000_000_000n

let counter = 0

/** A 32-byte value that is new on its chain: each chain begins with the same ones, so that its gas does not depend on other tests. */
export function unique(): Hex {
  counter += 1
  return keccak256(new TextEncoder().encode(`unique ${counter}`))
}

export async function startRecordChain(): Promise<RecordChain> {
  counter = 0
  const chain = await startChain()
  const client = createPublicClient({ transport: http(chain.rpcUrl), pollingInterval: 5 })
  const account = (index: number): Account => {
    const entry = chain.accounts[index]
    if (entry === undefined) throw new Error(`no account ${index}`)
    return privateKeyToAccount(entry.privateKey)
  }
  const registrarKey = chain.accounts[9]?.privateKey ?? zero
  const walletOf = (from: Account) =>
    createWalletClient({ chain: baseSepolia, transport: http(chain.rpcUrl), account: from })
  const deployment = await waitForReceipt(
    client,
    await walletOf(account(0)).sendTransaction({
      data: inferenceLogDeployData({ registrar: addressOf(registrarKey) }),
    }),
  )
  const contract = deployment.contractAddress
  if (contract === null || contract === undefined) throw new Error('not deployed')
  const registry = nodeRegistryOf(contract)

  async function send(to: Address, data: Hex, from: Account = account(1)): Promise<TransactionReceipt> {
    try {
      await client.call({ account: from, to, data })
    } catch (error) {
      throw new Error(revertNameOf(error), { cause: error })
    }
    return waitForReceipt(client, await walletOf(from).sendTransaction({ to, data }))
  }

  return {
    chain,
    client,
    contract,
    registry,
    domain: { chainId: BigInt(chain.chainId), verifyingContract: contract },
    registrarKey,
    account,
    send,
    async record(data, from) {
      return decodeRecordEvents((await send(contract, data, from)).logs, { contract })
    },
    async register(change) {
      const statement = nodeStatement(change)
      const domain = { chainId: BigInt(chain.chainId), verifyingContract: registry }
      const signature = signDigest(hashNodeStatement(statement, domain), registrarKey)
      await send(registry, registerNodeCalldata({ statement, signature }))
      return statement
    },
    close: () => chain.stop(),
  }
}

export function nodeStatement(change: Partial<NodeStatement> = {}): NodeStatement {
  return {
    nodeId: unique(),
    logId,
    receiptKey: addressOf(nodeKey),
    mode: 1,
    quoteHash: unique(),
    measurementsHash: unique(),
    endpoint: 'https://node.example/v1',
    notBefore,
    notAfter,
    ...change,
  }
}

export function receiptOf(node: NodeStatement, change: Partial<Receipt> = {}): Receipt {
  return {
    nodeId: node.nodeId,
    logId: node.logId,
    paymentHash: unique(),
    attempt: 1,
    requestCommitment: unique(),
    responseCommitment: unique(),
    termsHash: unique(),
    mode: node.mode,
    settlement: 0,
    finishedAt: 1_800_000_000n,
    settleBy: 1_800_003_600n,
    ...change,
  }
}

export function signed(receipt: Receipt, domain: ReceiptDomain, key: Hex = nodeKey): SignedReceipt {
  return { receipt, signature: signDigest(hashReceipt(receipt, domain), key) }
}

export function termsOf(change: Partial<Terms> = {}): Terms {
  return {
    salt: unique(),
    payer: '0x1111111111111111111111111111111111111111',
    scheme: 'exact',
    paymentChainId: 84_532n,
    asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
    payTo: '0x2222222222222222222222222222222222222222',
    authorized: 10_000n,
    charged: 10_000n,
    offerHash: unique(),
    modelRequested: 'gpt-4',
    modelAnswered: 'gpt-4-0613',
    upstream: 'api.openai.com',
    upstreamRequestCommitment: unique(),
    promptTokens: 12n,
    cachedPromptTokens: 0n,
    completionTokens: 7n,
    reasoningTokens: 0n,
    usageSource: 0,
    outcome: 0,
    receivedAt: 1_799_999_990n,
    ...change,
  }
}

/** A SETTLE_METADATA record whose parts fit together. */
export function metadataOf(
  node: NodeStatement,
  domain: ReceiptDomain,
  text = '{"prompt":"Hello, how are you?"}',
): MetadataRecord {
  const request = new TextEncoder().encode(text)
  const response = new TextEncoder().encode('{"content":"Bonjour, comment ça va ?"}')
  const salts = { request: unique(), response: unique() }
  const terms = termsOf()
  const receipt = receiptOf(node, {
    settlement: 1,
    requestCommitment: commit({ salt: salts.request, hash: keccak256(request) }),
    responseCommitment: commit({ salt: salts.response, hash: keccak256(response) }),
    termsHash: hashTerms(terms),
  })
  return { ...signed(receipt, domain), terms, salts, request, response }
}

/** The same signature with s replaced by n − s: valid mathematics, refused everywhere. */
export function withHighS(signature: Hex): Hex {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const s = (order - BigInt(`0x${signature.slice(66, 130)}`)).toString(16).padStart(64, '0')
  return `${signature.slice(0, 66)}${s}${signature.endsWith('1b') ? '1c' : '1b'}` as Hex
}

function revertNameOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const data = 'data' in at ? at.data : undefined
    if (typeof data !== 'string' || !data.startsWith('0x') || data.length < 10) continue
    try {
      const { errorName, args } = decodeErrorResult({
        abi: [...inferenceLogAbi, ...nodeRegistryAbi],
        data: data as Hex,
      })
      return `${errorName}(${(args ?? []).join(', ')})`
    } catch {
      return `unknown error ${data.slice(0, 10)}`
    }
  }
  return error instanceof Error ? error.message : String(error)
}
