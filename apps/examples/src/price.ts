import type { PaymentRequirements } from '@og/x402'

/** Who is paid; in earnest an address of yours. */
export const payTo = '0x209693Bc6afc0C5328bA36FaF03C514EF312287C'

/** A price in USDC on Base Sepolia; `amount` in millionths of a dollar. */
export function usdc(price: Pick<PaymentRequirements, 'amount' | 'payTo'>): PaymentRequirements {
  return {
    scheme: 'exact',
    network: 'eip155:84532',
    asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
    maxTimeoutSeconds: 60,
    extra: { name: 'USDC', version: '2' },
    ...price,
  }
}
