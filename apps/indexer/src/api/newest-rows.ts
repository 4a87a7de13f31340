import { db } from 'ponder:api'
import type { checkpoint, equivocation, inference, node } from 'ponder:schema'
import { type and, desc } from 'ponder'

/** The tables whose rows stand at a place on chain. */
export type Listed = typeof inference | typeof checkpoint | typeof node | typeof equivocation

/** What a row must be; undefined lets every row pass. */
export type Condition = ReturnType<typeof and>

/** The newest rows of a table. */
export async function newestRows(
  table: Listed,
  { where, limit }: { readonly where: Condition; readonly limit: number },
): Promise<readonly { readonly position: bigint }[]> {
  return db.select().from(table).where(where).orderBy(desc(table.position)).limit(limit)
}
