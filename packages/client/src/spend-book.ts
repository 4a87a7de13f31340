import type { Address, Hex } from '@og/settlement'
import type { PaymentEvent } from '@og/x402/client'
import { MAX_REMEMBERED } from './defaults.js'
import type { CallAttempt } from './inference-call.js'
import { stringAt } from './read-json.js'
import type { AnswerEvidence } from './verify-answer.js'

/** One payment that this client has signed. Amounts are atomic units of the asset. */
export interface SpendEntry {
  readonly paymentHash: Hex
  /** Unix seconds. */
  readonly signedAt: bigint
  readonly scheme: string
  readonly network: string
  readonly asset: Address
  readonly payTo: Address
  /** The node that was paid, and the model that was asked for. */
  readonly nodeId: Hex
  readonly baseUrl: string
  readonly model: string
  /** The most that the node may take. */
  readonly authorized: bigint
  /** What it took by a receipt that holds; null while that is not known. */
  readonly charged: bigint | null
  /** Unix seconds up to which the payment can be used. */
  readonly validBefore: bigint
}

/** Sums over one asset, atomic units. */
export interface SpendTotal {
  readonly network: string
  readonly asset: Address
  readonly authorized: bigint
  readonly charged: bigint
  /** Signed, without a receipt, and not expired: it may still be taken. */
  readonly open: bigint
}

/** What was paid, to whom, for what, since this client was created. The spend policy bounds what is authorised. */
export interface Spend {
  /** The latest thousand payments, the oldest first. */
  entries(): readonly SpendEntry[]
  /** Sums over all payments, by asset. */
  totals(): readonly SpendTotal[]
}

/** The writing side of {@link Spend}. */
export interface SpendBook extends Spend {
  /** Notes a payment that is about to be sent; one that is sent again is noted once. */
  signed(payment: PaymentEvent, attempt: CallAttempt): void
  /** Notes what a receipt says was taken. */
  charged(evidence: AnswerEvidence): void
}

/** Creates an empty book. */
export function createSpendBook(now: () => bigint): SpendBook {
  const entries = new Map<Hex, SpendEntry>()
  const forgotten = new Map<string, SpendTotal>()

  function forgetOldest(): void {
    for (const [paymentHash, entry] of entries) {
      if (entries.size <= MAX_REMEMBERED) break
      entries.delete(paymentHash)
      // What is forgotten is no longer watched: it counts as closed.
      add(forgotten, entry, entry.validBefore)
    }
  }

  return {
    signed(payment, { node, directory, call }) {
      if (entries.has(payment.paymentHash)) return
      const { requirements, paymentHash, authorized, validBefore } = payment
      entries.set(paymentHash, {
        paymentHash,
        signedAt: now(),
        scheme: requirements.scheme,
        network: requirements.network,
        asset: `0x${requirements.asset.slice(2)}`,
        payTo: `0x${requirements.payTo.slice(2)}`,
        nodeId: node.nodeId,
        baseUrl: directory.baseUrl,
        model: stringAt(call.request, 'model') ?? '',
        authorized,
        charged: null,
        validBefore,
      })
      forgetOldest()
    },
    charged({ answer }) {
      const entry = entries.get(answer.receipt.paymentHash)
      if (entry !== undefined) entries.set(entry.paymentHash, { ...entry, charged: answer.terms.charged })
    },
    entries: () => [...entries.values()],
    totals() {
      const totals = new Map(forgotten)
      for (const entry of entries.values()) add(totals, entry, now())
      return [...totals.values()]
    },
  }
}

function add(totals: Map<string, SpendTotal>, entry: SpendEntry, now: bigint): void {
  const { network, asset } = entry
  const key = `${network}/${asset.toLowerCase()}`
  const sum = totals.get(key) ?? { network, asset, authorized: 0n, charged: 0n, open: 0n }
  const isOpen = entry.charged === null && entry.validBefore > now
  totals.set(key, {
    ...sum,
    authorized: sum.authorized + entry.authorized,
    charged: sum.charged + (entry.charged ?? 0n),
    open: sum.open + (isOpen ? entry.authorized : 0n),
  })
}
