import type { ReserveInput } from '../ledger.js'
import { amountOf, countOf, hexOf, integerOf, type Row, textOf } from './row.js'

/** Whether the stored payment has exactly the terms of the asked one. */
export function isSamePayment(row: Row, input: ReserveInput): boolean {
  return (
    hexOf(row, 'payment_hash') === input.paymentHash &&
    integerOf(row, 'chain_id') === input.chainId &&
    hexOf(row, 'nonce_contract') === input.nonceContract &&
    hexOf(row, 'payer') === input.payer &&
    hexOf(row, 'nonce') === input.nonce &&
    textOf(row, 'scheme') === input.scheme &&
    textOf(row, 'network') === input.network &&
    hexOf(row, 'asset') === input.asset &&
    hexOf(row, 'pay_to') === input.payTo &&
    amountOf(row, 'authorized') === input.authorized &&
    amountOf(row, 'valid_before') === input.validBefore
  )
}

/** Whether the stored payment is for the same request, mode and settlement. */
export function isSameRequest(row: Row, input: ReserveInput): boolean {
  return (
    hexOf(row, 'request_hash') === input.requestHash &&
    textOf(row, 'mode') === input.mode &&
    textOf(row, 'settlement') === input.settlement
  )
}

/** A finished payment may run again only if its newest attempt failed and was charged nothing. */
export function mayRunAgain(receipt: Row | undefined): boolean {
  return receipt !== undefined && countOf(receipt, 'outcome') === 3 && amountOf(receipt, 'charged') === 0n
}
