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

/** Takes over the last runs of the benchmarks into the committed file; one on a busy machine does not replace a quieter one. */
export function takeMeasurements(repository: string): number {
  const folder = join(repository, '.og', 'bench')
  const committed = join(repository, 'docs', 'measurements.json')
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
  const kept = new Map(readRuns(committed).map((run) => [run.name, run]))
  let taken = 0
  for (const file of files) {
    const run = JSON.parse(readFileSync(join(folder, file), 'utf8')) as MeasuredRun
    if (!replaces(run, kept.get(run.name))) continue
    kept.set(run.name, run)
    taken += 1
  }
  const runs = [...kept.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  writeFileSync(committed, `${JSON.stringify(runs, null, 2)}\n`)
  return taken
}

function readRuns(file: string): readonly MeasuredRun[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly MeasuredRun[]) : []
}

/** Whether a run is worth more than the one before: newer, and quiet or at least no busier. */
export function replaces(run: MeasuredRun, before: MeasuredRun | undefined): boolean {
  if (before === undefined) return true
  const [load, cores] = [loadOf(run), Number(run.rows[0]?.config['cores'] ?? 0)]
  return run.measuredAt > before.measuredAt && (load <= cores || load <= loadOf(before))
}

function loadOf({ rows }: MeasuredRun): number {
  const config = rows[0]?.config ?? {}
  const load = config['loadAverageAtStart'] ?? config['loadAverage']
  return typeof load === 'number' ? load : Number.POSITIVE_INFINITY
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
