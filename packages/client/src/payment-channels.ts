import type { Hex, InferenceMode } from '@og/settlement'
import { X402Error } from '@og/x402'
import { CHANNEL_SCHEME, type ChannelClient, type ClientChannel, channelClient, unspentOf } from '@og/x402/channel'
import type { ClientScheme } from '@og/x402/client'
import type { TextStorage } from '@og/x402/storage'
import type { JsonRpc } from './chain/json-rpc.js'
import { type SendTransactionOptions, sendTransaction } from './chain/send-transaction.js'
import { ClientError } from './client-error.js'
import type { Account } from './crypto/account.js'
import type { World } from './defaults.js'
import { failureOf } from './translate-error.js'
import type { AnswerEvidence } from './verify-answer.js'
import type { VerifiedNode } from './verify-node.js'

/** A payment channel to one payee. Amounts are atomic units of the asset. */
export interface PaymentChannel {
  readonly channelId: Hex
  readonly network: string
  readonly asset: Hex
  readonly payTo: Hex
  /** What is in it by this client's own count, what the node has charged of it, and what is left. */
  readonly balance: bigint
  readonly charged: bigint
  readonly unspent: bigint
  /** Seconds that the way out takes when the node does not cooperate. */
  readonly withdrawDelay: number
  /** Why nothing more is signed for it; null while the node's count is sound. */
  readonly frozen: string | null
}

/** Payment channels (`batch-settlement`): one deposit, then a signature per call, no chain and no gas. */
export interface Channels {
  /**
   * Pays the node's calls from a channel from now on, where the node offers it. The deposit is signed with the next call, and the node brings
   * it on chain: it costs no gas. Once it is used up, calls are refused until `topUp`.
   * @throws ClientError `PAYMENT_REFUSED` above `spend.maxDeposit`
   */
  open(options: ChannelDeposit): Promise<void>
  /** Lets a further deposit follow when the channel runs out. @throws ClientError `INVALID_REQUEST` when none was opened */
  topUp(options: ChannelDeposit): Promise<void>
  /** Asks the node for what is left; later calls are paid one by one. @throws ClientError `PAYMENT_REJECTED` when it refuses */
  close(options?: ChannelChoice): Promise<{ readonly transaction: Hex }>
  /** Starts the way out that needs no node; `rpcUrl` and gas. The money can be taken after the channel's delay. */
  startWithdraw(channelId: Hex): Promise<{ readonly transaction: Hex }>
  /** Takes the money of a withdrawal whose delay is over. */
  finishWithdraw(channelId: Hex): Promise<{ readonly transaction: Hex }>
  /** All channels that the storage knows. */
  list(): Promise<readonly PaymentChannel[]>
}

/** Which node's channel is meant. */
export interface ChannelChoice {
  /** The client's default mode unless told otherwise. */
  readonly inferenceMode?: InferenceMode
}

/** How much goes into a channel, in atomic units. */
export interface ChannelDeposit extends ChannelChoice {
  readonly deposit: bigint
}

/** The channels of a client, and what its payer needs of them. */
export interface ChannelDesk extends Channels {
  /** Pays from channels that were opened. */
  readonly scheme: ClientScheme
  /** Counts what receipts say was taken from channels. */
  charged(evidence: AnswerEvidence): void
}

/** Options of {@link createChannelDesk}. */
export interface ChannelDeskOptions {
  readonly account: Account
  readonly world: World
  readonly storage: TextStorage
  readonly rpc: JsonRpc | undefined
  readonly maxDeposit: bigint
  /** The node of a mode, with the payee that is allowed. */
  readonly nodeOf: (choice: ChannelChoice) => Promise<{ readonly node: VerifiedNode; readonly payTo: string }>
}

/** A channel that was opened: its side of the protocol, and how much it may hold. */
interface OpenedChannel {
  readonly client: ChannelClient
  /** What was in it when it was opened, and the deposits that were allowed since. */
  allowed: bigint
  /** What receipts say was taken since. */
  charged: bigint
}

/** Deposits are bounded by what was allowed, never by the price of a call. */
const AS_MUCH_AS_ALLOWED = 1_000_000_000

/** Creates the channels of a client; none is open. */
export function createChannelDesk(options: ChannelDeskOptions): ChannelDesk {
  const { account, world, storage, rpc } = options
  const opened = new Map<string, OpenedChannel>()
  const chain = rpc === undefined ? undefined : chainReaderOf(rpc)
  /** For what needs no deposit: the list, and the ways out. */
  const plain = channelClient({ signer: account, storage, ...(chain === undefined ? {} : { chain }) })

  function create(): OpenedChannel {
    const channel: { allowed: bigint; charged: bigint; client?: ChannelClient } = { allowed: 0n, charged: 0n }
    const client = channelClient({
      signer: account,
      storage,
      ...(chain === undefined ? {} : { chain }),
      depositPolicy: {
        multiplier: AS_MUCH_AS_ALLOWED,
        get maxPerChannel() {
          return channel.allowed - channel.charged
        },
      },
    })
    return Object.assign(channel, { client })
  }

  function writerOf(): Parameters<ChannelClient['startWithdraw']>[1]['writer'] {
    if (rpc === undefined) throw new ClientError('INVALID_OPTIONS', 'withdrawals need the option rpcUrl')
    const sending: SendTransactionOptions = { account, rpc, sleep: world.sleep }
    return {
      address: account.address,
      execute: async ({ to, data }) => {
        const { transaction } = await sendTransaction({ to, data }, sending)
        return { transaction, status: 'success', logs: [] }
      },
    }
  }

  function refuseAbove(deposit: bigint): void {
    if (typeof deposit !== 'bigint' || deposit <= 0n) {
      throw new ClientError('INVALID_REQUEST', 'deposit must be a bigint of atomic units')
    }
    if (deposit > options.maxDeposit) {
      throw new ClientError('PAYMENT_REFUSED', `nothing was paid: a channel may hold ${options.maxDeposit} unspent`, {
        reason: 'DEPOSIT_ABOVE_CAP',
      })
    }
  }

  const scheme: ClientScheme = {
    scheme: CHANNEL_SCHEME,
    isSupported: (requirements) =>
      requirements.scheme === CHANNEL_SCHEME &&
      opened.get(requirements.payTo.toLowerCase())?.client.isSupported(requirements) === true,
    createPayload(requirements, payment) {
      const channel = opened.get(requirements.payTo.toLowerCase())
      if (channel === undefined) throw new X402Error('CHANNEL_MISSING', 'no channel was opened to this payee')
      return channel.client.createPayload(requirements, payment)
    },
  }

  return {
    scheme,
    charged({ answer: { terms } }) {
      const channel = opened.get(terms.payTo.toLowerCase())
      if (channel !== undefined && terms.scheme === CHANNEL_SCHEME) channel.charged += terms.charged
    },
    async open({ deposit, ...choice }) {
      refuseAbove(deposit)
      const { payTo } = await options.nodeOf(choice)
      const before = (await plain.channels()).filter((channel) => isOf(channel, payTo))
      const channel = create()
      channel.allowed = before.reduce((sum, known) => sum + unspentOf(known), deposit)
      opened.set(payTo.toLowerCase(), channel)
    },
    async topUp({ deposit, ...choice }) {
      refuseAbove(deposit)
      const { payTo } = await options.nodeOf(choice)
      const channel = opened.get(payTo.toLowerCase())
      if (channel === undefined) throw new ClientError('INVALID_REQUEST', 'no channel was opened to this node')
      channel.allowed += deposit
    },
    async close(choice = {}) {
      const { node, payTo } = await options.nodeOf(choice)
      const url = `${node.baseUrl}/v1/chat/completions`
      const fetch = (input: string | URL | Request, init?: RequestInit): Promise<Response> =>
        world.fetch(String(input), init ?? {})
      const { transaction } = await orRejected(() => plain.refund(url, { fetch }))
      opened.delete(payTo.toLowerCase())
      return { transaction: `0x${transaction.slice(2)}` }
    },
    async startWithdraw(channelId) {
      const writer = writerOf()
      return { transaction: await orRejected(() => plain.startWithdraw(channelId, { writer })) }
    },
    async finishWithdraw(channelId) {
      const writer = writerOf()
      return { transaction: await orRejected(() => plain.finishWithdraw(channelId, { writer })) }
    },
    list: async () => (await plain.channels()).map(shownOf),
  }
}

/** Says who refused: the node, the chain or the channel's own state. */
async function orRejected<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof X402Error)) throw failureOf(error, { signal: undefined })
    throw new ClientError('PAYMENT_REJECTED', `the channel stays as it is: ${error.message}`, {
      reason: error.code,
      cause: error,
    })
  }
}

function isOf({ config }: ClientChannel, payTo: string): boolean {
  return config.receiver.toLowerCase() === payTo.toLowerCase()
}

function shownOf(channel: ClientChannel): PaymentChannel {
  const { channelId, network, config, balance, charged, frozen } = channel
  return {
    channelId,
    network,
    asset: config.token,
    payTo: config.receiver,
    balance,
    charged,
    unspent: unspentOf(channel),
    withdrawDelay: config.withdrawDelay,
    frozen: frozen ?? null,
  }
}

type ChainReader = NonNullable<Parameters<typeof channelClient>[0]['chain']>

function chainReaderOf(rpc: JsonRpc): ChainReader {
  return {
    async call({ to, data }) {
      const answer = await rpc.request('eth_call', [{ to, data }, 'latest'])
      return { status: 'success', data: `0x${String(answer).slice(2)}` }
    },
  }
}
