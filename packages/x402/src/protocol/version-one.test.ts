import { describe, expect, test } from 'vitest'
import { createPaymentHeader } from 'x402/client'
import { EvmNetworkToChainId, PaymentPayloadSchema, settleResponseHeader, x402ResponseSchema } from 'x402/types'
import { accountOf, exactRequirements, NOW, PAYEE, USDC } from '../../test/fixtures.js'
import { settlementOf } from '../client/refusal-reason.js'
import { wrapFetch } from '../client/wrap-fetch.js'
import { exactClient } from '../evm/evm-client.js'
import { verifyAuthorization } from '../evm/verify-authorization.js'
import { createFacilitatorHandler } from '../facilitator/create-facilitator-handler.js'
import type { Facilitator } from '../facilitator/facilitator.js'
import { decodeHeaderObject } from './header.js'
import {
  nameOfNetwork,
  networkFromName,
  parsePaymentRequiredVersionOne,
  parseQuestionVersionOne,
  X_PAYMENT_HEADER,
} from './version-one.js'

const payer = accountOf('payer')

const requirements = {
  scheme: 'exact' as const,
  network: 'base-sepolia' as const,
  maxAmountRequired: '10000',
  resource: 'https://api.example/old',
  description: 'old',
  mimeType: 'application/json',
  payTo: PAYEE,
  maxTimeoutSeconds: 60,
  asset: USDC,
  extra: { name: 'USDC', version: '2' },
}
const required = { x402Version: 1, error: 'X-PAYMENT header is required', accepts: [requirements] }
const solana = { ...requirements, network: 'solana' }

describe('parsePaymentRequiredVersionOne', () => {
  test('default: version 1 reads as version 2', () => {
    // The official schema knows error codes only where real servers send sentences.
    expect(x402ResponseSchema.safeParse({ ...required, error: undefined }).success).toBe(true)
    expect(parsePaymentRequiredVersionOne(required)).toEqual({
      x402Version: 2,
      error: required.error,
      resource: { url: requirements.resource, description: 'old', mimeType: 'application/json' },
      accepts: [exactRequirements()],
    })
  })

  test('behavior: networks of other kinds are left out', () => {
    expect(parsePaymentRequiredVersionOne({ ...required, accepts: [solana, requirements] }).accepts).toHaveLength(1)
    expect(() => parsePaymentRequiredVersionOne({ ...required, accepts: [solana] })).toThrow('accepts')
  })

  test.each([
    ['no accepts', { ...required, accepts: [] }],
    ['accepts is no list', { ...required, accepts: {} }],
    ['version 2', { ...required, x402Version: 2 }],
    ['a number for an amount', { ...required, accepts: [{ ...requirements, maxAmountRequired: 10_000 }] }],
    ['an exponent', { ...required, accepts: [{ ...requirements, maxAmountRequired: '1e4' }] }],
    ['no payee', { ...required, accepts: [{ ...requirements, payTo: undefined }] }],
    ['no resource', { ...required, accepts: [{ ...requirements, resource: '' }] }],
  ])('error: %s', (_name, message) => {
    expect(() => parsePaymentRequiredVersionOne(message)).toThrow()
  })
})

test('behavior: every network name of the official table, and no other', () => {
  for (const [name, chainId] of EvmNetworkToChainId) expect(networkFromName(name)).toBe(`eip155:${chainId}`)
  expect(nameOfNetwork('eip155:84532')).toBe('base-sepolia')
  expect(nameOfNetwork('eip155:10740')).toBeUndefined()
  for (const name of ['solana', 'eip155:1', '', '__proto__', 'constructor'])
    expect(() => networkFromName(name)).toThrow()
})

describe('a client of version 1', () => {
  const settled = {
    success: true,
    transaction: `0x${'11'.repeat(32)}`,
    network: 'base-sepolia' as const,
    payer: payer.address,
  }

  function fetchOf(body: unknown, contentType = 'application/json') {
    const seen: (string | null)[] = []
    const paidFetch = wrapFetch({
      async fetch(input, init) {
        const header = new Request(input, init).headers.get(X_PAYMENT_HEADER)
        seen.push(header)
        if (header === null)
          return new Response(JSON.stringify(body), { status: 402, headers: { 'content-type': contentType } })
        return new Response('paid', { headers: { 'X-PAYMENT-RESPONSE': settleResponseHeader(settled) } })
      },
      schemes: [exactClient({ signer: payer })],
      policy: { maxAmountPerCall: 10_000n },
      clock: () => NOW,
    })
    return { seen, paidFetch }
  }

  test('default: pays with X-PAYMENT as the official schema reads it', async () => {
    const { seen, paidFetch } = fetchOf(required)
    const response = await paidFetch(requirements.resource)
    expect(await response.text()).toBe('paid')
    expect(settlementOf(response)).toEqual({ ...settled, network: 'eip155:84532' })
    const payment = decodeHeaderObject(seen[1] ?? '')
    const parsed = PaymentPayloadSchema.parse(payment)
    expect(parsed).toMatchObject({ x402Version: 1, scheme: 'exact', network: 'base-sepolia' })
    // Backdated by ten minutes, as the official client of version 1 does.
    expect(payment['payload']).toMatchObject({ authorization: { validAfter: `${NOW - 600n}`, value: '10000' } })
    const question = parseQuestionVersionOne(payment, requirements)
    expect(verifyAuthorization(question.payload, question.requirements, { now: NOW }).ok).toBe(true)
  })

  test('error: the policy holds for version 1 too', async () => {
    const { paidFetch } = fetchOf({ ...required, accepts: [{ ...requirements, maxAmountRequired: '10001' }] })
    await expect(paidFetch(requirements.resource)).rejects.toMatchObject({ code: 'PRICE_ABOVE_CAP' })
  })

  test('behavior: a 402 of another kind comes back with its body', async () => {
    for (const [body, type] of [
      [{ error: 'pay your bill' }, 'application/json'],
      [required, 'text/html'],
      [['x'], 'application/json'],
    ] as const) {
      const response = await fetchOf(body, type).paidFetch(requirements.resource)
      expect(response.status).toBe(402)
      expect(await response.json()).toEqual(body)
    }
  })
})

describe('parseQuestionVersionOne', () => {
  test('behavior: [30] the official client pays, also more than was asked for, never less', async () => {
    const header = await createPaymentHeader(payer, 1, requirements)
    const payment = decodeHeaderObject(header)
    const now = BigInt(Math.floor(Date.now() / 1000))
    for (const [asked, ok] of [
      ['10000', true],
      ['9000', true],
      ['10001', false],
    ] as const) {
      const question = parseQuestionVersionOne(payment, { ...requirements, maxAmountRequired: asked })
      expect(verifyAuthorization(question.payload, question.requirements, { now }).ok, asked).toBe(ok)
    }
    const other = parseQuestionVersionOne({ ...payment, network: 'base' }, requirements)
    expect(verifyAuthorization(other.payload, other.requirements, { now })).toMatchObject({
      code: 'invalid_exact_evm_network_mismatch',
    })
  })
})

describe('createFacilitatorHandler of version 1', () => {
  const facilitator: Facilitator = {
    verify: async () => ({ isValid: true, payer: payer.address }),
    settle: async () => ({
      success: true,
      transaction: '0x11',
      network: 'eip155:84532',
      payer: payer.address,
      amount: '10000',
    }),
    supported: async () => ({
      kinds: [
        { x402Version: 2, scheme: 'exact', network: 'eip155:84532' },
        { x402Version: 2, scheme: 'upto', network: 'eip155:84532' },
      ],
      extensions: [],
      signers: {},
    }),
  }
  const ask = async (path: string, body: unknown, versions: readonly (1 | 2)[] = [1, 2]) => {
    const handle = createFacilitatorHandler({ facilitator, versions })
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const response = await handle(new Request(`https://facilitator.example${path}`, init))
    return { status: response?.status, body: (await response?.json()) as unknown }
  }

  test('default: answers in the spelling of version 1', async () => {
    const paymentPayload = decodeHeaderObject(await createPaymentHeader(payer, 1, requirements))
    const question = { x402Version: 1, paymentPayload, paymentRequirements: requirements }
    expect((await ask('/verify', question)).body).toEqual({ isValid: true, payer: payer.address })
    expect((await ask('/settle', question)).body).toEqual({
      success: true,
      transaction: '0x11',
      network: 'base-sepolia',
      payer: payer.address,
    })
    expect((await ask('/settle', question, [2])).status).toBe(400)
    expect((await ask('/settle', { ...question, x402Version: 2 })).status).toBe(400)
    expect((await ask('/supported', undefined)).body).toMatchObject({
      kinds: [
        { x402Version: 2, scheme: 'exact' },
        { x402Version: 1, scheme: 'exact', network: 'base-sepolia' },
        { x402Version: 2, scheme: 'upto' },
      ],
    })
  })
})
