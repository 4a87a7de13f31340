import { keccak256, toHex } from 'viem'
import type { Address, FinishInput, Hex, Ledger, ReserveInput, Salts } from '../../src/ledger.js'

/** A ledger under test, with its own clock. */
export interface Harness {
  readonly ledger: Ledger
  readonly clock: { now: bigint }
  /** Closes it and opens the same data again; absent where nothing survives closing. */
  reopen?(): Promise<Ledger>
  dispose(): Promise<void>
}

/** Makes an empty ledger. Answers must be kept for {@link ANSWER_MAX_AGE_SECONDS}. */
export type HarnessFactory = () => Promise<Harness>

export const ANSWER_MAX_AGE_SECONDS = 3_600n
export const START = 1_800_000_000n
export const LOG_ID: Hex = hash('log')
export const TOKEN: Address = '0x036CbD53842c5426634e7929541eC2318f3dCF7e'
export const PAYER: Address = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
export const PAYEE: Address = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'

/** 32 bytes that a name stands for. */
export function hash(name: string): Hex {
  return keccak256(toHex(name))
}

/** Four salts that a name stands for. */
export function salts(name: string): Salts {
  return {
    request: hash(`${name} request`),
    response: hash(`${name} response`),
    upstreamRequest: hash(`${name} upstream`),
    terms: hash(`${name} terms`),
  }
}

/** A reservation that a name stands for. */
export function payment(name: string, overrides: Partial<ReserveInput> = {}): ReserveInput {
  return {
    chainId: 84_532n,
    nonceContract: TOKEN,
    payer: PAYER,
    nonce: hash(`${name} nonce`),
    paymentHash: hash(`${name} payment`),
    requestHash: hash(`${name} body`),
    scheme: 'exact',
    network: 'eip155:84532',
    asset: TOKEN,
    payTo: PAYEE,
    authorized: 1_000n,
    validBefore: START + 600n,
    leaseSeconds: 60n,
    mode: 'TEE',
    settlement: 'SETTLE_BATCH',
    salts: salts(`${name} 1`),
    payload: '{"x402Version":2}',
    ...overrides,
  }
}

/** The end of an attempt that a name stands for. */
export function result(name: string, attempt: number, overrides: Partial<FinishInput> = {}): FinishInput {
  return {
    paymentHash: hash(`${name} payment`),
    attempt,
    receiptDigest: hash(`${name} receipt ${attempt}`),
    logId: LOG_ID,
    receiptJson: `{"attempt":${attempt}}`,
    termsJson: '{"charged":"700"}',
    signature: `0x${'ab'.repeat(65)}`,
    charged: 700n,
    outcome: 0,
    answer: new Uint8Array([1, 2, 3]),
    intents: [
      { kind: 'payment', dedupeKey: hash(`${name} pay`), body: '{"pay":1}' },
      { kind: 'record', dedupeKey: hash(`${name} record ${attempt}`), body: '{"record":1}' },
    ],
    ...overrides,
  }
}

/** The end of an attempt that was charged nothing and may run again. */
export function failure(name: string, attempt: number): FinishInput {
  return result(name, attempt, { charged: 0n, outcome: 3, intents: [] })
}
