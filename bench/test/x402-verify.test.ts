import type { PaymentPayload } from '@og/x402'
import { verifyAuthorization } from '@og/x402/evm'
import { beforeAll, describe, expect, test } from 'vitest'
import { verifyByOfficialRules } from '../src/x402-verify/official-rules.js'
import { createOfficialVerify } from '../src/x402-verify/official-scheme.js'
import { requirements, signPayments } from '../src/x402-verify/signed-payments.js'

// The official scheme reads the clock itself.
const now = BigInt(Math.floor(Date.now() / 1000))
const official = createOfficialVerify(requirements.asset)
const verifiers = {
  ours: async (payload: PaymentPayload) => verifyAuthorization(payload, requirements, { now }).ok,
  rules: (payload: PaymentPayload) => verifyByOfficialRules(payload, requirements, now),
  scheme: (payload: PaymentPayload) => official(payload, requirements),
}
const names = ['ours', 'rules', 'scheme'] as const

let good: PaymentPayload

beforeAll(async () => {
  const [payment] = await signPayments(1, now)
  if (payment === undefined) throw new Error('no payment')
  good = payment
})

/** The same payment with another field in its authorization, its signature as it was. */
function changed(field: string, value: string): PaymentPayload {
  const authorization = good.payload['authorization'] as Record<string, string>
  return { ...good, payload: { ...good.payload, authorization: { ...authorization, [field]: value } } }
}

describe.each(names)('%s judges what is measured', (name) => {
  test('default: a good payment is accepted', async () => {
    expect(await verifiers[name](good)).toBe(true)
  })

  test.each([
    ['value', '1001'],
    ['to', '0x1111111111111111111111111111111111111111'],
    ['from', '0x1111111111111111111111111111111111111111'],
    ['validBefore', '1'],
    ['validAfter', '99999999999'],
    ['nonce', `0x${'11'.repeat(32)}`],
  ])('error: another %s is refused', async (field, value) => {
    expect(await verifiers[name](changed(field, value))).toBe(false)
  })

  test('error: another network is refused', async () => {
    expect(await verifiers[name]({ ...good, accepted: { ...good.accepted, network: 'eip155:8453' } })).toBe(false)
  })
})
