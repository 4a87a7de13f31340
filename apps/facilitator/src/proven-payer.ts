import { evmChainId, type PaymentPayload, type PaymentRequirements } from '@og/x402'
import { CHANNEL_SCHEME, isVoucherSigned, parseChannelPayload } from '@og/x402/channel'
import { type RecoverPublicKey, verifyAuthorization } from '@og/x402/evm'
import { isAddressEqual, zeroAddress } from 'viem'

/**
 * The payer of a payment, if its own signature proves it here and now. A name that anybody can write into a payload must
 * not use up a payer's share, so contract wallets, which only a chain can judge, count as their caller's.
 */
export function provenPayerOf(
  payload: PaymentPayload,
  requirements: PaymentRequirements,
  options: { readonly now: bigint; readonly recover: RecoverPublicKey },
): string | undefined {
  if (requirements.scheme !== CHANNEL_SCHEME) {
    // The signed ceiling of `upto`; the requirements carry the charge.
    const ceiling = requirements.scheme === 'upto' ? { ...requirements, amount: payload.accepted.amount } : requirements
    const verified = verifyAuthorization(payload, ceiling, options)
    return verified.ok ? verified.payer.toLowerCase() : undefined
  }
  try {
    const content = parseChannelPayload(payload.payload)
    if (content.type === 'claim' || content.type === 'settle') return undefined
    const { payer, payerAuthorizer } = content.config
    const signer = isAddressEqual(payerAuthorizer, zeroAddress) ? payer : payerAuthorizer
    const chainId = evmChainId(requirements.network)
    // Its channel, not its payer: a voucher's signer is whoever the channel names.
    const { recover } = options
    return isVoucherSigned(content.voucher, { signer, chainId, recover }) ? signer.toLowerCase() : undefined
  } catch {
    return undefined
  }
}
