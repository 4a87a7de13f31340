import { parseConfig, withEnvironment } from './config.js'
import { createJsonLog } from './log.js'
import { readConfigFile } from './read-config-file.js'
import { createSecrets, secretsOfUrl } from './secrets.js'
import { startGateway } from './start-gateway.js'

/** The program: `node main.js CONFIG.json [--reopen-lane]`. The first line on stdout says where it listens; logs go to stderr. */
const [file, flag, ...more] = process.argv.slice(2)
const reopenLane = flag === '--reopen-lane'
if (file === undefined || (flag !== undefined && !reopenLane) || more.length > 0) {
  process.stderr.write('usage: gateway CONFIG.json [--reopen-lane]\n')
  process.exit(2)
}
const secrets = createSecrets()
const log = createJsonLog({ write: (line) => process.stderr.write(line), now: () => new Date(), scrub: secrets.scrub })
try {
  const config = parseConfig(withEnvironment(readConfigFile(file), process.env))
  const urls = [config.rpcUrl, config.facilitatorUrl, config.ledgerUrl].filter((url) => url !== undefined)
  const { relayerKey, metricsToken, facilitatorToken, channels } = config
  const held = [relayerKey, metricsToken, facilitatorToken, channels?.authorizerKey]
  const keys = [...held, ...config.upstreams.map(({ apiKey }) => apiKey)]
  for (const secret of [...keys, ...urls.flatMap(secretsOfUrl)]) secrets.add(secret)
  const gateway = await startGateway(config, { log, secrets, reopenLane })
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
  process.stderr.write(secrets.scrub(`gateway: ${error instanceof Error ? error.message : 'cannot start'}\n`))
  process.exit(1)
}
