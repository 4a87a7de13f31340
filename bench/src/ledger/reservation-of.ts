import type { ReserveInput } from '@og/ledger'
import { keccak256 } from '@og/settlement'

const token = '0x036CbD53842c5426634e7929541eC2318f3dCF7e'

function hash(text: string): `0x${string}` {
  return keccak256(new TextEncoder().encode(text))
}

/** A new payment of one of fifty payers, as large as a real one. */
export function reservationOf(index: number): ReserveInput {
  const unique = hash(`${index}`)
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
