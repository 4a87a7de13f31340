import type { PaymentRequirements, SettleResponse } from '@og/x402'
import type { ChannelRecord } from '@og/x402/channel'
import type { StoredBatch } from '@og/x402/evm'
import type { Reservation } from '@og/x402/server'
import type { CatalogInput, SettlementQuestion } from '../../src/x402-stores/index.js'
import { hash, PAYEE, PAYER, START, TOKEN } from '../conformance/fixtures.js'

export const NETWORK = 'eip155:84532'

/** A payment that wants its run; `name` makes its nonce, hash and request. */
export function reservation(
  name: string,
  change: Partial<Reservation> & { nonceContract?: `0x${string}` } = {},
): Reservation {
  const { nonceContract = TOKEN, ...rest } = change
  return {
    nonceKey: { chainId: 84_532n, nonceContract, payer: PAYER, nonce: hash(`${name} nonce`) },
    paymentHash: hash(`${name} payment`),
    requestHash: hash(`${name} request`),
    asset: TOKEN,
    authorized: 100n,
    validBefore: START + 600n,
    now: START,
    ...rest,
  }
}

export function settlement(change: Partial<SettleResponse> = {}): SettleResponse {
  return { success: true, transaction: hash('transaction'), network: NETWORK, amount: '70', ...change }
}

/** A channel in full, with large numbers. */
export function channel(name: string, change: Partial<ChannelRecord> = {}): ChannelRecord {
  return {
    channelId: hash(`${name} channel`),
    network: NETWORK,
    config: {
      payer: PAYER,
      payerAuthorizer: PAYEE,
      receiver: PAYEE,
      receiverAuthorizer: PAYEE,
      token: TOKEN,
      withdrawDelay: 900,
      salt: hash(`${name} salt`),
    },
    charged: 2n ** 100n + 1n,
    signedMax: 2n ** 100n + 5n,
    signature: `0x${'ab'.repeat(65)}`,
    state: { balance: 2n ** 127n, totalClaimed: 7n, withdrawRequestedAt: 0n, refundNonce: 3n },
    syncedAt: START,
    lastUsedAt: START + 1n,
    attempts: 4,
    running: { attempt: 4, leaseUntil: START + 60n, paymentHash: hash(`${name} running`) },
    recent: [
      {
        paymentHash: hash(`${name} paid`),
        callId: hash(`${name} call`),
        requestHash: hash(`${name} request`),
        settlement: settlement({ extra: { chargedAmount: '5' } }),
      },
    ],
    ...change,
  }
}

export function batch(name: string): StoredBatch {
  return { to: PAYEE, data: `0x${'c0de'.repeat(40)}`, dedupeKey: hash(`${name} batch`), gasLimit: 2n ** 70n }
}

export function question(name: string, change: Partial<SettlementQuestion> = {}): SettlementQuestion {
  return {
    paymentHash: hash(`${name} payment`),
    scheme: 'exact',
    network: NETWORK,
    payer: PAYER,
    payTo: PAYEE,
    asset: TOKEN,
    amount: 2n ** 200n,
    question: `{"question":"${name}"}`,
    ...change,
  }
}

export function requirements(change: Partial<PaymentRequirements> = {}): PaymentRequirements {
  return {
    scheme: 'exact',
    network: NETWORK,
    amount: '1000',
    asset: TOKEN,
    payTo: PAYEE,
    maxTimeoutSeconds: 60,
    extra: { name: 'USDC', version: '2' },
    ...change,
  }
}

export function resource(path: string, change: Partial<CatalogInput> = {}): CatalogInput {
  return {
    resource: `https://api.example${path}`,
    type: 'http',
    toolName: '',
    x402Version: 2,
    payTo: PAYEE,
    metadata: { description: `What ${path} gives`, extensions: { bazaar: { info: {} } } },
    accepted: requirements(),
    extensions: ['bazaar'],
    words: `api.example ${path} What it gives`,
    ...change,
  }
}
