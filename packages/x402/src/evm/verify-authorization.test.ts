import { describe, expect, test } from 'vitest'
import {
  accountOf,
  exactRequirements,
  NOW,
  PAYEE,
  permitRequirements,
  requiredOf,
  uptoRequirements,
} from '../../test/fixtures.js'
import { createPayment } from '../client/create-payment.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { exactClient, uptoClient } from './evm-client.js'
import { createAuthorizationVerifier, verifyAuthorization } from './verify-authorization.js'

const signer = accountOf('two networks')
const networks = ['eip155:84532', 'eip155:8453'] as const
const OTHER = '0x1111111111111111111111111111111111111111'

async function payFor(requirements: PaymentRequirements): Promise<PaymentPayload> {
  const scheme = requirements.scheme === 'upto' ? uptoClient({ signer }) : exactClient({ signer })
  const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
  const { payload } = await createPayment(requirements, {
    required: requiredOf([requirements]),
    scheme,
    now: NOW,
    randomBytes,
  })
  return payload
}

describe('createAuthorizationVerifier', () => {
  const kinds = [
    ['EIP-3009', (change: Partial<PaymentRequirements>) => exactRequirements(change)],
    ['exact Permit2', (change: Partial<PaymentRequirements>) => permitRequirements(change)],
    ['upto', (change: Partial<PaymentRequirements>) => uptoRequirements(PAYEE, change)],
  ] as const

  test.each(kinds)('error: [32] %s: what it keeps of one network is not used for another', async (_name, make) => {
    const verify = createAuthorizationVerifier()
    const offers = networks.map((network) => make({ network }))
    const payloads = await Promise.all(offers.map(payFor))
    // Twice, so that everything is kept when it is asked for the second time.
    for (let round = 0; round < 2; round += 1) {
      for (const [paid, payload] of payloads.entries()) {
        for (const [asked, requirements] of offers.entries()) {
          // As if it had been signed for the network that is asked for: only the domain tells.
          const payment = { payload: { ...payload, accepted: requirements }, requirements }
          const verdict = verify(payment, { now: NOW })
          expect(verdict.ok).toBe(paid === asked)
          expect(verdict).toEqual(verifyAuthorization(payment.payload, requirements, { now: NOW }))
          if (verdict.ok) expect(verdict.nonceKey.chainId).toBe(BigInt((networks[asked] ?? '').slice('eip155:'.length)))
        }
      }
    }
  })

  test('error: every member that a verdict depends on is part of what is kept', async () => {
    const verify = createAuthorizationVerifier()
    const requirements = exactRequirements()
    const payload = await payFor(requirements)
    expect(verify({ payload, requirements }, { now: NOW }).ok).toBe(true)
    const changes: Partial<PaymentRequirements>[] = [
      { amount: '10001' },
      { amount: '1e4' },
      { payTo: OTHER },
      { asset: OTHER },
      { network: 'eip155:8453' },
      { scheme: 'upto' },
      { extra: { name: 'USDC', version: '1' } },
      { extra: { name: 'USD Coin', version: '2' } },
      { extra: { name: 'USDC2', version: '' } },
      { extra: { name: 'USDC', version: '2', assetTransferMethod: 'permit2' } },
      { extra: { name: 'USDC', version: '2', assetTransferMethod: 'erc7710' } },
      { extra: null },
    ]
    for (const change of changes) {
      const changed = { ...requirements, ...change }
      const forged = { ...payload, accepted: changed }
      const verdict = verify({ payload: forged, requirements: changed }, { now: NOW })
      expect(verdict.ok, JSON.stringify(change)).toBe(false)
      expect(verdict).toEqual(verifyAuthorization(forged, changed, { now: NOW }))
    }
    expect(verify({ payload, requirements }, { now: NOW }).ok).toBe(true)
  })

  test('behavior: requirements that their owner changes are read anew', async () => {
    const verify = createAuthorizationVerifier()
    const requirements = { ...exactRequirements() }
    const payload = await payFor(requirements)
    expect(verify({ payload, requirements }, { now: NOW }).ok).toBe(true)
    requirements.payTo = OTHER
    expect(verify({ payload, requirements }, { now: NOW }).ok).toBe(false)
  })

  test('behavior: more requirements than it keeps are all judged', async () => {
    const verify = createAuthorizationVerifier()
    const requirements = exactRequirements()
    const payload = await payFor(requirements)
    for (let index = 0; index < 600; index += 1) {
      const payTo = `0x${(index + 1).toString(16).padStart(40, '0')}`
      expect(verify({ payload, requirements: { ...requirements, payTo } }, { now: NOW }).ok).toBe(false)
    }
    expect(verify({ payload, requirements }, { now: NOW }).ok).toBe(true)
  })
})
