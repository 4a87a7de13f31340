import { keccak256, toHex } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import type { JsonObject } from '../src/protocol/json.js'
import type { PaymentRequired } from '../src/protocol/payment-required.js'
import type { PaymentRequirements } from '../src/protocol/payment-requirements.js'
import { createPaymentRequired } from '../src/server/create-payment-required.js'

/** A key made from a name, for tests only. */
export function accountOf(name: string): PrivateKeyAccount {
  return privateKeyToAccount(keccak256(toHex(`x402 test key: ${name}`)))
}

export const USDC = '0x036CbD53842c5426634e7929541eC2318f3dCF7e'
export const PAYEE = '0x209693Bc6afc0C5328bA36FaF03C514EF312287C'
export const NOW = 1_800_000_000n

export function exactRequirements(change: Partial<PaymentRequirements> = {}): PaymentRequirements {
  return {
    scheme: 'exact',
    network: 'eip155:84532',
    amount: '10000',
    asset: USDC,
    payTo: PAYEE,
    maxTimeoutSeconds: 60,
    extra: { name: 'USDC', version: '2' },
    ...change,
  }
}

export function permitRequirements(change: Partial<PaymentRequirements> = {}): PaymentRequirements {
  return exactRequirements({ extra: { name: 'USDC', version: '2', assetTransferMethod: 'permit2' }, ...change })
}

export function uptoRequirements(
  facilitatorAddress: string,
  change: Partial<PaymentRequirements> = {},
): PaymentRequirements {
  return exactRequirements({
    scheme: 'upto',
    extra: { name: 'USDC', version: '2', assetTransferMethod: 'permit2', facilitatorAddress },
    ...change,
  })
}

export function requiredOf(accepts: readonly PaymentRequirements[], extensions?: JsonObject): PaymentRequired {
  return createPaymentRequired({
    resource: { url: 'https://api.example/v1/chat', description: 'chat', mimeType: 'application/json' },
    accepts,
    ...(extensions === undefined ? {} : { extensions }),
  })
}
