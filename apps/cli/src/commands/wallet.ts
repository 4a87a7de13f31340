import type { Command } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { UsageError } from '../exit-code.js'
import { decimalText, show } from '../output.js'
import { keepKey, listKeys } from '../wallet/keystore.js'
import { type PayerFlags, payerOf } from '../wallet/payer.js'
import { isPrivateKey } from '../wallet/paying-key.js'
import { addWalletChannelCommand } from './wallet-channel.js'

interface WalletFlags extends PayerFlags {
  readonly amount?: string
  readonly json?: boolean
}

/** An allowance above this is never used up. */
const UNLIMITED = 2n ** 128n

/** Adds `og wallet`. */
export function addWalletCommand(program: Command, environment: CliEnvironment): void {
  const wallet = program.command('wallet').description('keys, balance, approval and channels of the paying account')

  async function newPassword(): Promise<string> {
    const given = environment.env['OG_KEYSTORE_PASSWORD']
    if (given !== undefined) return given
    const password = await environment.askSecret('Password for the new wallet (8 characters or more): ')
    if (environment.isInteractive && password !== (await environment.askSecret('Again: '))) {
      throw new UsageError('the two passwords differ')
    }
    return password
  }

  wallet
    .command('new')
    .description('make a key and keep it, encrypted with a password')
    .argument('[name]', 'what to call it', 'default')
    .option('--json', 'print JSON')
    .action(async (name: string, { json }: WalletFlags) => {
      const { Wallet } = await import('ethers')
      const { privateKey } = Wallet.createRandom()
      const stored = await keepKey({ name, privateKey, password: await newPassword() }, environment)
      show(stored, {
        environment,
        json,
        text: `${stored.address}\nkept in ${stored.file}; without the password it is lost`,
      })
    })

  wallet
    .command('import')
    .description('keep a key that you have; it is asked for, or read from standard input')
    .argument('[name]', 'what to call it', 'default')
    .option('--json', 'print JSON')
    .action(async (name: string, { json }: WalletFlags) => {
      const privateKey = (await environment.askSecret('Private key (64 hexadecimal digits): ')).trim()
      if (!isPrivateKey(privateKey)) throw new UsageError('that is no private key: 64 hexadecimal digits are expected')
      const stored = await keepKey({ name, privateKey, password: await newPassword() }, environment)
      show(stored, { environment, json, text: `${stored.address}\nkept in ${stored.file}` })
    })

  wallet
    .command('list')
    .description('the wallets of the keystore')
    .option('--json', 'print JSON')
    .action(async ({ json }: WalletFlags) => {
      const keys = await listKeys(environment)
      const lines = keys.map(({ name, address }) => `${name.padEnd(16)} ${address}`)
      show(
        { wallets: keys },
        { environment, json, text: lines.length === 0 ? 'no wallet yet: `og wallet new` makes one' : lines.join('\n') },
      )
    })

  const reading = (command: Command): Command =>
    command
      .option('--wallet <name>', 'a wallet of the keystore')
      .option('--url <url>', 'base URL of the node whose token is meant')
      .option('--rpc <url>', 'JSON-RPC of the payment chain')
      .option('--json', 'print JSON')

  reading(wallet.command('balance').description('what the account holds, and what Permit2 may move')).action(
    async (flags: WalletFlags) => {
      const client = await payerOf(flags, { environment })
      const balance = await client.balance()
      const { amount, allowance, decimals } = balance
      const allowed = allowance > UNLIMITED ? 'unlimited' : decimalText(allowance, decimals)
      const text = [
        `account    ${client.address}`,
        `balance    ${decimalText(amount, decimals)} of ${balance.asset} on ${balance.network}`,
        `allowance  ${allowed} for Permit2 (payment by use)`,
        `gas        ${decimalText(balance.gas, 18)}`,
      ].join('\n')
      show({ address: client.address, ...balance }, { environment, json: flags.json, text })
    },
  )

  reading(wallet.command('approve').description('let Permit2 move the tokens, so that calls are charged by use'))
    .option('--amount <units>', 'atomic units; everything unless given')
    .action(async (flags: WalletFlags) => {
      if (flags.amount !== undefined && !/^(0|[1-9][0-9]{0,77})$/.test(flags.amount)) {
        throw new UsageError('--amount must be a whole number of atomic units')
      }
      const client = await payerOf(flags, { environment })
      environment.status('Approving: waiting for the transaction')
      const approval = await client.approve(flags.amount === undefined ? {} : { amount: BigInt(flags.amount) })
      show(approval, { environment, json: flags.json, text: `approved by ${approval.transaction}` })
    })

  addWalletChannelCommand(wallet, environment)
}
