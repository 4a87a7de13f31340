import type { PaymentPayload, PaymentRequirements } from '@og/x402'
import { CHANNEL_SCHEME, parseChannelPayload } from '@og/x402/channel'

/** Those to whom a question has money sent, and whose channels it touches. @throws X402Error for a channel payload that is malformed */
function payeesOf(payload: PaymentPayload, { scheme, payTo }: PaymentRequirements): readonly string[] {
  if (scheme !== CHANNEL_SCHEME) return [payTo]
  const content = parseChannelPayload(payload.payload)
  switch (content.type) {
    case 'claim':
      return [payTo, ...content.claims.map(({ config }) => config.receiver)]
    case 'settle':
      return [payTo, content.receiver]
    case 'refund':
      return [payTo, content.config.receiver, ...(content.order?.claims ?? []).map(({ config }) => config.receiver)]
    case 'deposit':
    case 'voucher':
      return [payTo, content.config.receiver]
  }
}

/** Whether a caller who may ask for these payees only (lower case) may ask this. What cannot be read is nobody's. */
export function isForPayees(
  allowed: readonly string[],
  { payload, requirements }: { readonly payload: PaymentPayload; readonly requirements: PaymentRequirements },
): boolean {
  try {
    return payeesOf(payload, requirements).every((payee) => allowed.includes(payee.toLowerCase()))
  } catch {
    return false
  }
}
