import { type Client, type CreateClientOptions, createClient, type TrustPolicy } from '@og/client'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'
import { readTrust } from './trust-flag.js'

/** Flags that `og completion` and `og chat` share. */
export interface InferenceFlags {
  readonly model: string
  readonly mode: 'VANILLA' | 'TEE'
  readonly settlement: 'SETTLE' | 'SETTLE_METADATA' | 'SETTLE_BATCH'
  readonly maxTokens: number
  readonly temperature: number
  readonly stop?: readonly string[]
  readonly url?: string
  readonly trust?: 'intel' | 'simulator'
  readonly measurements?: string
  readonly rpc?: string
  readonly maxCost?: bigint
  readonly stream?: boolean
  readonly beforeYield?: boolean
  readonly wait?: boolean
  readonly save?: string
  readonly approve?: boolean
  readonly json?: boolean
}

/** Adds the shared flags to a command. */
export function addInferenceFlags(command: Command): Command {
  return command
    .requiredOption('--model <id>', 'model, e.g. openai/gpt-4o')
    .addOption(
      new Option('--mode <mode>', 'how the inference is executed').choices(['VANILLA', 'TEE']).default('VANILLA'),
    )
    .addOption(
      new Option('--settlement <mode>', 'how it is recorded on chain')
        .choices(['SETTLE', 'SETTLE_METADATA', 'SETTLE_BATCH'])
        .default('SETTLE'),
    )
    .option('--max-tokens <count>', 'most tokens to generate', parseCount, 100)
    .option('--temperature <number>', '0 to 2', parseTemperature, 0)
    .option('--stop <text...>', 'texts that end the generation')
    .option('--url <url>', 'base URL of the node')
    .addOption(
      new Option('--trust <root>', 'whose word about the hardware is believed (TEE)').choices(['intel', 'simulator']),
    )
    .option('--measurements <file>', 'JSON list of the measured code that may run (TEE)')
    .option('--rpc <url>', 'JSON-RPC of the chain, to check the settlement and to pay by use')
    .option('--max-cost <units>', 'most atomic units that one call may cost', parseUnits)
    .option('--approve', 'first let Permit2 move the tokens, so that calls are charged by use (needs --rpc)')
    .option('--stream', 'print the text as it comes')
    .option('--before-yield', 'with --stream: print only once the receipt has been checked')
    .option('--wait', 'wait until payment and record are on the chain')
    .option('--save <folder>', 'write receipt.json (the portable proof), request.json and response.json')
    .option('--json', 'print JSON')
}

/** Creates the client that the flags ask for. The key comes from the environment and from nowhere else. */
export async function clientOf(flags: InferenceFlags, environment: CliEnvironment): Promise<Client> {
  const key = environment.env['OG_PRIVATE_KEY']
  if (key === undefined || !/^(0x)?[0-9a-fA-F]{64}$/.test(key)) {
    throw new UsageError('OG_PRIVATE_KEY must hold the private key of the paying account (64 hexadecimal digits)')
  }
  const trust: TrustPolicy | undefined =
    flags.trust === undefined
      ? undefined
      : await readTrust({ trust: flags.trust, measurements: flags.measurements }, environment)
  const options: CreateClientOptions = {
    privateKey: key,
    inferenceMode: flags.mode,
    settlementMode: flags.settlement,
    ...(flags.beforeYield ? { verify: 'before-yield' } : {}),
    ...(flags.url === undefined ? {} : { baseUrl: flags.url }),
    ...(flags.rpc === undefined ? {} : { rpcUrl: flags.rpc }),
    ...(flags.maxCost === undefined ? {} : { spend: { maxPerCall: flags.maxCost } }),
    ...(trust === undefined ? {} : { trust }),
  }
  const client = createClient(options)
  if (flags.approve) await client.approve()
  return client
}

/** The part of a call that the shared flags decide. */
export function samplingOf(flags: InferenceFlags): {
  readonly model: string
  readonly maxTokens: number
  readonly temperature: number
  readonly stopSequence?: readonly string[]
} {
  const { model, maxTokens, temperature, stop } = flags
  return { model, maxTokens, temperature, ...(stop === undefined ? {} : { stopSequence: stop }) }
}

function parseCount(text: string): number {
  if (!/^[1-9][0-9]{0,6}$/.test(text)) throw new InvalidArgumentError('expected a positive whole number')
  return Number(text)
}

function parseTemperature(text: string): number {
  if (!/^[0-2](\.[0-9]{1,6})?$/.test(text) || Number(text) > 2)
    throw new InvalidArgumentError('expected a number from 0 to 2')
  return Number(text)
}

function parseUnits(text: string): bigint {
  if (!/^(0|[1-9][0-9]{0,30})$/.test(text)) throw new InvalidArgumentError('expected a whole number of atomic units')
  return BigInt(text)
}
