import type { Hex } from '../../hex.js'
import { parseAtomicAmount } from '../../protocol/amount.js'
import { isJsonObject, type JsonObject, parseJsonText } from '../../protocol/json.js'
import { readObject, readText } from '../../protocol/json-reader.js'
import { type Network, parseNetwork } from '../../protocol/network.js'
import type { TextStorage } from '../../storage/text-storage.js'
import { X402Error } from '../../x402-error.js'
import { type ChannelConfig, encodeChannelConfig, parseChannelConfig } from '../shared/channel-config.js'
import { encodePayerPayload, parseDepositPayload, type SignedDeposit } from '../shared/channel-payload.js'

/** What a client knows of one of its channels. Amounts are atomic units of the token. */
export interface ClientChannel {
  readonly channelId: Hex
  readonly network: Network
  readonly config: ChannelConfig
  /** What is in the channel, by the client's own count. */
  readonly balance: bigint
  /** What the server has charged in all, as far as the client has agreed. */
  readonly charged: bigint
  /** The highest ceiling that was ever signed: the most that the server can take. */
  readonly signedMax: bigint
  /** Whether a voucher went out whose charge is not known. */
  readonly isInDoubt: boolean
  /** A deposit that was signed and not confirmed; it is sent again rather than signed anew. */
  readonly pendingDeposit: SignedDeposit | undefined
  /** Why nothing more is signed for this channel. */
  readonly frozen: string | undefined
}

/** Tells how much of a channel the client could still get back. */
export function unspentOf(channel: ClientChannel): bigint {
  const pending = channel.pendingDeposit?.amount ?? 0n
  const total = channel.balance + pending
  return total > channel.charged ? total - channel.charged : 0n
}

function encode(channel: ClientChannel): JsonObject {
  const { config, pendingDeposit, frozen } = channel
  const voucher = { channelId: channel.channelId, maxClaimableAmount: 0n, signature: '0x' } as const
  return {
    version: 1,
    network: channel.network,
    channelId: channel.channelId,
    config: encodeChannelConfig(config),
    balance: channel.balance.toString(),
    charged: channel.charged.toString(),
    signedMax: channel.signedMax.toString(),
    isInDoubt: channel.isInDoubt,
    ...(pendingDeposit === undefined
      ? {}
      : { pendingDeposit: encodePayerPayload({ type: 'deposit', config, voucher, deposit: pendingDeposit }) }),
    ...(frozen === undefined ? {} : { frozen }),
  }
}

function decode(text: string): ClientChannel {
  const object = parseJsonText(text)
  if (object['version'] !== 1) throw new X402Error('MALFORMED_MESSAGE', 'version: expected 1')
  const config = parseChannelConfig(readObject(object, 'config'))
  const pending = object['pendingDeposit']
  const payload = isJsonObject(pending) ? parseDepositPayload(pending) : undefined
  const frozen = object['frozen']
  return {
    // Written by this file; the store is the caller's.
    channelId: readText(object, 'channelId', 66) as Hex,
    network: parseNetwork(object['network']),
    config,
    balance: parseAtomicAmount(object['balance']),
    charged: parseAtomicAmount(object['charged']),
    signedMax: parseAtomicAmount(object['signedMax']),
    isInDoubt: object['isInDoubt'] !== false,
    pendingDeposit: payload?.deposit,
    frozen: typeof frozen === 'string' ? frozen : undefined,
  }
}

const MAX_WRITTEN = 64

/** Reads and writes channels through a storage. */
export interface ChannelBook {
  find(channelId: Hex): Promise<ClientChannel | undefined>
  keep(channel: ClientChannel): Promise<ClientChannel>
  all(): Promise<readonly ClientChannel[]>
}

/** Builds the reading and writing of channels over a storage. */
export function createChannelBook(storage: TextStorage): ChannelBook {
  /** What was written last, and as what: whoever reads that text again need not take it apart. */
  const written = new Map<Hex, { readonly text: string; readonly channel: ClientChannel }>()

  async function find(channelId: Hex): Promise<ClientChannel | undefined> {
    const text = await storage.read(channelId)
    const last = written.get(channelId)
    if (last !== undefined && last.text === text) return last.channel
    return text === undefined ? undefined : decode(text)
  }
  return {
    find,
    async keep(channel) {
      const { channelId } = channel
      const text = JSON.stringify(encode(channel))
      await storage.write(channelId, text)
      if (written.size >= MAX_WRITTEN) written.clear()
      written.set(channelId, { text, channel })
      return channel
    },
    async all() {
      // Keys are channel ids that `keep` wrote.
      const found = await Promise.all((await storage.keys()).map((key) => find(key as Hex)))
      return found.flatMap((channel) => (channel === undefined ? [] : [channel]))
    },
  }
}
