import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A row as the benchmarks write it. */
interface Measurement {
  readonly name: string
  readonly ours: number | null
  readonly peer: number | null
  readonly peerName: string
  readonly peerVersion: string
  readonly unit: string
  readonly ratio: number | null
  readonly target: number | null
  readonly ok: boolean
  readonly config: Readonly<Record<string, unknown>>
}

/** One run of one benchmark. */
export interface MeasuredRun {
  readonly name: string
  readonly measuredAt: string
  readonly rows: readonly Measurement[]
}

/** What stands in the text where the table goes. */
export const measurementsMark = '<!-- measurements -->'

/** Takes over the last runs of the benchmarks into the committed file. */
export function takeMeasurements(repository: string): number {
  const folder = join(repository, '.og', 'bench')
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
  const runs = files.sort().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as MeasuredRun)
  if (runs.length > 0) {
    writeFileSync(join(repository, 'docs', 'measurements.json'), `${JSON.stringify(runs, null, 2)}\n`)
  }
  return runs.length
}

/** Writes the committed measurements as Markdown. */
export function measurementTable(runs: readonly MeasuredRun[]): string {
  return runs.map(tableOf).join('\n')
}

function tableOf({ name, measuredAt, rows }: MeasuredRun): string {
  const config = rows[0]?.config ?? {}
  const place = ['node', 'platform', 'cpu', 'cores'].map((key) => String(config[key] ?? '?'))
  const load = config['loadAverageAtStart'] ?? config['loadAverage']
  const lines = rows.map(
    (row) =>
      `| \`${row.name.split('/')[1] ?? row.name}\` | ${number(row.ours)} | ${number(row.peer)} | ${row.unit} | ${cell(`${row.peerName} ${row.peerVersion}`)} | ${number(row.ratio)} | ${verdictOf(row)} |`,
  )
  return [
    `### ${name}`,
    '',
    `${measuredAt}, Node ${place[0]}, ${place[1]}, ${place[2]}, ${place[3]} cores, load at start ${String(load ?? 'unknown')}.`,
    '',
    '| row | ours | peer | unit | peer is | ratio | target |',
    '|---|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n')
}

function verdictOf({ target, ok }: Measurement): string {
  if (target === null) return ''
  return `${number(target)} ${ok ? 'met' : '**missed**'}`
}

function number(value: number | null): string {
  return value === null ? 'none' : String(Number(value.toPrecision(3)))
}

function cell(text: string): string {
  return text.replace(/ -$/, '').replaceAll('|', '\\|')
}
