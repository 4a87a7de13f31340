import type { Row, RowConfig } from './row.js'

/** What a benchmark is given. */
export interface BenchmarkContext {
  /** Facts of the machine, for the configuration of every row. */
  readonly machine: RowConfig
  /** Tells people how far it is; it goes to stderr. */
  readonly say: (text: string) => void
  /** Aborts when the run takes too long or is interrupted. */
  readonly signal: AbortSignal
}

/** A measurement of ours and a peer in one run. */
export interface Benchmark {
  readonly name: string
  readonly summary: string
  readonly run: (context: BenchmarkContext) => Promise<readonly Row[]>
}
