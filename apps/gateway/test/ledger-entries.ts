import type { Ledger } from '@og/ledger'
import type { Hex } from '@og/settlement'

/** 32 bytes, all the same. */
export const hash = (byte: number): Hex => `0x${byte.toString(16).padStart(2, '0').repeat(32)}`
const address = (byte: number): Hex => `0x${byte.toString(16).padStart(2, '0').repeat(20)}`

/** The log of {@link finishPayment}. */
export const logId = hash(5)

/** Reserves a payment of one payer, who can cover two. */
export function reservePayment(ledger: Ledger, { payment, now }: { readonly payment: number; readonly now: bigint }) {
  return ledger.reserve({
    chainId: 84532n,
    nonceContract: address(1),
    payer: address(2),
    nonce: hash(payment),
    paymentHash: hash(payment),
    requestHash: hash(9),
    scheme: 'exact',
    network: 'eip155:84532',
    asset: address(1),
    payTo: address(3),
    authorized: 100n,
    validBefore: now + 600n,
    leaseSeconds: 300n,
    mode: 'VANILLA',
    settlement: 'SETTLE',
    salts: { request: hash(1), response: hash(2), upstreamRequest: hash(3), terms: hash(4) },
    payload: '{}',
    exposureLimit: 200n,
  })
}

/** Finishes the first attempt of {@link reservePayment}; its payment is left to be settled. */
export function finishPayment(ledger: Ledger, payment: number) {
  return ledger.finish({
    paymentHash: hash(payment),
    attempt: 1,
    receiptDigest: hash(0x31),
    logId,
    receiptJson: '{}',
    termsJson: '{}',
    signature: '0x12',
    charged: 100n,
    outcome: 0,
    answer: new Uint8Array([1]),
    intents: [{ kind: 'payment', dedupeKey: hash(payment), body: '{}' }],
  })
}
