import { type Checkpoint, hashReceipt, type ReceiptBundle, verifyInclusion } from '@og/settlement'
import { findBlockAt, readSettlement } from '@og/settlement/contracts'
import type { Client } from 'viem'
import type { CliEnvironment } from '../environment.js'
import { fetchNodeJson } from '../node-url.js'
import { isPromise } from './judge-omission.js'
import type { Omission, PublishedHead } from './omission.js'
import { readLeaves } from './read-leaves.js'

/** How a promise stands: in the log, recorded by itself, not yet due, broken, or never made by the node that it names. */
export type PromiseState =
  | { readonly state: 'proven' | 'recorded' | 'waiting' | 'unsigned' }
  | { readonly state: 'omitted'; readonly omission: Omission }

/** What a promise is compared with. */
export interface PromiseWorld {
  readonly url: string
  readonly environment: CliEnvironment
  readonly chain: Client
  /** Heads of the log on chain. */
  readonly heads: readonly { readonly checkpoint: Checkpoint }[]
  /** The last of them. */
  readonly last: PublishedHead | null
}

/** Looks for a receipt where its node promised it: in the log under a head on chain, or as a record of its own. */
export async function promiseStateOf(promise: ReceiptBundle, world: PromiseWorld): Promise<PromiseState> {
  const { receipt, chain: domain } = promise
  const { environment, last } = world
  if (!isPromise(promise)) return { state: 'unsigned' }
  if (await isProven(promise, world)) return { state: 'proven' }
  const fromBlock = await findBlockAt(world.chain, receipt.finishedAt - clockSkewSeconds)
  const digest = hashReceipt(receipt, domain)
  if (fromBlock !== null) {
    const query = { contract: domain.verifyingContract, digest, fromBlock, blocksPerRequest: 10_000n }
    if ((await readSettlement(world.chain, query)) !== null) return { state: 'recorded' }
  }
  const lookedAt = environment.now()
  if (lookedAt <= receipt.settleBy) return { state: 'waiting' }
  const leaves = last === null ? null : await readLeaves(last, world)
  // The node may fail to prove what is there all the same.
  if (leaves?.includes(digest)) return { state: 'proven' }
  return { state: 'omitted', omission: { promise, head: last, leaves, lookedAt } }
}

const clockSkewSeconds = 600n

async function isProven(
  { receipt, chain }: ReceiptBundle,
  { url, environment, heads }: PromiseWorld,
): Promise<boolean> {
  const leaf = hashReceipt(receipt, chain)
  const proof = await fetchNodeJson(`${url}/v1/log/proof?digest=${leaf}`, environment).catch(() => undefined)
  const head = heads.find(({ checkpoint }) => checkpoint.root === proof?.['root'])
  const siblings = proof?.['proof']
  const index = proof?.['index']
  return (
    head !== undefined &&
    typeof index === 'number' &&
    Array.isArray(siblings) &&
    verifyInclusion({ leaf, index, size: Number(head.checkpoint.size), root: head.checkpoint.root, proof: siblings })
  )
}
