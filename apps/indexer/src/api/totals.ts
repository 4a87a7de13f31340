import { db } from 'ponder:api'
import { day } from 'ponder:schema'
import { desc } from 'ponder'
import { type WireRow, wireRowOf } from './page.js'
import { limitOf } from './read-query.js'

/** Sums over everything, and the last days of it (newest first; days without anything are absent). */
export async function readTotals(query: URLSearchParams): Promise<{
  readonly all: WireRow
  readonly days: readonly WireRow[]
}> {
  const limit = limitOf(query)
  // One row a day: ten years are 3,650.
  const days = await db.select().from(day).orderBy(desc(day.day))
  const all = {
    records: days.reduce((sum, { records }) => sum + records, 0),
    withMetadata: days.reduce((sum, { withMetadata }) => sum + withMetadata, 0),
    tee: days.reduce((sum, { tee }) => sum + tee, 0),
    checkpoints: days.reduce((sum, { checkpoints }) => sum + checkpoints, 0),
    leaves: days.reduce((sum, { leaves }) => sum + leaves, 0n),
    tokens: days.reduce((sum, { tokens }) => sum + tokens, 0n),
    settleSeconds: days.reduce((sum, { settleSeconds }) => sum + settleSeconds, 0n),
  }
  return { all: wireRowOf(all), days: days.slice(0, limit).map(wireRowOf) }
}
