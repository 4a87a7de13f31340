import type { ClientScheme } from '../../client/client-scheme.js'
import type { Fetch } from '../../defaults.js'
import type { ChainReader, ChainWriter } from '../../evm/chain.js'
import type { PaymentSigner } from '../../evm/signer.js'
import type { Hex } from '../../hex.js'
import type { Network } from '../../protocol/network.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import type { TextStorage } from '../../storage/text-storage.js'
import type { ClientChannel } from './client-channel.js'

/** How much a client puts into its channels. Amounts are atomic units. */
export interface DepositPolicy {
  /** Deposit as a multiple of the price of one call; 10 when absent. A server's `minDeposit` goes before it. */
  readonly multiplier?: number
  /** Most that one channel may hold unspent; with `wrapFetch`, its policy bounds it too. */
  readonly maxPerChannel?: bigint
  /** Most that all channels of one token may hold unspent together. */
  readonly maxLocked?: bigint
  /** Longest time that money may stay locked when the server does not cooperate, in seconds; one day when absent. */
  readonly maxWithdrawDelaySeconds?: number
}

/** Options of {@link channelClient}. */
export interface ChannelClientOptions {
  /** The payer: signs deposits. */
  readonly signer: PaymentSigner
  /** Signs vouchers: a session key, so that the payer's own key can stay away. The payer when absent. */
  readonly authorizer?: PaymentSigner
  /** Where channels are remembered; memory when absent. */
  readonly storage?: TextStorage
  /** Reads the chain after a loss of state, and to check corrections. Without it the server's signed proof must do. */
  readonly chain?: Pick<ChainReader, 'call'>
  readonly depositPolicy?: DepositPolicy
  /** Tells channels of the same parties apart, 32 bytes: one per device or tab. Zero when absent, as official clients have it. */
  readonly salt?: Hex
  /** Networks to pay on; every `eip155` network when absent. */
  readonly networks?: readonly Network[]
  /** Told when a server's count cannot be true. Nothing more is signed; withdraw what is left. */
  readonly onFrozen?: (channel: ClientChannel) => void
}

/** A payer's side of `batch-settlement`. */
export interface ChannelClient extends ClientScheme {
  /** All channels that are remembered. */
  channels(): Promise<readonly ClientChannel[]>
  /**
   * Asks the server behind `url` for what is left in its channel, or for `amount` of it.
   * @throws X402Error `CHANNEL_REFUSED` with the server's reason, `CHANNEL_MISSING`, `NO_ACCEPTABLE_REQUIREMENTS`
   */
  refund(url: string, options: { readonly fetch: Fetch; readonly amount?: bigint }): Promise<SettleResponse>
  /**
   * Starts the way out that needs no server. The writer must be the payer or its authorizer.
   * @throws X402Error `CHANNEL_MISSING`
   */
  startWithdraw(channelId: Hex, options: { readonly writer: ChainWriter; readonly amount?: bigint }): Promise<Hex>
  /** Ends the way out after the withdraw delay; see {@link ChannelClient.startWithdraw}. */
  finishWithdraw(channelId: Hex, options: { readonly writer: ChainWriter }): Promise<Hex>
}
