import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createReport } from './demo/report.js'
import { runDemo } from './demo/run-demo.js'
import { startDevnet } from './start-devnet.js'
import { upstreamsFromEnvironment } from './upstreams-from-environment.js'

/** The program behind `npm run demo`: a network, the scenarios, the attacks; exits 0 only if all of it held. */
function readArguments() {
  try {
    return parseArgs({
      options: { json: { type: 'boolean', default: false }, verbose: { type: 'boolean', default: false } },
    })
  } catch {
    process.stderr.write('usage: npm run demo -- [--json] [--verbose]\n')
    process.exit(2)
  }
}

const { values } = readArguments()
const report = createReport({
  json: values.json,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
})
const stop = new AbortController()
const interrupted = new Promise<never>((_, reject) => {
  const end = (): void => {
    stop.abort()
    reject(new Error('interrupted'))
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
})
interrupted.catch(() => undefined)

async function play(): Promise<boolean> {
  report.say('Starting chain, contracts, facilitator and gateways …')
  const devnet = await startDevnet({
    upstreams: upstreamsFromEnvironment(process.env),
    onLog: (line) => {
      if (values.verbose) process.stderr.write(`${line}\n`)
    },
  })
  try {
    const debugGateway = devnet.startGateway('debug-gateway', {
      mode: 'TEE',
      relayerAccount: 9,
      config: { simulatedEnclave: { debug: true } },
    })
    await Promise.race([
      interrupted,
      debugGateway.then((started) =>
        runDemo({ devnet, debugGateway: started, report, folder: join(process.cwd(), '.og', 'receipts') }),
      ),
    ])
    return report.failures().length === 0
  } finally {
    await devnet.stop()
  }
}

try {
  process.exitCode = (await play()) ? 0 : 1
} catch (error) {
  report.say(`demo: ${error instanceof Error ? error.message : 'failed'}`)
  report.line({ type: 'summary', name: 'demo', ok: false, code: error instanceof Error ? error.message : 'failed' })
  process.exitCode = 1
}
