import type { Context } from 'ponder:registry'
import { day, inference, node } from 'ponder:schema'
import type { Hex } from 'viem'

const secondsPerDay = 86_400n

/** What every event tells about where it stands. */
export interface Place {
  readonly block: { readonly number: bigint; readonly timestamp: bigint }
  readonly transaction: { readonly hash: Hex }
  readonly log: { readonly logIndex: number }
}

/** Where an event stands, as columns. */
export function placeOf({ block, transaction, log }: Place): {
  readonly position: bigint
  readonly blockNumber: bigint
  readonly blockTime: bigint
  readonly transactionHash: Hex
} {
  return {
    position: (block.number << 32n) + BigInt(log.logIndex),
    blockNumber: block.number,
    blockTime: block.timestamp,
    transactionHash: transaction.hash,
  }
}

type NewInference = Omit<typeof inference.$inferInsert, 'mode' | keyof ReturnType<typeof placeOf>>

/** Keeps a record; the first of each digest counts, its sums too. */
export async function recordInference(
  context: Context,
  { place, record }: { readonly place: Place; readonly record: NewInference },
): Promise<void> {
  const mode = (await context.db.find(node, { nodeId: record.nodeId }))?.mode ?? null
  const kept = await context.db
    .insert(inference)
    .values({ ...record, ...placeOf(place), mode })
    .onConflictDoNothing()
  if (kept === null) return
  const isOpen = record.finishedAt != null
  const waited = isOpen ? place.block.timestamp - (record.finishedAt ?? 0n) : 0n
  await addToDay(context, place.block.timestamp, {
    records: 1,
    withMetadata: isOpen ? 1 : 0,
    tee: mode === 1 ? 1 : 0,
    tokens: (record.promptTokens ?? 0n) + (record.completionTokens ?? 0n),
    // A node's clock may be ahead of the chain's.
    settleSeconds: waited > 0n ? waited : 0n,
  })
}

type Sums = Omit<typeof day.$inferSelect, 'day'>

/** Adds to the sums of the day of a block. */
export async function addToDay(context: Context, time: bigint, part: Partial<Sums>): Promise<void> {
  const none: Sums = { records: 0, withMetadata: 0, tee: 0, checkpoints: 0, leaves: 0n, tokens: 0n, settleSeconds: 0n }
  const added = { ...none, ...part }
  await context.db
    .insert(day)
    .values({ day: Number(time / secondsPerDay), ...added })
    .onConflictDoUpdate((before) => ({
      records: before.records + added.records,
      withMetadata: before.withMetadata + added.withMetadata,
      tee: before.tee + added.tee,
      checkpoints: before.checkpoints + added.checkpoints,
      leaves: before.leaves + added.leaves,
      tokens: before.tokens + added.tokens,
      settleSeconds: before.settleSeconds + added.settleSeconds,
    }))
}
