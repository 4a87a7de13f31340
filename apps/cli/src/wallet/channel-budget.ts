import { join } from 'node:path'
import type { Client, PaymentChannel } from '@og/client'
import type { CliEnvironment } from '../environment.js'
import { UsageError } from '../exit-code.js'
import { configFolder, hasHome } from '../folders.js'
import { fetchManifest } from '../node/node-manifest.js'
import { jsonText } from '../output.js'
import { isRecord, parseJson } from '../read-json-file.js'

/** How much may ever be put into the channel of a node. It outlives the process: deposits are signed by later calls. */
export interface ChannelBudget {
  readonly url: string
  /** Who was paid there when the channel was opened; nobody else gets a deposit. */
  readonly payees: readonly string[]
  /** All deposits together, in atomic units. */
  readonly allowed: bigint
  /** Decimals of the token that is paid with. */
  readonly decimals: number
}

/** Reads the budgets of opened channels. @throws UsageError for a file that cannot be read as such */
export async function readBudgets(environment: CliEnvironment): Promise<readonly ChannelBudget[]> {
  if (!hasHome(environment)) return []
  const file = fileOf(environment)
  const text = await environment.readFile(file).catch(() => undefined)
  if (text === undefined) return []
  const json = parseJson(text, file)
  if (!Array.isArray(json)) throw new UsageError(`${file} must hold a list`)
  return json.map((entry) => budgetOf(entry, file))
}

/** Sets the budget of a node. */
export async function keepBudget(budget: ChannelBudget, environment: CliEnvironment): Promise<void> {
  const others = (await readBudgets(environment)).filter(({ url }) => url !== budget.url)
  await writeBudgets([...others, budget], environment)
}

/** Takes the budget of a node away. */
export async function dropBudget(url: string, environment: CliEnvironment): Promise<void> {
  const others = (await readBudgets(environment)).filter((budget) => budget.url !== url)
  await writeBudgets(others, environment)
}

async function writeBudgets(budgets: readonly ChannelBudget[], environment: CliEnvironment): Promise<void> {
  await environment.writeFile(fileOf(environment), `${jsonText(budgets, 2)}\n`, { isSecret: true })
}

/** Who a node wants to be paid, by its own word. */
export async function payeesOf(url: string, environment: CliEnvironment): Promise<readonly string[]> {
  const { payments } = await fetchManifest(url, environment)
  return payments.map(({ payTo }) => payTo.toLowerCase())
}

/** What was put into the channels to these payees so far, signed deposits too. */
export function depositedOf(channels: readonly PaymentChannel[], payees: readonly string[]): bigint {
  return channels
    .filter(({ payTo }) => payees.includes(payTo.toLowerCase()))
    .reduce(
      (sum, { balance, charged, unspent }) => sum + (charged + unspent > balance ? charged + unspent : balance),
      0n,
    )
}

/** Lets a client pay from the channel of a node, where one was opened: deposits end where the budget does. */
export async function payFromChannel(
  client: Client,
  {
    budget,
    mode,
    environment,
  }: { readonly budget: ChannelBudget; readonly mode: 'VANILLA' | 'TEE'; readonly environment: CliEnvironment },
): Promise<void> {
  const { url, payees, allowed } = budget
  if (!(await payeesOf(url, environment)).some((payee) => payees.includes(payee))) {
    environment.err(`the node at ${url} is paid elsewhere now: the channel is not used\n`, 'yellow')
    return
  }
  const rest = allowed - depositedOf(await client.channel.list(), payees)
  // A channel whose budget is in it goes on until it is empty: one unit buys no further call.
  await client.channel.open({ deposit: rest > 0n ? rest : 1n, inferenceMode: mode })
}

function budgetOf(entry: unknown, file: string): ChannelBudget {
  const { url, payees, allowed, decimals } = isRecord(entry) ? entry : {}
  const isSound =
    typeof url === 'string' &&
    Array.isArray(payees) &&
    payees.every((payee) => typeof payee === 'string') &&
    typeof allowed === 'string' &&
    /^[1-9][0-9]{0,30}$/.test(allowed) &&
    typeof decimals === 'number' &&
    isDecimals(decimals)
  if (!isSound) throw new UsageError(`${file} holds something that is no channel`)
  return { url, payees, allowed: BigInt(allowed), decimals }
}

function isDecimals(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 255
}

function fileOf(environment: CliEnvironment): string {
  return join(configFolder(environment), 'channels.json')
}
