import type { Ledger } from '@og/ledger'
import type { PaymentPayload, PaymentRequirements, SettleResponse } from '@og/x402'
import {
  type Admission,
  type AdmitInput,
  CHANNEL_SCHEME,
  type ChannelServer,
  type ChannelStore,
  channelPaymentHash,
  createChannelServer,
  type GrantedCall,
  isVoucherSigned,
} from '@og/x402/channel'
import type { Facilitator } from '@og/x402/facilitator'
import type { Keccak, RecoverPublicKey } from '@og/x402/node'
import { type Hex, zeroAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { GatewayConfig } from '../config.js'
import { errorText } from '../error-text.js'
import type { Log } from '../log.js'
import { type ChannelCharge, readVoucher, withCharge } from './channel-charge.js'
import { createRecoveringStore } from './recovering-store.js'
import { createWaitingCalls } from './waiting-calls.js'

/** How the payment channels of a node are set up. */
export type ChannelsConfig = NonNullable<GatewayConfig['channels']>

/** A call on a channel that may run now, and how it ends there. */
export interface ChannelGrant {
  /** What the client is to be told of its deposit when the call is not charged. */
  readonly depositSettlement: SettleResponse | undefined
  /**
   * Counts a charge that the ledger has committed. What cannot be counted now is counted later, before the next call.
   * Returns what the client is told; `undefined` when it has to be told later.
   */
  readonly book: (charged: bigint) => Promise<SettleResponse | undefined>
  /** Whether the channel is still this call's. False when the process stood still for so long that another one has taken it over. */
  readonly isHeld: () => Promise<boolean>
  /** Lets the next call in, uncharged. `isKnown` is false when the ledger did not say how the attempt ended. */
  readonly giveUp: (outcome: { readonly isKnown: boolean }) => Promise<void>
}

/** The node's side of payment channels: what it offers, admits, counts and names. */
export interface ChannelTill {
  readonly server: ChannelServer
  /** The requirements of the scheme, from what all schemes of a price share. */
  readonly requirements: (common: Omit<PaymentRequirements, 'scheme'>) => PaymentRequirements
  /** @throws GatewayError `rate_limited` or `overloaded` when too many wait for their channels */
  readonly admit: (input: AdmitInput) => Promise<Admission>
  readonly grantOf: (call: GrantedCall) => ChannelGrant
  /** Counts what a receipt charges, unless it is counted already. `lost` when another call was counted in its place. */
  readonly book: (charge: ChannelCharge) => Promise<'booked' | 'running' | 'lost'>
  /** The name of a payment that is validly signed by its own terms; `undefined` for others. */
  readonly identify: (payload: PaymentPayload) => Hex | undefined
}

/** Options of {@link createChannelTill}. */
export interface ChannelTillOptions {
  readonly config: GatewayConfig
  readonly channels: ChannelsConfig
  readonly store: ChannelStore
  readonly ledger: Ledger
  readonly facilitator: Facilitator
  /** Who authorizes claims for the payee when the node holds no key for it. */
  readonly facilitatorAuthorizer: string | undefined
  readonly now: () => bigint
  readonly recover: RecoverPublicKey
  readonly keccak: Keccak
  readonly log: Log
}

/** Creates the till. @throws Error when neither the node nor its facilitator can authorize claims */
export function createChannelTill(options: ChannelTillOptions): ChannelTill {
  const { config, channels, now, recover, keccak, log } = options
  const { authorizerKey, minDeposit } = channels
  const authorizer = authorizerKey === undefined ? undefined : privateKeyToAccount(authorizerKey as Hex)
  const receiverAuthorizer = authorizer?.address ?? options.facilitatorAuthorizer
  if (receiverAuthorizer === undefined) {
    throw new Error('channels: give an authorizerKey, or a facilitator that authorizes claims itself.')
  }
  const store = createRecoveringStore({
    store: options.store,
    ledger: options.ledger,
    isExclusive: config.ledgerPath !== undefined,
    now,
  })
  const server = createChannelServer({
    store,
    facilitator: options.facilitator,
    clock: now,
    leaseSeconds: channels.leaseSeconds,
    recover,
    keccak,
    ...(authorizer === undefined ? {} : { authorizer }),
    ...(minDeposit === undefined ? {} : { minDeposit: BigInt(minDeposit) }),
  })
  const waiting = createWaitingCalls({ places: config.maxConcurrentCalls })

  return {
    server,
    admit: async (input) => {
      const end = waiting.begin(input.payload.payload)
      try {
        return await server.admit(input)
      } finally {
        end()
      }
    },
    requirements: ({ extra, ...common }) => ({
      scheme: CHANNEL_SCHEME,
      ...common,
      extra: {
        ...extra,
        receiverAuthorizer,
        withdrawDelay: channels.withdrawDelaySeconds,
        ...(minDeposit === undefined ? {} : { minDeposit }),
      },
    }),
    grantOf: (call) => ({
      depositSettlement: call.depositSettlement,
      book: async (charged) => {
        try {
          const settlement = await call.commit(charged)
          if (settlement.success) return settlement
        } catch (error) {
          store.abandon(call.payment.channelId)
          log.warn('channel count waits', { error: errorText(error) })
        }
        return undefined
      },
      isHeld: () => store.isHeld(call.payment.channelId),
      giveUp: async ({ isKnown }) => {
        if (!isKnown) store.abandon(call.payment.channelId)
        try {
          await call.release()
        } catch (error) {
          // The channel is as free as if the process had died.
          store.abandon(call.payment.channelId)
          log.warn('channel not released', { error: errorText(error) })
        }
      },
    }),
    book: async (charge) => {
      const read = readVoucher(charge.payload)
      if (read === undefined) return 'lost'
      const { channelId } = read.content.voucher
      const record = await store.read(channelId)
      if (record === undefined) return 'lost'
      if (record.charged >= read.chargedBefore + charge.charged) return 'booked'
      if (record.charged !== read.chargedBefore) return 'lost'
      if (record.running !== undefined) return 'running'
      let isBooked = false
      await store.update(channelId, (current) => {
        isBooked = false
        const next = current === undefined || current.running !== undefined ? undefined : withCharge(current, charge)
        if (next === undefined) return 'keep'
        isBooked = true
        return next
      })
      return isBooked ? 'booked' : 'running'
    },
    identify: (payload) => {
      try {
        const read = readVoucher(payload)
        if (read === undefined) return undefined
        const { config: channel, voucher } = read.content
        const chainId = BigInt(config.chainId)
        const signer = channel.payerAuthorizer === zeroAddress ? channel.payer : channel.payerAuthorizer
        const isSigned = isVoucherSigned(voucher, { signer, chainId, recover, keccak })
        return isSigned
          ? channelPaymentHash(voucher, { chainId, chargedBefore: read.chargedBefore }, { keccak })
          : undefined
      } catch {
        return undefined
      }
    },
  }
}
