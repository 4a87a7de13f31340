import type { Address, Hex } from '@og/settlement'
import { amountOf, evmChainId, type PaymentPayload, X402Error } from '@og/x402'
import { CHANNEL_SCHEME, channelIdOf, channelPaymentHash, isVoucherSigned, parseChannelPayload } from '@og/x402/channel'
import { verifyAuthorization } from '@og/x402/evm'
import { objectAt, stringAt } from './read-json.js'
import { isSameAddress } from './same-address.js'

/** What a signed payment says, recomputed from its signature. */
export type PaymentVerdict =
  | {
      readonly ok: true
      readonly payer: Address
      readonly paymentHash: Hex
      readonly authorized: bigint
      readonly scheme: string
      /** The offer that the payer accepted with it. */
      readonly offerHash: Hex | undefined
    }
  | { readonly ok: false; readonly code: string; readonly detail: string }

/** Recomputes payer, payment hash and authorised amount from a payment's signature, as of a time. */
export function verifyPayment(payment: PaymentPayload, options: { readonly at: bigint }): PaymentVerdict {
  const verdict =
    payment.accepted.scheme === CHANNEL_SCHEME
      ? verifyVoucher(payment)
      : verifyAuthorization(payment, payment.accepted, { now: options.at, minValiditySeconds: 0n })
  if (!verdict.ok) return { ok: false, code: verdict.code, detail: verdict.detail }
  const offerHash = stringAt(objectAt(payment.accepted.extra ?? undefined, 'og'), 'offerHash')
  return {
    ok: true,
    payer: verdict.payer,
    paymentHash: verdict.paymentHash,
    authorized: verdict.authorized,
    scheme: verdict.scheme,
    offerHash: offerHash === undefined ? undefined : `0x${offerHash.slice(2).toLowerCase()}`,
  }
}

type SignedPayment =
  | (Omit<Extract<PaymentVerdict, { readonly ok: true }>, 'offerHash'> & { readonly ok: true })
  | Extract<PaymentVerdict, { readonly ok: false }>

/** A voucher says up to which count its channel may be charged; what came before this call is the rest of it. */
function verifyVoucher(payment: PaymentPayload): SignedPayment {
  try {
    return judgeVoucher(payment)
  } catch (error) {
    if (!(error instanceof X402Error)) throw error
    return { ok: false, code: error.code, detail: error.message }
  }
}

function judgeVoucher({ accepted, payload }: PaymentPayload): SignedPayment {
  const content = parseChannelPayload(payload)
  const chainId = evmChainId(accepted.network)
  if (content.type !== 'voucher' && content.type !== 'deposit') {
    return { ok: false, code: 'invalid_payload', detail: 'the payment is no voucher' }
  }
  const { config, voucher } = content
  if (channelIdOf(config, chainId) !== voucher.channelId) {
    return { ok: false, code: 'channel_id_mismatch', detail: 'the voucher is for another channel' }
  }
  // Neither stands in the voucher: the channel is what says to whom and in which token it pays.
  if (!isSameAddress(config.token, accepted.asset) || !isSameAddress(config.receiver, accepted.payTo)) {
    return { ok: false, code: 'channel_mismatch', detail: 'the channel pays in another token, or to somebody else' }
  }
  const isOwn = /^0x0{40}$/.test(config.payerAuthorizer)
  const signer = isOwn ? config.payer : config.payerAuthorizer
  if (!isVoucherSigned(voucher, { signer, chainId })) {
    return { ok: false, code: 'voucher_signature', detail: 'the voucher is not signed for its channel' }
  }
  const authorized = amountOf(accepted)
  const chargedBefore = voucher.maxClaimableAmount - authorized
  if (chargedBefore < 0n) return { ok: false, code: 'AUTHORIZED', detail: 'the voucher is below the price of its call' }
  const paymentHash = channelPaymentHash(voucher, { chainId, chargedBefore })
  return { ok: true, payer: config.payer, paymentHash, authorized, scheme: CHANNEL_SCHEME }
}
