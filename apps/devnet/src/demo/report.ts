/** One line of the machine-readable report. */
interface ReportLine {
  readonly type: 'scenario' | 'attack' | 'summary'
  readonly name: string
  readonly ok: boolean
  readonly code?: string
  readonly paymentHash?: string
  readonly charged?: string
  readonly transaction?: string
  readonly receiptFile?: string
}

/** Where the demo tells what happens: for people, or as JSON lines for machines. */
export interface Report {
  readonly line: (line: ReportLine) => void
  /** Text for people; goes to stderr when stdout belongs to JSON. */
  readonly say: (text: string) => void
  readonly failures: () => readonly string[]
}

/** Creates the report. */
export function createReport(options: {
  readonly json: boolean
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}): Report {
  const failures: string[] = []
  const say = (text: string): void => (options.json ? options.stderr : options.stdout)(`${text}\n`)
  return {
    say,
    line: (line) => {
      if (!line.ok) failures.push(`${line.type} ${line.name}`)
      if (options.json) options.stdout(`${JSON.stringify(line)}\n`)
      if (line.type === 'attack')
        say(`  ${line.ok ? 'refused ' : 'NOT REFUSED'} ${line.name.padEnd(58)} ${line.code ?? ''}`)
      else if (line.type === 'scenario') say(`  ${line.ok ? 'ok' : `FAILED (${line.code ?? 'unknown'})`}`)
    },
    failures: () => failures,
  }
}
