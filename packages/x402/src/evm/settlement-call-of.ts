import type { Address } from '../address.js'
import type { Hex } from '../hex.js'
import { EXACT_PERMIT2_PROXY_ADDRESS, UPTO_PERMIT2_PROXY_ADDRESS } from './contracts.js'
import type { SponsoredApproval } from './gas-sponsoring.js'
import type { InspectedAuthorization } from './inspect-authorization.js'
import { exactPermitCalldata, transferCalldata, uptoPermitCalldata } from './settlement-call.js'

/** The contract call that moves the money of an authorization. */
export function settlementCallOf(
  inspected: InspectedAuthorization,
  charge: { readonly signature: Hex; readonly amount: bigint; readonly approval?: SponsoredApproval },
): { readonly to: Address; readonly data: Hex } {
  const { authorization: a, asset } = inspected
  if (a.method === 'eip3009') return { to: asset, data: transferCalldata(a, charge.signature) }
  const { facilitator } = a
  if (facilitator === undefined) {
    return { to: EXACT_PERMIT2_PROXY_ADDRESS, data: exactPermitCalldata(a, charge.signature, charge.approval) }
  }
  return { to: UPTO_PERMIT2_PROXY_ADDRESS, data: uptoPermitCalldata({ ...a, facilitator }, charge) }
}
