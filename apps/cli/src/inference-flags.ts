import type { Client, CreateClientOptions, TrustPolicy } from '@og/client'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'
import { hasHome } from './folders.js'
import { nodeUrlOf } from './node-url.js'
import { watchedWorld } from './progress.js'
import { receiptStorage } from './receipts/receipt-storage.js'
import { readSettings } from './settings.js'
import { type SettlementMode, settlementModeOf, settlementSpellings } from './settlement-mode.js'
import { readTrust, trustOf } from './trust-flag.js'
import { payFromChannel, readBudgets } from './wallet/channel-budget.js'
import { payingKey } from './wallet/paying-key.js'

/** Flags that `og completion` and `og chat` share. */
export interface InferenceFlags {
  readonly model?: string
  readonly mode?: 'VANILLA' | 'TEE'
  readonly settlement?: SettlementMode
  readonly settlementMode?: SettlementMode
  readonly x402SettlementMode?: SettlementMode
  readonly maxTokens: number
  readonly temperature: number
  readonly stop?: readonly string[]
  readonly stopSequence?: readonly string[]
  readonly wallet?: string
  readonly keep: boolean
  readonly verbose?: boolean
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
  readonly raw?: boolean
  readonly quiet?: boolean
  readonly json?: boolean
}

/** Adds the shared flags to a command. */
export function addInferenceFlags(command: Command): Command {
  return command
    .option('-m, --model <id>', 'model, e.g. openai/gpt-4o')
    .addOption(
      new Option('--mode <mode>', 'how the inference is executed: VANILLA unless given').choices(['VANILLA', 'TEE']),
    )
    .option(
      '--settlement-mode <mode>',
      'how it is recorded on chain: SETTLE, SETTLE_METADATA or SETTLE_BATCH',
      parseSettlement,
    )
    .addOption(new Option('--settlement <mode>', 'short for --settlement-mode').argParser(parseSettlement))
    .addOption(
      new Option('--x402-settlement-mode <mode>', 'the same, with the values of earlier versions').argParser(
        parseSettlement,
      ),
    )
    .option('--max-tokens <count>', 'most tokens to generate', parseCount, 100)
    .option('--temperature <number>', '0 to 2', parseTemperature, 0)
    .option('--stop-sequence <text...>', 'texts that end the generation')
    .addOption(new Option('--stop <text...>', 'short for --stop-sequence'))
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
    .option('--wallet <name>', 'a wallet of the keystore, where OG_PRIVATE_KEY is not set')
    .option('--no-keep', 'do not keep the receipt on this machine')
    .option('-q, --quiet', 'print the answer and nothing about it')
    .option('--verbose', 'print every check')
    .option('--save <folder>', 'write receipt.json (the portable proof), request.json and response.json')
    .option('--raw', 'print the answer as it is; markdown is rendered at a terminal')
    .option('--json', 'print JSON')
}

/** What the flags and the settings amount to. */
interface InferenceChoice {
  readonly model: string
  readonly mode: 'VANILLA' | 'TEE'
  readonly settlement: SettlementMode
}

/** Reads the choices that flags or settings make. @throws UsageError without a model */
async function choiceOf(flags: InferenceFlags, environment: CliEnvironment): Promise<InferenceChoice> {
  const settings = await readSettings(environment)
  const model = flags.model ?? settings.model
  if (model === undefined) throw new UsageError('--model <id> is needed, e.g. openai/gpt-4o; `og models` lists them')
  const kept = settings['settlement-mode']
  return {
    model,
    mode: flags.mode ?? (settings.mode === 'TEE' ? 'TEE' : 'VANILLA'),
    settlement:
      flags.settlementMode ??
      flags.settlement ??
      flags.x402SettlementMode ??
      (kept === undefined ? 'SETTLE' : parseSettlement(kept)),
  }
}

/** Creates the client that the flags ask for. The key comes from the environment or the keystore and from nowhere else. */
export async function clientOf(flags: InferenceFlags, environment: CliEnvironment): Promise<Client> {
  const { mode, settlement } = await choiceOf(flags, environment)
  const settings = await readSettings(environment)
  const trust = trustOf(flags.trust, settings)
  const rpcUrl = flags.rpc ?? settings.rpc
  const baseUrl = flags.url ?? settings.url
  const maxCost = flags.maxCost ?? (settings['max-cost'] === undefined ? undefined : parseUnits(settings['max-cost']))
  const policy: TrustPolicy | undefined =
    trust === undefined
      ? undefined
      : await readTrust({ trust, measurements: flags.measurements ?? settings.measurements }, environment)
  const [{ createClient }, world] = await Promise.all([import('@og/client'), watchedWorld(environment)])
  const budgets = await readBudgets(environment)
  const url = budgets.length === 0 ? undefined : await nodeUrlOf(flags.url, environment)
  const budget = budgets.find((known) => known.url === url)
  const options: CreateClientOptions = {
    privateKey: await payingKey(environment, flags.wallet),
    inferenceMode: mode,
    settlementMode: settlement,
    ...world,
    ...(hasHome(environment) ? { storage: receiptStorage(environment) } : {}),
    ...(flags.beforeYield ? { verify: 'before-yield' } : {}),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(rpcUrl === undefined ? {} : { rpcUrl }),
    ...(maxCost === undefined && budget === undefined
      ? {}
      : {
          spend: {
            ...(maxCost === undefined ? {} : { maxPerCall: maxCost }),
            ...(budget === undefined ? {} : { maxDeposit: budget.allowed }),
          },
        }),
    ...(policy === undefined ? {} : { policy }),
  }
  const client = createClient(options)
  if (flags.approve) {
    environment.status('Approving: letting Permit2 move the tokens')
    await client.approve()
  }
  if (budget !== undefined) await payFromChannel(client, { budget, mode, environment })
  return client
}

/** The part of a call that the shared flags decide. */
export async function samplingOf(
  flags: InferenceFlags,
  environment: CliEnvironment,
): Promise<{
  readonly model: string
  readonly maxTokens: number
  readonly temperature: number
  readonly stopSequence?: readonly string[]
}> {
  const { maxTokens, temperature } = flags
  const { model } = await choiceOf(flags, environment)
  const stopSequence = [...(flags.stopSequence ?? []), ...(flags.stop ?? [])]
  return { model, maxTokens, temperature, ...(stopSequence.length === 0 ? {} : { stopSequence }) }
}

function parseSettlement(text: string): SettlementMode {
  const mode = settlementModeOf(text)
  if (mode !== undefined) return mode
  if (text.toLowerCase() === 'private') {
    throw new InvalidArgumentError(
      'private recorded nothing; SETTLE records hashes only, SETTLE_BATCH one root for many',
    )
  }
  throw new InvalidArgumentError(`expected one of ${settlementSpellings.join(', ')}`)
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
