import type { Hex, InferenceMode, JsonObject } from '@og/settlement'
import type { Network } from '@og/x402'
import { exactClient, uptoClient } from '@og/x402/evm'
import { chainOf, createAllowances, whenAllowed } from './allowances.js'
import { type Approval, approvePermit2 } from './approve-permit2.js'
import type { InferenceContext } from './call-options.js'
import { ClientError } from './client-error.js'
import { type ClientSettings, type CreateClientOptions, parseClientOptions } from './client-options.js'
import type { InferenceResult } from './inference-result.js'
import { createInferenceWire } from './inference-wire.js'
import { fetchChat, type LlmChat, type LlmChatOptions, streamChat } from './llm-chat.js'
import { fetchCompletion, type LlmCompletion, type LlmCompletionOptions, streamCompletion } from './llm-completion.js'
import { createNodeDirectory, type NodeDirectory } from './node-directory.js'
import { createPayingFetch, type PayingFetch } from './paying-fetch.js'
import { paymentChainOf } from './payment-chain.js'
import { receiptBundleOf } from './receipt-bundle.js'
import { recordChainOf } from './record-chain.js'
import { fetchSettlement, type Settlement } from './settlement.js'
import type { Verification } from './verification.js'
import type { AnswerEvidence } from './verify-answer.js'

/** What `client.attest` found out about a node. */
export interface Attestation {
  readonly nodeId: Hex
  readonly baseUrl: string
  readonly platform: 'intel' | 'simulated'
  /** Unix seconds up to which it is believed. */
  readonly validUntil: bigint
  readonly verification: Verification
}

/** Verified, paid inference. One object holds one payer, one budget, and what was learnt about its nodes. */
export interface Client {
  /** The paying account. */
  readonly address: Hex
  readonly llmCompletion: LlmCompletion
  readonly llmChat: LlmChat
  /** Short for {@link Client.llmCompletion}. */
  readonly completion: LlmCompletion
  /** Short for {@link Client.llmChat}. */
  readonly chat: LlmChat
  /** A `fetch` for OpenAI-compatible clients that pays, seals and verifies. */
  readonly fetch: PayingFetch
  /** Attests the TEE node anew, with a fresh nonce. @throws ClientError `TRUST_REQUIRED`, `VERIFICATION_ATTESTATION`, … */
  attest(options?: { readonly signal?: AbortSignal }): Promise<Attestation>
  /** Lets Permit2 move the payer's tokens, so that calls are charged by use (`upto`). Needs `rpcUrl`. @throws ClientError */
  approve(options?: ApproveOptions): Promise<Approval>
  /**
   * Writes `receipt.json` of a result: the portable proof. With the settlement of the result it also shows where it is anchored.
   * @throws ClientError `INVALID_REQUEST` for a result of another client.
   */
  receiptBundle(result: InferenceResult, settlement?: Settlement): JsonObject
}

/** Options of `client.approve`. */
export interface ApproveOptions {
  /** Atomic units; everything unless told otherwise. */
  readonly amount?: bigint
  /** The node whose first payable token is approved. */
  readonly inferenceMode?: InferenceMode
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
  const paymentRpc = options.rpcUrl === undefined ? undefined : chainOf(options.rpcUrl, world.fetch)
  const recordUrl = options.recordRpcUrl ?? options.rpcUrl
  const recordChain = recordUrl === undefined ? undefined : recordChainOf(chainOf(recordUrl, world.fetch))
  const paymentChain = paymentRpc === undefined ? undefined : paymentChainOf(paymentRpc)
  const allowances = createAllowances({ owner: account.address, now: world.now, chain: paymentRpc })
  const directories = directoriesOf(settings)
  const wire = createInferenceWire({
    world,
    directories,
    allowances,
    // `upto` charges what was used; without an allowance only `exact` can be drawn.
    schemes: [whenAllowed(uptoClient({ signer: account }), allowances), exactClient({ signer: account })],
    policy: {
      maxAmountPerCall: settings.maxPerCall,
      ...(settings.maxPerHour === undefined ? {} : { maxAmountPerHour: settings.maxPerHour }),
      networks: [...new Set(settings.assets.map(({ network }) => networkOf(network)))],
      assets: settings.assets.map(({ asset }) => asset),
    },
  })
  const evidenceOf = new WeakMap<InferenceResult, AnswerEvidence>()
  const context: InferenceContext = {
    wire,
    defaults: {
      mode: options.inferenceMode ?? 'VANILLA',
      settlement: options.settlementMode ?? 'SETTLE',
      verify: options.verify ?? 'at-end',
    },
    settle: (evidence, wanted) => fetchSettlement(evidence, { world, paymentChain, recordChain }, wanted),
    remember: (result, evidence) => evidenceOf.set(result, evidence),
  }
  const llmCompletion = overloaded(
    (call: LlmCompletionOptions) => fetchCompletion(context, call),
    (call: LlmCompletionOptions) => streamCompletion(context, call),
  )
  const llmChat = overloaded(
    (call: LlmChatOptions) => fetchChat(context, call),
    (call: LlmChatOptions) => streamChat(context, call),
  )
  return {
    address: account.address,
    llmCompletion,
    llmChat,
    completion: llmCompletion,
    chat: llmChat,
    fetch: createPayingFetch(context, world.fetch),
    async attest({ signal } = {}) {
      const node = await directories.TEE.refresh({ attested: true, signal })
      const { nodeId, platform, baseUrl, validUntil, steps, notChecked } = node
      if (platform === null) throw new ClientError('VERIFICATION_ATTESTATION', 'the node is not attested')
      const verification = { ok: true, nodeId, platform, label: null, steps, notChecked }
      return { nodeId, baseUrl, platform, validUntil, verification }
    },
    async approve({ amount, inferenceMode = context.defaults.mode } = {}) {
      if (paymentRpc === undefined || options.rpcUrl === undefined) {
        throw new ClientError('INVALID_OPTIONS', 'approve() needs the option rpcUrl')
      }
      const node = await directories[inferenceMode].node({ attested: inferenceMode === 'TEE' })
      const payment = node.manifest.payments.find((accepted) => isAllowed(settings, accepted))
      if (payment === undefined)
        throw new ClientError('APPROVAL_FAILED', 'the node takes no token that spend.assets allows')
      const { network, asset } = payment
      const approval = await approvePermit2({
        account,
        chain: paymentRpc,
        rpcUrl: options.rpcUrl,
        fetch: world.fetch,
        network,
        asset,
        amount,
      })
      allowances.note({ network, asset, amount: approval.allowance })
      return approval
    },
    receiptBundle(result, settlement) {
      const evidence = evidenceOf.get(result)
      if (evidence === undefined) throw new ClientError('INVALID_REQUEST', 'this client does not know that result')
      return receiptBundleOf(evidence, settlement)
    },
  }
}

function directoriesOf(settings: ClientSettings): Readonly<Record<InferenceMode, NodeDirectory>> {
  const { baseUrls, world, nodeTtlSeconds: ttlSeconds, trust } = settings
  const create = (baseUrl: string): NodeDirectory => createNodeDirectory({ baseUrl, world, ttlSeconds, trust })
  const VANILLA = create(baseUrls.VANILLA)
  return { VANILLA, TEE: baseUrls.TEE === baseUrls.VANILLA ? VANILLA : create(baseUrls.TEE) }
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

function isAllowed(settings: ClientSettings, payment: { readonly network: string; readonly asset: string }): boolean {
  return settings.assets.some(
    ({ network, asset }) => network === payment.network && asset.toLowerCase() === payment.asset.toLowerCase(),
  )
}

function networkOf(network: string): Network {
  return `eip155:${network.slice('eip155:'.length)}`
}
