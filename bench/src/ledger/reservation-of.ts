import { randomBytes } from 'node:crypto'
import type { ReserveInput } from '@og/ledger'

const token = '0x036CbD53842c5426634e7929541eC2318f3dCF7e'

/** A new payment of one of fifty payers, as large as a real one. */
export function reservationOf(index: number): ReserveInput {
  // As hashes are: without any order.
  const unique: `0x${string}` = `0x${randomBytes(32).toString('hex')}`
  return {
    chainId: 84_532n,
    nonceContract: token,
    payer: `0x${(index % 50).toString(16).padStart(40, '0')}`,
    nonce: unique,
    paymentHash: unique,
    requestHash: unique,
    scheme: 'exact',
    network: 'eip155:84532',
    asset: token,
    payTo: token,
    authorized: 1_000n,
    validBefore: 4_000_000_000n,
    leaseSeconds: 120n,
    mode: 'TEE',
    settlement: 'SETTLE',
    salts: { request: unique, response: unique, upstreamRequest: unique, terms: unique },
    payload: payloadOfRealSize,
    exposureLimit: 1n << 100n,
  }
}

/** The JSON of a payment has about a kilobyte. */
const payloadOfRealSize = JSON.stringify({ x402Version: 2, payload: 'x'.repeat(900) })
