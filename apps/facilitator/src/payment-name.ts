import {
  type Address,
  evmChainId,
  type Hex,
  type PaymentPayload,
  type PaymentRequirements,
  parseAddress,
} from '@og/x402'
import {
  CHANNEL_SCHEME,
  channelIdOf,
  channelTermsOf,
  hashClaimBatch,
  hashDeposit,
  hashRefund,
  hashVoucher,
  parseChannelPayload,
} from '@og/x402/channel'
import { hashPermitAuthorization, hashTransferAuthorization, parseAuthorization } from '@og/x402/evm'

/** How a payment is called, and who says to have signed it. */
export interface PaymentName {
  /**
   * The EIP-712 digest of what the payer signed: authorization, deposit or refund. For a claim, the digest of the claims.
   */
  readonly paymentHash: Hex
  /** Absent for claims, which are of many payers. */
  readonly payer: Address | undefined
}

function nameOfChannelPayment(payload: PaymentPayload, requirements: PaymentRequirements): PaymentName | undefined {
  const content = parseChannelPayload(payload.payload)
  const chainId = evmChainId(requirements.network)
  switch (content.type) {
    case 'deposit': {
      const terms = channelTermsOf(requirements)
      if (terms === undefined) return undefined
      // Permit2 looks at the chain of the domain only.
      const domain = terms.domain ?? { name: '', version: '', chainId, verifyingContract: terms.token }
      return { paymentHash: hashDeposit(content.deposit.authorization, domain), payer: content.config.payer }
    }
    case 'claim': {
      const entries = content.claims.map((claim) => ({ ...claim, channelId: channelIdOf(claim.config, chainId) }))
      return { paymentHash: hashClaimBatch(entries, chainId), payer: undefined }
    }
    case 'refund': {
      const { amount, order, voucher } = content
      if (amount === undefined || order === undefined) return undefined
      const paymentHash = hashRefund({ channelId: voucher.channelId, nonce: order.nonce, amount }, chainId)
      return { paymentHash, payer: content.config.payer }
    }
    case 'voucher':
      return { paymentHash: hashVoucher(content.voucher, chainId), payer: content.config.payer }
    case 'settle':
      return undefined
  }
}

/** Names a payment. `undefined` for sweeps, which have no name, and for what does not parse. */
export function paymentNameOf(payload: PaymentPayload, requirements: PaymentRequirements): PaymentName | undefined {
  try {
    if (requirements.scheme === CHANNEL_SCHEME) return nameOfChannelPayment(payload, requirements)
    const { authorization } = parseAuthorization(payload.payload)
    const chainId = evmChainId(requirements.network)
    const { name, version } = requirements.extra ?? {}
    if (authorization.method === 'permit2') {
      return { paymentHash: hashPermitAuthorization(authorization, chainId), payer: authorization.from }
    }
    if (typeof name !== 'string' || typeof version !== 'string') return undefined
    const domain = { name, version, chainId, verifyingContract: parseAddress(requirements.asset) }
    return { paymentHash: hashTransferAuthorization(authorization, domain), payer: authorization.from }
  } catch {
    return undefined
  }
}
