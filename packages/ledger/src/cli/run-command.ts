import { parseArgs } from 'node:util'
import { LedgerError } from '../ledger-error.js'
import { migrateLedger } from '../postgres/migrate-ledger.js'

/** Where the command writes. */
export interface CommandOutput {
  print(text: string): void
  complain(text: string): void
}

const USAGE = `usage: og-ledger migrate --from <sqlite file> --to <postgres://...> [--schema og_ledger]

Copies a SQLite ledger into an empty PostgreSQL ledger in one transaction and verifies counts, log roots and sums.
Stop every process that uses the file first, and never open it again once the copy serves.
The password may come from PGPASSWORD instead of --to.`

interface Arguments {
  readonly from: string
  readonly to: string
  readonly schema: string | undefined
}

function parse(argv: readonly string[]): Arguments | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { from: { type: 'string' }, to: { type: 'string' }, schema: { type: 'string' } },
    })
    const { from, to, schema } = values
    if (positionals.join(' ') !== 'migrate' || from === undefined || to === undefined) return null
    return { from, to, schema }
  } catch {
    return null
  }
}

/** Runs `og-ledger` and returns its exit code: 0 copied and verified, 1 nothing was kept, 2 wrong usage. */
export async function runCommand(argv: readonly string[], output: CommandOutput): Promise<number> {
  if (argv.includes('--help')) {
    output.print(USAGE)
    return 0
  }
  const parsed = parse(argv)
  if (parsed === null) {
    output.complain(USAGE)
    return 2
  }
  try {
    const report = await migrateLedger(
      { path: parsed.from },
      { connectionString: parsed.to, ...(parsed.schema === undefined ? {} : { schema: parsed.schema }) },
    )
    for (const [table, many] of Object.entries(report.rows)) output.print(`${table}: ${many}`)
    for (const { logId, size, root } of report.logs) output.print(`log ${logId}: ${size} leaves, root ${root}`)
    output.print('copied and verified')
    return 0
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    output.complain(`${error.code}: ${error.message}`)
    return 1
  }
}
