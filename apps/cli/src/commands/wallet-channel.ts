import type { Command } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { UsageError } from '../exit-code.js'
import { nodeUrlOf } from '../node-url.js'
import { decimalText, jsonText } from '../output.js'
import { depositedOf, keepBudget, payeesOf, readBudgets } from '../wallet/channel-budget.js'
import { type PayerFlags, payerOf } from '../wallet/payer.js'

interface ChannelFlags extends PayerFlags {
  readonly deposit: bigint
  readonly finish?: boolean
  readonly json?: boolean
}

/** Adds `og wallet channel`. */
export function addWalletChannelCommand(wallet: Command, environment: CliEnvironment): void {
  const channel = wallet
    .command('channel')
    .description('payment channels: one deposit, then a signature for each call, no transaction and no gas')
    .addHelpText(
      'after',
      `
Examples:
  $ og wallet channel open --deposit 1000000 --rpc https://rpc.example    1 USDC to the node of \`og config\`
  $ og wallet channel status --rpc https://rpc.example
  $ og wallet channel close --rpc https://rpc.example`,
    )
  const paying = (command: Command): Command =>
    command
      .option('--wallet <name>', 'a wallet of the keystore')
      .option('--url <url>', 'base URL of the node that is paid')
      .option('--rpc <url>', 'JSON-RPC of the payment chain')
      .option('--json', 'print JSON')
  const show = (value: unknown, { json, text }: { readonly json: boolean | undefined; readonly text: string }): void =>
    environment.out(json === true ? `${jsonText(value)}\n` : `${text}\n`)

  paying(
    channel
      .command('open')
      .description('pay the calls of a node from a channel from now on; its deposit is signed with the next call')
      .requiredOption('--deposit <units>', 'atomic units that go in', parseDeposit),
  ).action(async (flags: ChannelFlags) => {
    const url = await nodeUrlOf(flags.url, environment)
    const client = await payerOf({ ...flags, url }, { environment, spend: { maxDeposit: flags.deposit } })
    await client.channel.open({ deposit: flags.deposit })
    const payees = await payeesOf(url, environment)
    const allowed = depositedOf(await client.channel.list(), payees) + flags.deposit
    await keepBudget({ url, payees, allowed }, environment)
    const text = `calls of ${url} are paid from a channel now; ${decimalText(flags.deposit, 6)} go in with the next one`
    show({ url, deposit: flags.deposit, allowed }, { json: flags.json, text })
  })

  paying(
    channel
      .command('top-up')
      .description('let a further deposit follow when the channel runs out')
      .requiredOption('--deposit <units>', 'atomic units that go in besides', parseDeposit),
  ).action(async (flags: ChannelFlags) => {
    const url = await nodeUrlOf(flags.url, environment)
    const budget = (await readBudgets(environment)).find((known) => known.url === url)
    if (budget === undefined) throw new UsageError(`no channel was opened to ${url}: see \`og wallet channel open\``)
    const allowed = budget.allowed + flags.deposit
    await keepBudget({ ...budget, allowed }, environment)
    const text = `up to ${decimalText(flags.deposit, 6)} more go in when the channel runs out`
    show({ url, deposit: flags.deposit, allowed }, { json: flags.json, text })
  })

  paying(channel.command('close').description('ask the node for what is left; later calls are paid one by one')).action(
    async (flags: ChannelFlags) => {
      const url = await nodeUrlOf(flags.url, environment)
      const client = await payerOf({ ...flags, url }, { environment })
      environment.status('Closing: asking the node for what is left')
      const { transaction } = await client.channel.close()
      await keepBudget({ url, payees: [], allowed: 0n }, environment)
      show({ url, transaction }, { json: flags.json, text: `closed by ${transaction}` })
    },
  )

  paying(channel.command('status').description('what is in the channels, and what may still go in')).action(
    async (flags: ChannelFlags) => {
      const client = await payerOf(flags, { environment })
      const [channels, budgets] = await Promise.all([client.channel.list(), readBudgets(environment)])
      const lines = channels.map(
        ({ channelId, network, payTo, unspent, charged, frozen }) =>
          `${channelId} to ${payTo} on ${network}: ${decimalText(unspent, 6)} left, ${decimalText(charged, 6)} spent${frozen === null ? '' : `, FROZEN: ${frozen}`}`,
      )
      const open = budgets.map(({ url, allowed }) => `${url}: paid from a channel, ${decimalText(allowed, 6)} in all`)
      const text = [...open, ...lines].join('\n')
      show({ channels, budgets }, { json: flags.json, text: text === '' ? 'no channel' : text })
    },
  )

  paying(
    channel
      .command('withdraw')
      .description('the way out without the node: starts it, or, once its delay is over, takes the money with --finish')
      .argument('<channelId>')
      .option('--finish', 'take the money'),
  ).action(async (channelId: string, flags: ChannelFlags) => {
    if (!/^0x[0-9a-fA-F]{64}$/.test(channelId)) throw new UsageError('a channel id is 0x and 64 hexadecimal digits')
    const id = `0x${channelId.slice(2).toLowerCase()}` as const
    const client = await payerOf(flags, { environment })
    environment.status('Withdrawing: waiting for the transaction')
    const { transaction } = flags.finish
      ? await client.channel.finishWithdraw(id)
      : await client.channel.startWithdraw(id)
    const step = flags.finish ? 'finished' : 'started'
    show({ channelId: id, step, transaction }, { json: flags.json, text: `${step} by ${transaction}` })
  })
}

function parseDeposit(text: string): bigint {
  if (!/^[1-9][0-9]{0,30}$/.test(text)) throw new UsageError('--deposit must be a whole number of atomic units')
  return BigInt(text)
}
