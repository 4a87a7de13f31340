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

  describe('a caller for some payees only', () => {
    const own = requirements.payTo
    const stranger = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
    const channel = { ...requirements, scheme: 'batch-settlement' }
    const config = (receiver: string) => ({
      payer: payer.address,
      payerAuthorizer: payer.address,
      receiver,
      receiverAuthorizer: own,
      token: requirements.asset,
      withdrawDelay: 900,
      salt: `0x${'00'.repeat(32)}`,
    })
    const signature = `0x${'11'.repeat(65)}`
    const voucher = { channelId: `0x${'cc'.repeat(32)}`, maxClaimableAmount: '5', signature }
    const claim = (receiver: string) => ({
      voucher: { channel: config(receiver), maxClaimableAmount: '5' },
      signature,
      totalClaimed: '5',
    })
    const deposit = {
      amount: '9',
      authorization: {
        erc3009Authorization: { validAfter: '0', validBefore: '9', salt: `0x${'00'.repeat(32)}`, signature },
      },
    }
    const refund = (receiver: string, claimed: string) => ({
      type: 'refund',
      channelConfig: config(receiver),
      voucher,
      amount: '1',
      refundNonce: '0',
      claims: [claim(claimed)],
    })
    const head = (receiver: string) => ({ channelConfig: config(receiver), voucher })

    async function ask(content: object | undefined, wanted = channel, payees: readonly string[] = [own.toLowerCase()]) {
      const { facilitator, request, answerAll } = guarded()
      const signed = await payFrom(payer)
      const payload = content === undefined ? signed : { ...signed, payload: content as PaymentPayload['payload'] }
      const context = { ...request('a'), payees }
      const verifying = inRequest(context, () => facilitator.verify(payload, wanted))
      await answerAll()
      const verified = await verifying
      const settled = await inRequest(context, () => facilitator.settle(payload, wanted))
      return [verified.isValid ? 'valid' : verified.invalidReason, settled.errorReason]
    }

    test.each([
      ['exact', undefined, { ...requirements, payTo: own.toLowerCase() }],
      ['upto', undefined, { ...requirements, scheme: 'upto' }],
      ['a voucher', { type: 'voucher', ...head(own) }, channel],
      ['a deposit', { type: 'deposit', ...head(own), deposit }, channel],
      ['a refund', refund(own, own), channel],
      ['claims', { type: 'claim', claims: [claim(own), claim(own)] }, channel],
      ['a sweep', { type: 'settle', receiver: own, token: requirements.asset }, channel],
    ])('default: %s to one of them goes through', async (_name, content, wanted) => {
      expect(await ask(content, wanted)).toEqual(['valid', 'late'])
      expect(await ask(content, wanted, [stranger.toLowerCase()])).toEqual(['payee_not_allowed', 'payee_not_allowed'])
    })

    test.each([
      ['a payment to another one', undefined, { ...requirements, payTo: stranger }],
      ['a voucher of another one’s channel', { type: 'voucher', ...head(stranger) }, channel],
      ['a deposit to another one', { type: 'deposit', ...head(stranger), deposit }, channel],
      ['a refund of another one’s channel', refund(stranger, own), channel],
      ['a refund that claims another one’s channel', refund(own, stranger), channel],
      ['one claim of another one among its own', { type: 'claim', claims: [claim(own), claim(stranger)] }, channel],
      ['another one’s sweep', { type: 'settle', receiver: stranger, token: requirements.asset }, channel],
      ['what cannot be read', { type: 'own-invention' }, channel],
    ])('error: %s is refused, verified or settled', async (_name, content, wanted) => {
      expect(await ask(content, wanted)).toEqual(['payee_not_allowed', 'payee_not_allowed'])
    })
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
