/** Rows as they go over the wire: numbers of the chain are decimal strings, times too; what is not public is absent. */
export type WireRow = Readonly<Record<string, string | number>>

/** A page of rows, newest first. */
export interface Page {
  readonly data: readonly WireRow[]
  /** Give it back as `before` for the next page; null at the end. */
  readonly next: string | null
}

/** A row as it goes over the wire. */
export function wireRowOf(row: object): WireRow {
  const entries = Object.entries(row).flatMap(([name, value]: [string, unknown]): [string, string | number][] => {
    if (typeof value === 'bigint') return [[name, value.toString()]]
    return typeof value === 'string' || typeof value === 'number' ? [[name, value]] : []
  })
  return Object.fromEntries(entries)
}

/** Makes a page of one row more than was asked for: the last only says that there are more. */
export function pageOf(rows: readonly { readonly position: bigint }[], limit: number): Page {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { data: shown.map(wireRowOf), next: last === undefined ? null : last.position.toString() }
}
