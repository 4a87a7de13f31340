import { parseConfig } from './config.js'
import { createJsonLog } from './log.js'
import { readConfigFile } from './read-config-file.js'
import { startErrorText } from './start-error-text.js'
import { startFacilitator } from './start-facilitator.js'

/** The program: `node main.js CONFIG.json [--reopen-lane]`. The first line on stdout says where it listens; logs go to stderr. */
const [file, flag, ...more] = process.argv.slice(2)
const reopenLane = flag === '--reopen-lane'
if (file === undefined || (flag !== undefined && !reopenLane) || more.length > 0) {
  process.stderr.write('usage: facilitator CONFIG.json [--reopen-lane]\n')
  process.exit(2)
}
const log = createJsonLog({ write: (line) => process.stderr.write(line), now: () => new Date() })
try {
  const facilitator = await startFacilitator(parseConfig(readConfigFile(file)), { log, reopenLane })
  const { url, address, facilitatorAddress } = facilitator
  process.stdout.write(`${JSON.stringify({ ready: true, url, address, facilitatorAddress })}\n`)
  const end = (): void => {
    facilitator.close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  // For a parent that runs this program as part of a network: without the parent there is no reason to go on.
  if (process.env['OG_EXIT_WITH_STDIN'] === '1') process.stdin.on('end', end).resume()
} catch (error) {
  process.stderr.write(`facilitator: ${startErrorText(error)}\n`)
  process.exit(1)
}
