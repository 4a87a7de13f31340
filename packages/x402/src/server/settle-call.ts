import type { VerifiedAuthorization } from '../evm/verify-authorization.js'
import { OFFER_RECEIPT_EXTENSION, receiptExtension, signReceipt } from '../extensions/offer-receipt.js'
import type { Facilitator } from '../facilitator/facilitator.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import type { MatchedCall } from './judge-payment.js'
import type { CommonPaywallOptions, SettlementEvent } from './paywall-options.js'
import type { PaywallRequest } from './paywall-request.js'
import { resourceOf, type SignInOptions } from './sign-in.js'

/** What a settlement is about. */
export interface SettledCall extends MatchedCall {
  readonly request: PaywallRequest
  readonly payment: VerifiedAuthorization
  readonly resourceUrl: string
}

/** Settles an amount; `undefined` when nobody knows what became of it. */
export type SettleCall = (call: SettledCall, amount: bigint) => Promise<SettleResponse | undefined>

/** Money may have moved although nobody could say so. */
export function isUnknown(settlement: SettleResponse): boolean {
  return settlement.errorReason === 'settlement_pending' || settlement.errorReason === 'unexpected_settle_error'
}

/** Builds what settles the calls of a paywall, and keeps its promises about that. */
export function createSettleCall(options: {
  readonly facilitator: Facilitator
  readonly clock: () => bigint
  readonly offerReceipt: CommonPaywallOptions['offerReceipt']
  readonly signIn: SignInOptions | undefined
  readonly onSettlement: ((event: SettlementEvent) => void) | undefined
}): SettleCall {
  const { facilitator, clock, offerReceipt, signIn, onSettlement } = options

  async function ask(call: SettledCall, amount: bigint): Promise<SettleResponse | undefined> {
    const { payload } = call
    const charged = amount.toString()
    const requirements =
      charged === call.requirements.amount ? call.requirements : { ...call.requirements, amount: charged }
    try {
      const first = await facilitator.settle(payload, requirements)
      const pending = !first.success && first.errorReason === 'settlement_pending'
      return pending ? await facilitator.settle(payload, requirements) : first
    } catch {
      return undefined
    }
  }

  /** Adds what this server promises about a settlement. Trouble with that must not undo what was paid. */
  async function withReceipt(call: SettledCall, settlement: SettleResponse): Promise<SettleResponse> {
    if (offerReceipt === undefined || !settlement.success) return settlement
    const terms = {
      resourceUrl: call.resourceUrl,
      network: settlement.network,
      payer: settlement.payer ?? call.payment.payer,
      issuedAt: clock(),
      transaction: offerReceipt.includeTransaction === true ? settlement.transaction : '',
    }
    try {
      const receipt = receiptExtension(await signReceipt(terms, offerReceipt.signer))
      return { ...settlement, extensions: { ...settlement.extensions, [OFFER_RECEIPT_EXTENSION]: receipt } }
    } catch {
      return settlement
    }
  }

  return async (call, amount) => {
    const settled = await ask(call, amount)
    const settlement = settled === undefined ? undefined : await withReceipt(call, settled)
    if (settlement?.success === true && signIn !== undefined) {
      const { payer } = call.payment
      const resource = resourceOf(call.request.toRequest(), signIn)
      await signIn.store.recordPayment({ resource, payer }).catch(() => undefined)
    }
    onSettlement?.({ paymentHash: call.payment.paymentHash, settlement })
    return settlement
  }
}
