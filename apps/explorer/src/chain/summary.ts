import type { Hex } from '@og/settlement'
import type { FeedState } from './record-feed.js'

/** What the events so far amount to. */
export interface Summary {
  /** Leaves that published checkpoints cover, over all logs. */
  readonly anchored: bigint
  readonly settled: number
  readonly withMetadata: number
  /** Records of nodes that are registered as TEE nodes, and of others. */
  readonly tee: number
  readonly vanilla: number
  readonly checkpoints: number
  readonly equivocations: number
  /** Unix seconds of the oldest record on chain that no checkpoint of its log covers yet, where its block is known. */
  readonly oldestUnanchored: bigint | null
  /** Newest first. */
  readonly priced: readonly PricedCall[]
}

/** A call whose terms are public. */
interface PricedCall {
  readonly digest: Hex
  readonly charged: bigint
  readonly tokens: bigint
  readonly settleSeconds: number | null
}

/** Adds up what the feed has seen. */
export function summaryOf(state: FeedState): Summary {
  const logOfNode = new Map<Hex, Hex>()
  const teeNodes = new Set<Hex>()
  for (const event of state.registry) {
    if (event.type !== 'node-registered') continue
    logOfNode.set(event.statement.nodeId, event.statement.logId)
    if (event.statement.mode === 1) teeNodes.add(event.statement.nodeId)
  }
  const sizes = new Map<Hex, { readonly size: bigint; readonly block: bigint }>()
  let checkpoints = 0
  for (const event of state.records) {
    if (event.type !== 'checkpoint') continue
    checkpoints += 1
    const { logId, size } = event.checkpoint
    const known = sizes.get(logId)
    if (known === undefined || size > known.size) sizes.set(logId, { size, block: event.blockNumber ?? 0n })
  }
  const priced: PricedCall[] = []
  let oldestUnanchored: bigint | null = null
  let settled = 0
  let tee = 0
  for (const event of state.records) {
    if (event.type !== 'settled' && event.type !== 'settled-metadata') continue
    settled += 1
    if (teeNodes.has(event.nodeId)) tee += 1
    const time = event.blockNumber === null ? undefined : state.blockTimes.get(event.blockNumber)
    const logId = logOfNode.get(event.nodeId)
    const covered = logId === undefined ? undefined : sizes.get(logId)
    const isCovered = covered !== undefined && covered.block >= (event.blockNumber ?? 0n)
    if (!isCovered && time !== undefined && (oldestUnanchored === null || time < oldestUnanchored))
      oldestUnanchored = time
    if (event.type === 'settled-metadata') {
      const { terms, receipt } = event
      priced.push({
        digest: event.digest,
        charged: terms.charged,
        tokens: terms.promptTokens + terms.completionTokens,
        settleSeconds: time === undefined ? null : Number(time - receipt.finishedAt),
      })
    }
  }
  return {
    anchored: [...sizes.values()].reduce((sum, { size }) => sum + size, 0n),
    settled,
    withMetadata: priced.length,
    tee,
    vanilla: settled - tee,
    checkpoints,
    equivocations: state.records.filter(({ type }) => type === 'equivocation').length,
    oldestUnanchored,
    priced,
  }
}
