import { type Hex, parseReceiptBundle, parseStrictJson, type ReceiptBundle } from '@og/settlement'
import { readCheckpoint } from '@og/settlement/contracts'
import { type Client, createPublicClient, http } from 'viem'
import type { CliEnvironment } from '../environment.js'
import { type CheckedCheckpoint, type LogOnChain, readCheckpoints } from '../node/log-chain.js'
import { NodeFailure } from '../node-url.js'
import { keptReceipts } from '../receipts/receipt-storage.js'
import type { PublishedHead } from './omission.js'
import { type PromiseState, promiseStateOf } from './promise-state.js'

/** What one look at the promises of the kept receipts found. */
export interface WatchRound {
  readonly promises: readonly (PromiseState & { readonly promise: ReceiptBundle })[]
  /** Heads that do not append to the one before. */
  readonly broken: readonly CheckedCheckpoint[]
  /** Leaves under the last head of each log. */
  readonly leaves: bigint
  /** Receipts on other chains, and of other nodes where only one was asked for. */
  readonly others: number
}

/** Options of {@link watchRound}. */
export interface WatchOptions {
  readonly rpc: string
  /** The node that is asked, in place of the one that each receipt names; only receipts of its log are looked at. */
  readonly node?: { readonly url: string; readonly logId: Hex }
  readonly environment: CliEnvironment
}

/** Looks once at every kept receipt: by its own words, which log it is promised in and which node to ask. */
export async function watchRound({ rpc, node, environment }: WatchOptions): Promise<WatchRound> {
  const kept = (await keptReceipts(environment)).map(({ text }) => parseReceiptBundle(parseStrictJson(text)))
  const chain = createPublicClient({ transport: http(rpc) })
  const noAnswer = (): never => {
    throw new NodeFailure(`the chain at ${rpc} does not answer`)
  }
  // A chain says nothing about what was promised on another one.
  const chainId = kept.length === 0 ? 0n : BigInt(await chain.getChainId().catch(noAnswer))
  const watched = kept.filter(
    (promise) => promise.chain.chainId === chainId && (node === undefined || promise.receipt.logId === node.logId),
  )
  const byLog = new Map<string, ReceiptBundle[]>()
  for (const promise of watched) {
    const log = `${promise.chain.verifyingContract} ${promise.receipt.logId}`
    byLog.set(log, [...(byLog.get(log) ?? []), promise])
  }
  const promises: (PromiseState & { readonly promise: ReceiptBundle })[] = []
  const broken: CheckedCheckpoint[] = []
  let leaves = 0n
  for (const group of byLog.values()) {
    const [first] = group
    if (first === undefined) continue
    const log = { rpc, contract: first.chain.verifyingContract, logId: first.receipt.logId }
    const heads = await readCheckpoints(log).catch(noAnswer)
    broken.push(...heads.filter(({ isConsistent }) => isConsistent === false))
    const last = await publishedHeadOf(heads.at(-1), chain, log)
    leaves += last?.checkpoint.size ?? 0n
    for (const promise of group) {
      const url = node?.url ?? promise.manifest.endpoint.replace(/\/+$/, '').replace(/\/v1$/, '')
      const state = await promiseStateOf(promise, { url, environment, chain, heads, last })
      promises.push({ ...state, promise })
    }
  }
  return { promises, broken, leaves, others: kept.length - watched.length }
}

async function publishedHeadOf(
  head: CheckedCheckpoint | undefined,
  chain: Client,
  log: LogOnChain,
): Promise<PublishedHead | null> {
  if (head === undefined) return null
  const { checkpoint, transactionHash, blockNumber } = head
  const found = await readCheckpoint(chain, { ...log, seq: checkpoint.seq })
  return found === null ? null : { checkpoint, transactionHash, blockNumber, publishedAt: found.publishedAt }
}
