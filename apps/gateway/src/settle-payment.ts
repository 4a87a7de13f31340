import type { Intent, Ledger } from '@og/ledger'
import type { Hex } from '@og/settlement'
import { type Address, isAddress, type PaymentPayload, parsePaymentPayload } from '@og/x402'
import { CHANNEL_SCHEME } from '@og/x402/channel'
import { parseAuthorization } from '@og/x402/evm'
import type { Facilitator } from '@og/x402/facilitator'
import { z } from 'zod'
import type { ChannelTill } from './channels/channel-till.js'
import type { Debtors } from './debtors.js'
import type { Log } from './log.js'
import type { PayerShares } from './payer-shares.js'
import { FinalFailure, isBusy } from './settlement-failure.js'
import { createStoppableWait } from './stoppable-wait.js'

/** What moves the money of served calls. */
export interface PaymentSettlerOptions {
  readonly ledger: Pick<Ledger, 'lookup' | 'completeIntent' | 'failIntent'>
  readonly facilitator: Pick<Facilitator, 'settle'>
  /** Payment channels; absent where the node offers none. */
  readonly channels: Pick<ChannelTill, 'book'> | undefined
  readonly shares: PayerShares
  readonly log: Log
  /** Told of payers whose answer was served and cannot be paid, or not now. */
  readonly debtors: Pick<Debtors, 'add'>
  readonly now: () => bigint
  /** Ends waiting. */
  readonly signal: AbortSignal
}

/** The facilitator does not know yet, or knows no reason: it is asked again. */
const openReasons: readonly string[] = ['settlement_pending', 'unexpected_settle_error']
/** It reverts now, and nothing says why: a token may be paused. It may be good again before it has run out. */
const unexplainedReasons: readonly string[] = [
  'invalid_exact_evm_transaction_simulation_failed',
  'permit2_simulation_failed',
]
const paymentBody = z.strictObject({ payload: z.unknown(), charged: z.string().regex(/^[0-9]{1,78}$/) })

/** Addresses as the ledger writes them; a checksum would cost two hashes for each payment. */
function readAddress(value: unknown): Address {
  if (!isAddress(value)) throw new Error('the payment names no address')
  return value.toLowerCase() as Address
}

/** Creates the handler of `payment` intents. It counts the payer's share before it first waits, and may be asked again at any time. */
export function createPaymentSettler(options: PaymentSettlerOptions): (intent: Intent) => Promise<void> {
  const { ledger, shares } = options
  const untilStopped = createStoppableWait(options.signal)

  async function settle(
    intent: Intent,
    {
      payload,
      payer,
      charged,
    }: { readonly payload: PaymentPayload; readonly payer: Address; readonly charged: string },
  ): Promise<void> {
    // The call's name is between its payer and this node.
    const { extensions: _, ...unnamed } = payload
    const asked = options.facilitator.settle(unnamed, { ...payload.accepted, amount: charged })
    const answer = await untilStopped(asked)
    if (answer.success) {
      // In one commit the ledger stops counting it as owed and counts it as paid: no reading of the payer's funds covers it twice.
      const result = JSON.stringify({ amount: charged })
      await ledger.completeIntent(intent.id, { transaction: answer.transaction as Hex, result })
      return
    }
    const reason = answer.errorReason ?? 'unexpected_settle_error'
    if (openReasons.includes(reason)) throw new Error(reason)
    options.debtors.add(payer)
    if (unexplainedReasons.includes(reason) && options.now() < intent.deadline) throw new Error(reason)
    // The facilitator's word is final: the answer was served and the money is not there. It stays visible as a debt.
    options.log.warn('payment refused at settlement', { paymentHash: intent.paymentHash, reason })
    await ledger.failIntent(intent.id, { error: reason, final: true })
  }

  /** Sees that a channel counts what a receipt charges. The money lies in the channel already; claims take it from there. */
  async function bookOnChannel(
    intent: Intent,
    { payload, charged }: { readonly payload: PaymentPayload; readonly charged: bigint },
  ): Promise<void> {
    const payment = intent.paymentHash === null ? null : await ledger.lookup(intent.paymentHash)
    if (payment === null || options.channels === undefined) throw new Error('no channels are configured')
    const { paymentHash, requestHash } = payment
    const result = await options.channels.book({ paymentHash, requestHash, charged, payload })
    if (result === 'running') throw new Error('the call still ends')
    if (result === 'lost') throw new FinalFailure('another call was counted in its place')
    await ledger.completeIntent(intent.id, { result: JSON.stringify({ amount: charged.toString(), channel: true }) })
  }

  return async (intent) => {
    const { payload: json, charged } = paymentBody.parse(JSON.parse(intent.body))
    const payload = parsePaymentPayload(json)
    if (payload.accepted.scheme === CHANNEL_SCHEME) {
      await bookOnChannel(intent, { payload, charged: BigInt(charged) })
      return
    }
    const payer = parseAuthorization(payload.payload, readAddress).authorization.from
    const end = shares.begin(payer)
    try {
      await settle(intent, { payload, payer, charged })
    } catch (error) {
      if (isBusy(error)) shares.pause(payer)
      throw error
    } finally {
      end()
    }
  }
}
