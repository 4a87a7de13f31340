import type { JsonObject } from '@og/settlement'
import type { PaymentPayload, PaymentRequirements } from '@og/x402'
import { PAYMENT_IDENTIFIER_EXTENSION } from '@og/x402/extensions'
import { isJsonObject } from './is-json-object.js'

/**
 * A payment that was checked, with nothing in it that was not: the terms are the node's own, of the signed data only what is signed is kept,
 * and of the extensions only the call's name. What a payer adds to any of them can so neither change what a facilitator is asked for when
 * the answer has been given, nor make the question one that it cannot read.
 */
export function plainPaymentOf(payload: PaymentPayload, offered: PaymentRequirements): PaymentPayload {
  const { extra, ...terms } = offered
  // The offer was recognised; facilitators have no use for it.
  const { og: _, ...members } = extra ?? {}
  const name = payload.extensions?.[PAYMENT_IDENTIFIER_EXTENSION]
  const id = isJsonObject(name) && isJsonObject(name['info']) ? name['info']['id'] : undefined
  return {
    x402Version: 2,
    accepted: { extra: members, ...terms },
    payload: signedPartOf(payload.payload),
    ...(typeof id === 'string' ? { extensions: { [PAYMENT_IDENTIFIER_EXTENSION]: { info: { id } } } } : {}),
  }
}

/** The members that a signature covers, in the wire's spelling, and the signature. Whoever checked it has read every one of them. */
function signedPartOf(signed: JsonObject): JsonObject {
  const { authorization, permit2Authorization: permit } = signed
  const signature = pick(signed, ['signature'])
  if (isJsonObject(authorization)) {
    const members = ['from', 'to', 'value', 'validAfter', 'validBefore', 'nonce']
    return { authorization: pick(authorization, members), ...signature }
  }
  if (!isJsonObject(permit)) return signature
  const permit2Authorization = {
    ...pick(permit, ['from', 'spender', 'nonce', 'deadline']),
    permitted: pick(permit['permitted'], ['token', 'amount']),
    witness: pick(permit['witness'], ['to', 'facilitator', 'validAfter']),
  }
  return { ...signature, permit2Authorization }
}

function pick(from: unknown, keys: readonly string[]): JsonObject {
  const object = isJsonObject(from) ? from : {}
  return Object.fromEntries(keys.flatMap((key) => (object[key] === undefined ? [] : [[key, object[key]]])))
}
