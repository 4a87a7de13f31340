import { checkRequestBinding, offerHashOf } from '../evm/request-binding.js'
import type { Hex } from '../hex.js'
import type { Refusal } from '../protocol/reason.js'
import type { MatchedCall } from './judge-payment.js'

/**
 * Refuses a payment that is bound to another body than this one; `undefined` when it is bound to this one or to none. Without an
 * offer hash in the requirements no client binds.
 */
export function checkBinding(
  { payload, requirements }: MatchedCall,
  body: Uint8Array,
  hashRequest: ((body: Uint8Array) => Hex) | undefined,
): Refusal | undefined {
  const offerHash = hashRequest === undefined ? undefined : offerHashOf(requirements)
  if (hashRequest === undefined || offerHash === undefined) return undefined
  const verdict = checkRequestBinding(payload, { offerHash, requestHash: hashRequest(body) })
  return verdict.ok ? undefined : verdict
}
