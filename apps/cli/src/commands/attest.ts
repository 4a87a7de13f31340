import { randomBytes } from 'node:crypto'
import { type Command, Option } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { nodeUrlOf } from '../node-url.js'
import { jsonText, verificationText } from '../output.js'
import { watchedWorld } from '../progress.js'
import { readSettings } from '../settings.js'
import { namedTrust, readTrust } from '../trust-flag.js'

interface AttestFlags {
  readonly url?: string
  readonly trust?: 'intel' | 'simulator'
  readonly measurements?: string
  readonly json?: boolean
}

/** Adds `og attest`. */
export function addAttestCommand(program: Command, environment: CliEnvironment): void {
  program
    .command('attest')
    .description('verify the enclave of a node, check by check, with a fresh nonce')
    .argument('[url]', 'base URL of the node')
    .addOption(
      new Option('--trust <root>', 'whose word about the hardware is believed').choices(['intel', 'simulator']),
    )
    .option('--measurements <file>', 'JSON list of the measured code that may run')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ og attest --trust simulator                              the node of \`og dev\`
  $ og attest https://node.example --trust intel --measurements measurements.json`,
    )
    .action(async (url: string | undefined, flags: AttestFlags) => {
      const settings = await readSettings(environment)
      const trust = namedTrust(flags.trust, settings)
      const policy = await readTrust({ trust, measurements: flags.measurements ?? settings.measurements }, environment)
      const baseUrl = await nodeUrlOf(url, environment)
      const { createClient } = await import('@og/client')
      // Nothing is signed here: the key only names a payer.
      const privateKey = randomBytes(32).toString('hex')
      const attestation = await createClient({
        privateKey,
        baseUrl,
        policy,
        ...(await watchedWorld(environment)),
      }).attest()
      if (flags.json) return environment.out(`${jsonText(attestation)}\n`)
      const { nodeId, platform, validUntil, verification } = attestation
      environment.out(`${verificationText(verification)}\n`)
      const until = new Date(Number(validUntil) * 1000).toISOString()
      environment.out(`Node ${nodeId}: attested (${platform}), believed until ${until}\n`, 'green')
    })
}
