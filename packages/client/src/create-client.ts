import { httpTransport, listModels, type ModelInfo } from '@og/llm'
import type { Hex, InferenceMode, JsonObject } from '@og/settlement'
import type { Network } from '@og/x402'
import { exactClient, uptoClient } from '@og/x402/evm'
import { partOfStorage } from '@og/x402/storage'
import { createAllowances, whenAllowed } from './allowances.js'
import { type Approval, approvePermit2 } from './approve-permit2.js'
import { type Attestation, attestationOf } from './attestation.js'
import { type Balance, fetchBalance } from './balance.js'
import {
  type CallOptions,
  createEvidenceTransport,
  type EvidenceTransport,
  type InferenceContext,
  settingsOf,
} from './call-options.js'
import { createJsonRpc, type JsonRpc } from './chain/json-rpc.js'
import { ClientError } from './client-error.js'
import { type ClientSettings, type CreateClientOptions, parseClientOptions } from './client-options.js'
import type { InferenceResult } from './inference-result.js'
import { createInferenceWire } from './inference-wire.js'
import { fetchChat, type LlmChat, type LlmChatOptions, streamChat } from './llm-chat.js'
import { fetchCompletion, type LlmCompletion, type LlmCompletionOptions, streamCompletion } from './llm-completion.js'
import { type EmbedOptions, type EmbedResult, fetchEmbeddings } from './llm-embed.js'
import { createNodePools } from './node-pools.js'
import { createPatientWire } from './patient-wire.js'
import { createPayingFetch, type PayingFetch } from './paying-fetch.js'
import { createPayingWire } from './paying-wire.js'
import { paymentChainOf } from './payment-chain.js'
import { type Channels, createChannelDesk } from './payment-channels.js'
import { createReceiptBook, subjectOf } from './receipt-book.js'
import { fetchReceiptStatus, type ReceiptStatus } from './receipt-status.js'
import { recordChainOf } from './record-chain.js'
import { fetchSettlement, type Settlement, type SettlementOptions } from './settlement.js'
import { createSpendBook, type Spend } from './spend-book.js'
import { failureOf } from './translate-error.js'
import { createUnfinishedCalls } from './unfinished-calls.js'
import type { VerifiedNode } from './verify-node.js'

/** Verified, paid inference. One object holds one payer, one budget, and what was learnt about its nodes. */
export interface Client {
  /** The paying account. */
  readonly address: Hex
  /** What other clients are given as base URL, with `/v1` behind it; with a registry it only has a meaning for `client.fetch`. */
  readonly baseUrl: string
  readonly llmCompletion: LlmCompletion
  readonly llmChat: LlmChat
  /** Short for {@link Client.llmCompletion}. */
  readonly completion: LlmCompletion
  /** Short for {@link Client.llmChat}. */
  readonly chat: LlmChat
  /** Turns texts into vectors; paid and verified as everything else. @throws ClientError */
  embed(options: EmbedOptions): Promise<EmbedResult>
  /** The models that the node offers; free. @throws ClientError */
  listModels(options?: { readonly signal?: AbortSignal }): Promise<readonly ModelInfo[]>
  /**
   * The wire for the functions of `@og/llm` (`chat` with a schema, `runTools` with hooks, …): every answer of it is paid and verified, and what
   * it stands on is kept in order.
   * @example
   * const transport = client.transport({ inferenceMode: 'TEE' })
   * const { parsed } = await chat(transport, { model, messages }, { schema })
   */
  transport(options?: Omit<CallOptions, 'signal'>): EvidenceTransport
  /** A `fetch` for OpenAI-compatible clients that pays, seals and verifies. */
  readonly fetch: PayingFetch
  /** Attests the TEE node anew, with a fresh nonce. @throws ClientError `TRUST_REQUIRED`, `VERIFICATION_ATTESTATION`, … */
  attest(options?: { readonly signal?: AbortSignal }): Promise<Attestation>
  /** What the payer holds of the token that its node takes. Needs `rpcUrl`. @throws ClientError `CHAIN_UNAVAILABLE`, … */
  balance(options?: NodeChoice): Promise<Balance>
  /** Lets Permit2 move the payer's tokens, so that calls are charged by use (`upto`). Needs `rpcUrl`. @throws ClientError */
  approve(options?: ApproveOptions): Promise<Approval>
  /** Payment channels: one deposit, then a signature per call. */
  readonly channel: Channels
  /** What was paid, to whom, for what. */
  readonly spend: Spend
  /** What is known of a payment, here and at its node. @throws ClientError `NODE_ERROR` when nobody knows it */
  receipt(paymentHash: Hex, options?: { readonly signal?: AbortSignal }): Promise<ReceiptStatus>
  /**
   * Waits until a payment of this client and its record stand on the chain. After a restart it works for saved receipts.
   * @throws ClientError `INVALID_REQUEST` for a payment that is not known here, and as `result.settlement()`
   */
  settlement(paymentHash: Hex, options?: SettlementOptions): Promise<Settlement>
  /**
   * Writes `receipt.json` of a result: the portable proof. With the settlement of the result it also shows where it is anchored.
   * @throws ClientError `INVALID_REQUEST` for a result of another client.
   */
  receiptBundle(result: InferenceResult, settlement?: Settlement): JsonObject
  /** Puts `receipt.json` of a payment into the storage, and returns it. @throws ClientError `INVALID_REQUEST` */
  saveReceipt(payment: Hex | Pick<InferenceResult, 'paymentHash'>, settlement?: Settlement): Promise<JsonObject>
}

/** Which node is meant, where there is one for each mode. */
export interface NodeChoice {
  /** The client's default mode unless told otherwise. */
  readonly inferenceMode?: InferenceMode
}

/** Options of `client.approve`. */
export interface ApproveOptions extends NodeChoice {
  /** Atomic units; everything unless told otherwise. */
  readonly amount?: bigint
}

/**
 * Creates a client. With nothing but a private key it talks to a devnet on this machine and pays up to one dollar a call.
 * @throws ClientError `INVALID_OPTIONS`
 * @example
 * const client = createClient({ privateKey })
 * const { completionOutput, paymentHash } = await client.llmCompletion({ model: 'openai/gpt-4o', prompt: 'Say hello' })
 */
export function createClient(options: CreateClientOptions): Client {
  const settings = parseClientOptions(options)
  const { account, world } = settings
  const paymentRpc = rpcOf(options.rpcUrl, settings)
  const recordRpc = options.recordRpcUrl === undefined ? paymentRpc : rpcOf(options.recordRpcUrl, settings)
  const chains = {
    paymentChain: paymentRpc === undefined ? undefined : paymentChainOf(paymentRpc),
    recordChain: recordRpc === undefined ? undefined : recordChainOf(recordRpc),
  }
  const pools = createNodePools(settings, recordRpc)
  const allowances = createAllowances({ owner: account.address, now: world.now, chain: paymentRpc })
  const unfinished = createUnfinishedCalls(world.now)
  const spend = createSpendBook(world.now)
  const receipts = createReceiptBook(partOfStorage(settings.storage, 'receipt'))
  const channels = createChannelDesk({
    account,
    world,
    storage: partOfStorage(settings.storage, 'channel'),
    rpc: paymentRpc,
    maxDeposit: settings.maxDeposit,
    nodeOf: async ({ inferenceMode = options.inferenceMode ?? 'VANILLA' }) => {
      const node = await pools.firstNode(inferenceMode)
      return { node, payTo: payableOf(node, settings).payTo }
    },
  })
  const paying = createPayingWire({
    world,
    // `upto` charges what was used; without an allowance only `exact` can be drawn.
    schemes: [
      channels.scheme,
      whenAllowed(uptoClient({ signer: account }), allowances),
      exactClient({ signer: account }),
    ],
    policy: {
      maxAmountPerCall: settings.maxPerCall,
      ...(settings.maxPerHour === undefined ? {} : { maxAmountPerHour: settings.maxPerHour }),
      maxDeposit: settings.maxDeposit,
      networks: [...new Set(settings.assets.map(({ network }) => networkOf(network)))],
      assets: settings.assets.map(({ asset }) => asset),
    },
    countPromptTokens: settings.countPromptTokens,
    onPayment: (payment, attempt) => {
      unfinished.begin(attempt, payment)
      spend.signed(payment, attempt)
    },
  })
  const wire = createInferenceWire({
    world,
    pools: pools.byMode,
    paying,
    allowances,
    unfinished,
    onEvidence: (evidence) => {
      spend.charged(evidence)
      channels.charged(evidence)
      receipts.remember(evidence)
    },
  })
  const context: InferenceContext = {
    wire: options.retries === 0 ? wire : createPatientWire(wire, world),
    defaults: {
      mode: options.inferenceMode ?? 'VANILLA',
      settlement: options.settlementMode ?? 'SETTLE',
      verify: options.verify ?? 'at-end',
    },
    retries: settings.retries,
    timeouts: options.timeouts,
    settle: (evidence, wanted) => fetchSettlement(subjectOf(evidence), { world, ...chains }, wanted),
  }
  const llmCompletion = overloaded(
    (call: LlmCompletionOptions) => fetchCompletion(context, call),
    (call: LlmCompletionOptions) => streamCompletion(context, call),
  )
  const llmChat = overloaded(
    (call: LlmChatOptions) => fetchChat(context, call),
    (call: LlmChatOptions) => streamChat(context, call),
  )

  const payingFetch = createPayingFetch(context, { fetch: world.fetch, pools: pools.byMode })

  function rpcFor(what: string): JsonRpc {
    if (paymentRpc === undefined) throw new ClientError('INVALID_OPTIONS', `${what} needs the option rpcUrl`)
    return paymentRpc
  }

  const payableAt = async ({ inferenceMode = context.defaults.mode }: NodeChoice): Promise<Payable> =>
    payableOf(await pools.firstNode(inferenceMode), settings)

  return {
    address: account.address,
    baseUrl: pools.byMode[context.defaults.mode].baseUrl,
    llmCompletion,
    llmChat,
    completion: llmCompletion,
    chat: llmChat,
    embed: (call) => fetchEmbeddings(context, call),
    async listModels(call = {}) {
      const baseUrl = `${pools.byMode[context.defaults.mode].baseUrl}/v1`
      const transport = httpTransport({ baseUrl, retries: context.retries, fetch: payingFetch })
      try {
        return await listModels(transport, call)
      } catch (error) {
        throw failureOf(error, call)
      }
    },
    transport: (call = {}) => createEvidenceTransport(context, settingsOf(call, context.defaults)),
    fetch: payingFetch,
    attest: async ({ signal } = {}) => attestationOf(await pools.attest(signal)),
    async balance(choice = {}) {
      const rpc = rpcFor('balance()')
      return fetchBalance({ rpc, owner: account.address, ...(await payableAt(choice)) })
    },
    async approve({ amount, ...choice } = {}) {
      const rpc = rpcFor('approve()')
      const { network, asset } = await payableAt(choice)
      const approval = await approvePermit2({ account, rpc, sleep: world.sleep, network, asset, amount })
      allowances.note({ network, asset, amount: approval.allowance })
      return approval
    },
    channel: {
      open: channels.open,
      topUp: channels.topUp,
      close: channels.close,
      startWithdraw: channels.startWithdraw,
      finishWithdraw: channels.finishWithdraw,
      list: channels.list,
    },
    spend: { entries: spend.entries, totals: spend.totals },
    async receipt(paymentHash, { signal } = {}) {
      const bundle = await receipts.bundleOf(paymentHash)
      return pools.firstAnswer((directory) =>
        fetchReceiptStatus(paymentHash, {
          directory,
          bundle,
          fetch: world.fetch,
          recover: world.secp256k1.recover,
          signal,
        }),
      )
    },
    async settlement(paymentHash, wanted) {
      const subject = await receipts.subjectOf(paymentHash)
      if (subject === undefined) {
        throw new ClientError('INVALID_REQUEST', 'this client does not know that payment', { paymentHash })
      }
      return fetchSettlement(subject, { world, ...chains }, wanted)
    },
    receiptBundle(result, settlement) {
      return receipts.rememberedBundleOf(result.paymentHash, settlement)
    },
    saveReceipt(payment, settlement) {
      return receipts.save(typeof payment === 'string' ? payment : payment.paymentHash, settlement)
    },
  }
}

/** One function for both forms of a call; errors in its options reject as all others do. */
function overloaded<Options extends { readonly stream?: boolean }, Result, Stream>(
  fetchResult: (options: Options) => Promise<Result>,
  openStream: (options: Options) => Stream,
): {
  (options: Options & { readonly stream: true }): Promise<Stream>
  (options: Options & { readonly stream?: false }): Promise<Result>
} {
  function call(options: Options & { readonly stream: true }): Promise<Stream>
  function call(options: Options & { readonly stream?: false }): Promise<Result>
  async function call(options: Options): Promise<Result | Stream> {
    return options.stream === true ? openStream(options) : fetchResult(options)
  }
  return call
}

type Payable = VerifiedNode['manifest']['payments'][number]

/** The first way to pay a node that the spend policy allows. */
function payableOf({ manifest }: VerifiedNode, { assets }: ClientSettings): Payable {
  const payment = manifest.payments.find((accepted) =>
    assets.some(
      ({ network, asset }) => network === accepted.network && asset.toLowerCase() === accepted.asset.toLowerCase(),
    ),
  )
  if (payment === undefined)
    throw new ClientError('INVALID_OPTIONS', 'the node takes no token that spend.assets allows')
  return payment
}

function rpcOf(url: string | undefined, { world }: ClientSettings): JsonRpc | undefined {
  return url === undefined ? undefined : createJsonRpc({ url, fetch: world.fetch })
}

function networkOf(network: string): Network {
  return `eip155:${network.slice('eip155:'.length)}`
}
