import type { ReadAddress } from '../../address.js'
import { isSignedByAsync, type ServerSignatureTools } from '../../evm/signature.js'
import type { Hex } from '../../hex.js'
import type { PaymentPayload } from '../../protocol/payment-payload.js'
import type { PaymentRequirements } from '../../protocol/payment-requirements.js'
import { type Refusal, refusal } from '../../protocol/reason.js'
import {
  type ChannelPayload,
  type DepositPayload,
  parseChannelPayload,
  type RefundPayload,
  type VoucherPayload,
} from '../shared/channel-payload.js'
import { type ChannelState, encodeChannelState, parseChannelState } from '../shared/channel-state.js'
import type { ChannelTerms, channelTermsOf } from '../shared/channel-terms.js'
import { voucherDigest } from '../shared/channel-typed-data.js'
import {
  checkChannelConfig,
  type IsIdOf,
  isContractSigned,
  isDigestSigned,
  voucherSignerOf,
} from '../shared/verify-voucher.js'
import type { ChannelRecord, ChargedChannelCall } from './channel-store.js'

/** What clients send. */
export type ClientPayload = DepositPayload | VoucherPayload | RefundPayload

/** A payment whose channel fits the requirements. A plain key's signature is verified; a contract wallet's is not. */
export interface InspectedChannelPayment {
  readonly ok: true
  readonly content: ClientPayload
  readonly terms: ChannelTerms
  /** EIP-712 digest of the voucher. */
  readonly digest: Uint8Array
}

/** Judges everything of a channel payment that needs neither store nor chain. */
export function inspectChannelPayment(
  payment: { readonly payload: PaymentPayload; readonly requirements: PaymentRequirements },
  options: {
    readonly minDeposit: bigint
    readonly tools: ServerSignatureTools
    readonly termsOf: typeof channelTermsOf
    readonly readAddress: ReadAddress
    readonly isIdOf: IsIdOf
  },
): Refusal | InspectedChannelPayment | Promise<Refusal | InspectedChannelPayment> {
  const { minDeposit, tools, termsOf, readAddress, isIdOf } = options
  const { recoverAsync, keccak } = tools
  const terms = termsOf(payment.requirements)
  if (terms === undefined) return refusal('invalid_payment_requirements', 'not channel requirements')
  let content: ChannelPayload
  try {
    content = parseChannelPayload(payment.payload.payload, readAddress)
  } catch {
    return refusal('invalid_payload', 'the channel payload is malformed')
  }
  if (content.type === 'claim' || content.type === 'settle') {
    return refusal('invalid_batch_settlement_evm_payload_type', 'clients send deposits, vouchers and refunds')
  }
  if (content.type === 'refund' && content.order !== undefined) {
    return refusal('invalid_batch_settlement_evm_refund_payload', 'the server adds nonce, claims and signatures')
  }
  const { config, voucher } = content
  const fault = checkChannelConfig(config, { terms, channelId: voucher.channelId, keccak, isIdOf })
  if (fault !== undefined) return fault
  const { chainId, domainSeparator } = terms
  const digest = voucherDigest(voucher, chainId, { keccak, domainSeparator })
  const judged = (isSigned: boolean): Refusal | InspectedChannelPayment => {
    if (!isSigned)
      return refusal('invalid_batch_settlement_evm_voucher_signature', 'not signed by the payer authorizer')
    if (content.type === 'deposit' && content.deposit.amount < minDeposit) {
      return refusal('invalid_batch_settlement_evm_deposit_below_min_deposit', 'the deposit is too small')
    }
    return { ok: true, content, terms, digest }
  }
  if (isContractSigned(config)) return judged(true)
  const signed = { digest, signature: voucher.signature, account: voucherSignerOf(config) }
  return recoverAsync === undefined
    ? judged(isDigestSigned(signed, tools))
    : isSignedByAsync(signed, { recoverAsync, keccak }).then(judged, () => judged(false))
}

/** What a facilitator says of a channel, only if it says so of this one. */
export function stateIn(extra: unknown, channelId: Hex): ChannelState | undefined {
  try {
    const { charged: _, channelId: named, ...state } = parseChannelState(extra)
    return named === channelId ? state : undefined
  } catch {
    return undefined
  }
}

/** The earlier charge of this very call, when its client has named it. */
export function chargeOf(
  record: ChannelRecord,
  content: DepositPayload | VoucherPayload,
  requestHash: Hex,
): ChargedChannelCall | undefined {
  return record.recent.find((call) => call.callId === content.callId && call.requestHash === requestHash)
}

/**
 * What a channel was charged, as this server sees it. Without a record the baseline is what was claimed, or what the
 * client itself signs to have been charged, from which a server that lost its records can only gain.
 */
export function baselineOf(
  content: ClientPayload,
  from: { readonly record: ChannelRecord | undefined; readonly state: ChannelState; readonly amount: bigint },
): bigint {
  const { totalClaimed } = from.state
  const signed = content.voucher.maxClaimableAmount - from.amount
  const charged = from.record === undefined ? signed : from.record.charged
  return charged > totalClaimed ? charged : totalClaimed
}

/** The official way to say what the server counts. */
export function correctiveExtra(record: ChannelRecord): PaymentRequirements['extra'] {
  return {
    channelState: encodeChannelState(record.state, { channelId: record.channelId, charged: record.charged }),
    ...(record.signature === undefined
      ? {}
      : { voucherState: { signedMaxClaimable: record.signedMax.toString(), signature: record.signature } }),
  }
}
