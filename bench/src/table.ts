import type { ConfigValue, Row } from './row.js'

const columns: readonly { readonly title: string; readonly right: boolean; readonly of: (row: Row) => string }[] = [
  { title: 'name', right: false, of: (row) => row.name },
  { title: 'ours', right: true, of: (row) => numberText(row.ours) },
  { title: 'peer', right: true, of: (row) => numberText(row.peer) },
  { title: 'unit', right: false, of: (row) => row.unit },
  { title: 'ratio', right: true, of: (row) => (row.ratio === null ? '-' : `${numberText(row.ratio)}x`) },
  { title: 'target', right: true, of: (row) => (row.target === null ? '-' : `${numberText(row.target)}x`) },
  { title: 'ok', right: false, of: (row) => (row.ok ? 'yes' : 'NO') },
  { title: 'peer is', right: false, of: (row) => `${row.peerName} ${row.peerVersion}` },
]

/** Writes rows as a table for people, and below it the conditions under which they were measured. Ends with a line break. */
export function formatTable(rows: readonly Row[]): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ of }) => of(row)))]
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  const lines = cells.map((line) =>
    line
      .map((text, column) => {
        const width = widths[column] ?? 0
        return columns[column]?.right === true ? text.padStart(width) : text.padEnd(width)
      })
      .join('  ')
      .trimEnd(),
  )
  const [head = '', ...body] = lines
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  return `${[head, rule, ...body, ...conditionsOf(rows)].join('\n')}\n`
}

/** What all rows share is said once, the rest with its row. */
function conditionsOf(rows: readonly Row[]): readonly string[] {
  const [first, ...others] = rows
  if (first === undefined) return []
  const isShared = (key: string): boolean =>
    others.every((row) => JSON.stringify(row.config[key]) === JSON.stringify(first.config[key]))
  const shared = Object.keys(first.config).filter(isShared)
  const lines = shared.map((key) => `  ${key}: ${valueText(first.config[key])}`)
  for (const row of rows) {
    const own = Object.entries(row.config).filter(([key]) => !shared.includes(key))
    if (own.length === 0) continue
    lines.push(`  ${row.name}`, ...own.map(([key, value]) => `    ${key}: ${valueText(value)}`))
  }
  return ['', 'conditions', ...lines]
}

function valueText(value: ConfigValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function numberText(value: number | null): string {
  if (value === null) return '-'
  if (Number.isInteger(value)) return value.toString()
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2)
}
