import { isSameAddress } from '../address.js'
import { containsJson, isEqualJson, isJsonObject, type JsonObject } from '../protocol/json.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { type Refusal, refusal } from '../protocol/reason.js'

/** The accepting half of {@link matchPayment}. */
export interface MatchedPayment {
  readonly ok: true
  /** The server's own object, never the client's echo. */
  readonly requirements: PaymentRequirements
}

/**
 * Tells whether a payment echoes an extension as it was offered. A client may add to what the server declared and may
 * leave an extension out; it may not alter it.
 */
export function isFaithfulEcho(payload: PaymentPayload, offered: JsonObject | undefined): boolean {
  return Object.entries(offered ?? {}).every(([key, extension]) => {
    const echo = payload.extensions?.[key]
    if (echo === undefined || !isJsonObject(extension) || !isJsonObject(extension['info'])) return true
    return isJsonObject(echo) && containsJson(echo['info'], extension['info'])
  })
}

function isSameTarget(a: string, b: string): boolean {
  return a === b || isSameAddress(a, b)
}

function isAcceptedMember(key: string, offered: unknown, accepted: unknown): boolean {
  if (key === 'extra') {
    // The client may add to extra, never alter it.
    return offered === undefined || offered === null || containsJson(accepted ?? undefined, offered)
  }
  if (key === 'asset' || key === 'payTo') {
    return typeof offered === 'string' && typeof accepted === 'string' && isSameTarget(offered, accepted)
  }
  return isEqualJson(offered, accepted)
}

function isAccepted(offered: PaymentRequirements, accepted: PaymentRequirements): boolean {
  const theirs = accepted as unknown as JsonObject
  const ours = offered as unknown as JsonObject
  for (const key of Object.keys(ours)) {
    if (ours[key] !== undefined && !isAcceptedMember(key, ours[key], theirs[key])) return false
  }
  // Beyond extra there is nothing to add.
  return Object.keys(theirs).every((key) => key === 'extra' || theirs[key] === undefined || ours[key] !== undefined)
}

function extrasOf({ extra }: PaymentRequirements): number {
  return Object.keys(extra ?? {}).length
}

/**
 * Finds which offered requirements a payment accepts. Everything must be equal; addresses in any letter case; `extra`
 * may hold more than was offered. Of offers that differ only by what one adds to `extra`, such as EIP-3009 and Permit2
 * for one price, the one with more in it is meant.
 */
export function matchPayment(
  payload: PaymentPayload,
  offered: readonly PaymentRequirements[],
): MatchedPayment | Refusal {
  let requirements: PaymentRequirements | undefined
  for (const candidate of offered) {
    if (!isAccepted(candidate, payload.accepted)) continue
    if (requirements === undefined || extrasOf(candidate) > extrasOf(requirements)) requirements = candidate
  }
  return requirements === undefined
    ? refusal('no_matching_requirements', 'accepted is none of the requirements of this resource')
    : { ok: true, requirements }
}
