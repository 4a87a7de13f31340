import type { VerifyReceiptOptions } from '@og/client'
import { type Command, Option } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { type ExitCode, exitCodes, UsageError } from '../exit-code.js'
import { jsonText, sayVerdict, shownVerdict, verificationText } from '../output.js'
import { receiptTrustOf } from '../trust-flag.js'

interface VerifyFlags {
  readonly trust?: 'intel' | 'simulator'
  readonly measurements?: string
  readonly request?: string
  readonly response?: string
  readonly rpc?: string
  readonly contract?: string
  readonly json?: boolean
}

/** Adds `og verify`. */
export function addVerifyCommand(program: Command, environment: CliEnvironment, end: (code: ExitCode) => void): void {
  program
    .command('verify')
    .description('verify a receipt.json offline, and its anchor with --rpc')
    .argument('<receipt.json>', 'the portable proof')
    .addOption(
      new Option('--trust <root>', 'whose word about the hardware is believed; intel unless set').choices([
        'intel',
        'simulator',
      ]),
    )
    .option('--measurements <file>', 'JSON list of the measured code that may run; any without it')
    .option('--request <file>', 'the request body, to check its commitment')
    .option('--response <file>', 'the answer body, to check its commitment')
    .option('--rpc <url>', 'JSON-RPC of the record chain, to check the anchor; without it nobody is asked')
    .option(
      '--contract <id>',
      'the record contract that counts, as eip155:<chain>:<address>; else the receipt names it',
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ og verify receipt.json --measurements measurements.json
  $ og verify proof/receipt.json --request proof/request.json --response proof/response.json --rpc https://rpc.example`,
    )
    .action(async (file: string, flags: VerifyFlags) => {
      const read = async (path: string): Promise<string> => {
        try {
          return await environment.readFile(path)
        } catch {
          throw new UsageError(`cannot read ${path}`)
        }
      }
      const trust = await receiptTrustOf(flags, environment)
      environment.status('Verifying')
      const { verifyReceipt } = await import('@og/client')
      const verdict = await verifyReceipt(await read(file), {
        trust,
        ...(flags.rpc === undefined ? {} : { rpcUrl: flags.rpc }),
        ...(flags.contract === undefined ? {} : { record: contractOf(flags.contract) }),
        ...(flags.request === undefined ? {} : { request: await read(flags.request) }),
        ...(flags.response === undefined ? {} : { response: await read(flags.response) }),
        world: { now: environment.now },
        // Each check stands there as soon as it is made: the chain may take its time.
        onStep: (step) => {
          if (!flags.json) environment.out(`${verificationText({ steps: [step], notChecked: [] })}\n`)
        },
      })
      environment.status(undefined)
      if (flags.json) {
        environment.out(`${jsonText(shownVerdict(verdict))}\n`)
      } else {
        environment.out(`${verificationText({ steps: [], notChecked: verdict.notChecked })}\n`)
        sayVerdict(verdict, environment)
      }
      if (!verdict.ok) end(exitCodes.verification)
    })
}

/** Reads a CAIP-10 name of a contract. @throws UsageError */
function contractOf(name: string): NonNullable<VerifyReceiptOptions['record']> {
  const [, chainId = '', address = ''] = /^eip155:([1-9][0-9]{0,19}):0x([0-9a-fA-F]{40})$/.exec(name) ?? []
  if (chainId === '') throw new UsageError('--contract must be eip155:<chain id>:<address>')
  return { chainId: BigInt(chainId), inferenceLog: `0x${address}` }
}
