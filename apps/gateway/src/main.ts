import { readFileSync } from 'node:fs'
import { parseConfig } from './config.js'
import { createJsonLog } from './log.js'
import { startGateway } from './start-gateway.js'

/** The program: `node main.js CONFIG.json`. The first line on stdout says where it listens; logs go to stderr. */
const file = process.argv[2]
if (file === undefined) {
  process.stderr.write('usage: gateway CONFIG.json\n')
  process.exit(2)
}
const log = createJsonLog({ write: (line) => process.stderr.write(line), now: () => new Date() })
try {
  const gateway = await startGateway(parseConfig(JSON.parse(readFileSync(file, 'utf8'))), { log })
  process.stdout.write(`${JSON.stringify({ ready: true, url: gateway.url, nodeId: gateway.nodeId })}\n`)
  const end = (): void => {
    gateway.close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  // For a parent that runs this program as part of a network: without the parent there is no reason to go on.
  if (process.env['OG_EXIT_WITH_STDIN'] === '1') process.stdin.on('end', end).resume()
} catch (error) {
  process.stderr.write(`gateway: ${error instanceof Error ? error.message : 'cannot start'}\n`)
  process.exit(1)
}
