import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startIndexer } from './start-indexer.js'

/** The program: indexes a network until SIGINT or SIGTERM. */
const usage = `usage: npm run indexer -- network.json [--port N] [--folder DIR] [--schema NAME] [--polling-ms N]
The file describes the network as the explorer's network.json does. Without DATABASE_URL (PostgreSQL) the embedded database
is kept in --folder, .og/indexer unless given. --schema names the tables' schema: take a new one for a new version.
`

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        port: { type: 'string', default: '42069' },
        folder: { type: 'string', default: '.og/indexer' },
        schema: { type: 'string', default: 'og_indexer' },
        'polling-ms': { type: 'string', default: '1000' },
      },
    })
  } catch {
    return undefined
  }
}

const parsed = readArguments()
const [file, ...rest] = parsed?.positionals ?? []
if (parsed === undefined || file === undefined || rest.length > 0) {
  process.stderr.write(usage)
  process.exit(2)
}
const { values } = parsed
const databaseUrl = process.env['DATABASE_URL']
try {
  const indexer = await startIndexer({
    network: JSON.parse(readFileSync(file, 'utf8')),
    port: Number(values.port),
    databaseSchema: values.schema,
    pollingMs: Number(values['polling-ms']),
    ...(databaseUrl === undefined ? { folder: values.folder } : { databaseUrl }),
    onLog: (line) => void process.stderr.write(`${line}\n`),
  })
  process.stdout.write(`${JSON.stringify({ indexer: indexer.url })}\n`)
  let isAsked = false
  const end = (): void => {
    isAsked = true
    void indexer.stop().then(() => process.exit(0))
  }
  // It ends by itself only when it cannot go on, e.g. after a reorganisation deeper than it can take back.
  void indexer.ended.then((lastLines) => {
    if (isAsked) return
    process.stderr.write(`indexer: ended by itself: ${lastLines}\n`)
    void indexer.stop().then(() => process.exit(1))
  })
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
} catch (error) {
  process.stderr.write(`indexer: ${error instanceof Error ? error.message : 'cannot start'}\n`)
  process.exit(1)
}
