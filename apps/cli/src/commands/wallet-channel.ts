import type { PaymentChannel } from '@og/client'
import type { Command } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { UsageError } from '../exit-code.js'
import { NodeFailure, nodeUrlOf } from '../node-url.js'
import { decimalText, show } from '../output.js'
import { rpcUrlOf } from '../rpc-url.js'
import { depositedOf, dropBudget, keepBudget, payeesOf, readBudgets } from '../wallet/channel-budget.js'
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

  async function lineOf(one: PaymentChannel, flags: ChannelFlags): Promise<string> {
    const { channelId, network, asset, payTo, unspent, charged, frozen } = one
    const { decimalsOn } = await import('../wallet/token.js')
    const rpcUrl = await rpcUrlOf(flags.rpc, environment)
    const why = frozen === null ? '' : `, FROZEN: ${frozen}`
    const head = `${channelId} to ${payTo} on ${network}:`
    try {
      const decimals = await decimalsOn(network, { rpcUrl, asset })
      const [left, spent] = [decimalText(unspent, decimals), decimalText(charged, decimals)]
      return `${head} ${left} left, ${spent} spent${why}`
    } catch (error) {
      if (!(error instanceof NodeFailure)) throw error
      // What this machine knows of the channel is shown all the same, in the token's own units.
      const unread = `its token ${asset} could not be read: ${error.message}`
      return `${head} ${unspent} atomic units left, ${charged} spent${why} (${unread})`
    }
  }

  paying(
    channel
      .command('open')
      .description('pay the calls of a node from a channel from now on; its deposit is signed with the next call')
      .requiredOption('--deposit <units>', 'atomic units that go in', parseDeposit),
  ).action(async (flags: ChannelFlags) => {
    const url = await nodeUrlOf(flags.url, environment)
    const client = await payerOf({ ...flags, url }, { environment, spend: { maxDeposit: flags.deposit } })
    await client.channel.open({ deposit: flags.deposit })
    const [payees, { decimals }] = await Promise.all([payeesOf(url, environment), client.balance()])
    const allowed = depositedOf(await client.channel.list(), payees) + flags.deposit
    await keepBudget({ url, payees, allowed, decimals }, environment)
    const text = `calls of ${url} are paid from a channel now; ${decimalText(flags.deposit, decimals)} go in with the next one`
    show({ url, deposit: flags.deposit, allowed }, { environment, json: flags.json, text })
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
    const text = `up to ${decimalText(flags.deposit, budget.decimals)} more go in when the channel runs out`
    show({ url, deposit: flags.deposit, allowed }, { environment, json: flags.json, text })
  })

  paying(channel.command('close').description('ask the node for what is left; later calls are paid one by one')).action(
    async (flags: ChannelFlags) => {
      const url = await nodeUrlOf(flags.url, environment)
      const client = await payerOf({ ...flags, url }, { environment })
      environment.status('Closing: asking the node for what is left')
      const { transaction } = await client.channel.close()
      await dropBudget(url, environment)
      show({ url, transaction }, { environment, json: flags.json, text: `closed by ${transaction}` })
    },
  )

  paying(channel.command('status').description('what is in the channels, and what may still go in')).action(
    async (flags: ChannelFlags) => {
      const client = await payerOf(flags, { environment })
      const [channels, budgets] = await Promise.all([client.channel.list(), readBudgets(environment)])
      const lines = flags.json ? [] : await Promise.all(channels.map((one) => lineOf(one, flags)))
      const open = budgets.map(
        ({ url, allowed, decimals }) => `${url}: paid from a channel, ${decimalText(allowed, decimals)} in all`,
      )
      const text = [...open, ...lines].join('\n')
      show({ channels, budgets }, { environment, json: flags.json, text: text === '' ? 'no channel' : text })
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
    show({ channelId: id, step, transaction }, { environment, json: flags.json, text: `${step} by ${transaction}` })
  })
}

function parseDeposit(text: string): bigint {
  if (!/^[1-9][0-9]{0,30}$/.test(text)) throw new UsageError('--deposit must be a whole number of atomic units')
  return BigInt(text)
}
