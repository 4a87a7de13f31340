import type { PaymentPayload, PaymentRequirements } from '@og/x402'
import { createPayment } from '@og/x402/client'
import { exactClient, nobleRecover } from '@og/x402/evm'
import type { Facilitator } from '@og/x402/facilitator'
import { createPaymentRequired } from '@og/x402/server'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { createFairGate } from './fair-gate.js'
import { guardFacilitator } from './guard-facilitator.js'
import { inRequest, type RequestContext } from './request-context.js'

const NOW = 1_800_000_000n
const requirements: PaymentRequirements = {
  scheme: 'exact',
  network: 'eip155:84532',
  amount: '1000',
  asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
  payTo: '0x209693Bc6afc0C5328bA36FaF03C514EF312287C',
  maxTimeoutSeconds: 60,
  extra: { name: 'USDC', version: '2' },
}

async function payFrom(signer: PrivateKeyAccount): Promise<PaymentPayload> {
  const required = createPaymentRequired({ resource: { url: 'https://api.example/' }, accepts: [requirements] })
  const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
  return (await createPayment(requirements, { required, scheme: exactClient({ signer }), now: NOW, randomBytes }))
    .payload
}

/** A facilitator that answers when it is told, behind a guard with one place for each payer. */
function guarded(minAmount = 0n) {
  const open: (() => void)[] = []
  const counted: string[] = []
  const slow: Facilitator = {
    verify: () => new Promise((resolve) => open.push(() => resolve({ isValid: true }))),
    settle: async (_payload, { network }) => ({ success: false, errorReason: 'late', transaction: '', network }),
    supported: async () => ({ kinds: [], extensions: [], signers: {} }),
  }
  const facilitator = guardFacilitator(slow, {
    gate: createFairGate({ maxConcurrent: 10, maxWaiting: 10, maxPerPayer: 1 }),
    metrics: { countVerdict: ({ action, scheme, result }) => counted.push(`${action} ${scheme} ${result}`) },
    recover: nobleRecover,
    clock: () => NOW,
    minAmount,
  })
  const request = (caller: string): RequestContext => ({ caller, fields: {}, extensionResponses: {} })
  const verify = (payload: PaymentPayload, caller = 'a', wanted = requirements) =>
    inRequest(request(caller), () => facilitator.verify(payload, wanted))
  const answerAll = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve))
    for (const go of open) go()
  }
  return { facilitator, verify, request, answerAll, counted }
}

describe('guardFacilitator', () => {
  const payer = privateKeyToAccount(generatePrivateKey())
  const other = privateKeyToAccount(generatePrivateKey())

  test('default: a payer has its share, whoever asks for it, and others have theirs', async () => {
    const { verify, answerAll, counted } = guarded()
    const first = verify(await payFrom(payer), 'a')
    await expect(verify(await payFrom(payer), 'b')).rejects.toMatchObject({ name: 'BusyError', scope: 'payer' })
    const second = verify(await payFrom(other), 'a')
    await answerAll()
    expect([await first, await second]).toEqual([{ isValid: true }, { isValid: true }])
    expect(counted).toEqual(['verify exact valid', 'verify exact valid'])
  })

  test('behavior: a payment that only says to be of a payer does not use up that payer’s share', async () => {
    const { verify, answerAll } = guarded()
    const signed = await payFrom(payer)
    const forged = { ...signed, payload: { ...signed.payload, signature: `0x${'11'.repeat(64)}1b` } }
    const stranger = verify(forged, 'stranger')
    // It counts as its caller's, who has used its own share with that.
    await expect(verify(forged, 'stranger')).rejects.toMatchObject({ scope: 'payer' })
    const real = verify(signed, 'a')
    await answerAll()
    await Promise.all([stranger, real])
  })

  test('error: a price below the least is refused before anything is asked; a small charge of a large ceiling is not', async () => {
    const { facilitator, verify, counted } = guarded(1_001n)
    const payload = await payFrom(payer)
    const refused = { invalidReason: 'invalid_payment_requirements' }
    expect(await verify(payload)).toMatchObject({ isValid: false, ...refused })
    expect(await facilitator.settle(payload, requirements)).toMatchObject({
      success: false,
      errorReason: 'invalid_payment_requirements',
    })
    const upto = { ...requirements, scheme: 'upto' }
    const large = { ...payload, accepted: { ...upto, amount: '2000' } }
    expect(await facilitator.settle(large, { ...upto, amount: '1' })).toMatchObject({ errorReason: 'late' })
    expect(counted).toEqual([
      'verify exact invalid_payment_requirements',
      'settle exact invalid_payment_requirements',
      'settle upto late',
    ])
  })

  test('behavior: what came of it is in the log line, by the payment’s public name, and labels are closed', async () => {
    const { facilitator, request, counted } = guarded()
    const context = request('a')
    const payload = await payFrom(payer)
    await inRequest(context, () => facilitator.settle(payload, { ...requirements, scheme: 'own-invention' }))
    expect(counted).toEqual(['settle other late'])
    expect(context.fields).toMatchObject({ scheme: 'other', result: 'late', amount: '1000' })
    expect(context.fields['paymentHash']).toMatch(/^0x[0-9a-f]{64}$/)
    expect(JSON.stringify(context.fields)).not.toContain(String(payload.payload['signature']).slice(2))
  })
})
