import type { Payment } from './create-payment.js'

/** Signed payments whose attempt did not end well, by logical call. */
export interface PaymentLedger {
  /** Takes a held payment of this call out, so that no two attempts carry it at the same time. */
  take(query: { readonly identity: string; readonly now: bigint }): Payment | undefined
  /** Keeps a payment for the next attempt of the same call. */
  hold(entry: { readonly identity: string; readonly payment: Payment }): void
  /** Forgets a payment that another one replaces. */
  drop(entry: { readonly identity: string; readonly payment: Payment }): void
}

/** Builds an empty ledger. Payments leave it when they are taken or, `marginSeconds` before it, at their expiry. */
export function createPaymentLedger(options: { readonly marginSeconds: bigint }): PaymentLedger {
  const held = new Map<string, readonly Payment[]>()
  return {
    take({ identity, now }) {
      for (const [key, payments] of held) {
        const alive = payments.filter((payment) => payment.validBefore > now + options.marginSeconds)
        if (alive.length === 0) held.delete(key)
        else held.set(key, alive)
      }
      const [first, ...rest] = held.get(identity) ?? []
      if (rest.length === 0) held.delete(identity)
      else held.set(identity, rest)
      return first
    },
    hold({ identity, payment }) {
      held.set(identity, [...(held.get(identity) ?? []), payment])
    },
    drop({ identity, payment }) {
      const rest = (held.get(identity) ?? []).filter((other) => other !== payment)
      if (rest.length === 0) held.delete(identity)
      else held.set(identity, rest)
    },
  }
}
