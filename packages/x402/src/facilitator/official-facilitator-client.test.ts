import { type FacilitatorClient, HTTPFacilitatorClient } from '@x402/core/server'
import { SettleError, VerifyError } from '@x402/core/types'
import { describe, expect, test } from 'vitest'
import { exactRequirements } from '../../test/fixtures.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { Facilitator } from './facilitator.js'
import { facilitatorOfOfficial, officialFacilitatorClient } from './official-facilitator-client.js'

const requirements = exactRequirements()
const payload: PaymentPayload = { x402Version: 2, accepted: requirements, payload: { signature: '0x' } }
const facilitator: Facilitator = {
  verify: async () => ({ isValid: true, payer: requirements.payTo }),
  settle: async (_payload, { network }) => ({ success: true, transaction: '0x12', network }),
  supported: async () => ({
    kinds: [{ x402Version: 2, scheme: 'exact', network: 'eip155:84532' }],
    extensions: ['bazaar'],
    signers: { 'eip155:*': [requirements.payTo] },
  }),
}

describe('officialFacilitatorClient', () => {
  // It compiles: that is the shape.
  const client: FacilitatorClient = officialFacilitatorClient(facilitator)

  test('default: asks and answers as the official interface does', async () => {
    expect(await client.verify(payload as never, requirements as never)).toEqual({
      isValid: true,
      payer: requirements.payTo,
    })
    expect(await client.settle(payload as never, requirements as never)).toMatchObject({ success: true })
    expect(await client.getSupported()).toEqual(await facilitator.supported())
  })

  test('error: what does not parse is refused before the facilitator sees it', async () => {
    expect(await client.verify({} as never, requirements as never)).toEqual({
      isValid: false,
      invalidReason: 'invalid_payload',
    })
    expect(await client.settle(payload as never, {} as never)).toMatchObject({
      success: false,
      errorReason: 'invalid_payload',
    })
  })
})

describe('facilitatorOfOfficial', () => {
  const official: FacilitatorClient = new HTTPFacilitatorClient({ url: 'http://127.0.0.1:1' })

  test('default: there and back again', async () => {
    const back = facilitatorOfOfficial(officialFacilitatorClient(facilitator))
    expect(await back.verify(payload, requirements)).toEqual({ isValid: true, payer: requirements.payTo })
    expect(await back.settle(payload, requirements)).toMatchObject({ success: true, transaction: '0x12' })
    expect(await back.supported()).toEqual(await facilitator.supported())
  })

  test('behavior: a verdict that comes as an error is a verdict', async () => {
    const refusing = facilitatorOfOfficial({
      ...officialFacilitatorClient(facilitator),
      verify: async () => {
        throw new VerifyError(400, { isValid: false, invalidReason: 'insufficient_funds', payer: requirements.payTo })
      },
      settle: async () => {
        throw new SettleError(400, { success: false, errorReason: 'late', transaction: '', network: 'eip155:84532' })
      },
    })
    expect(await refusing.verify(payload, requirements)).toMatchObject({
      isValid: false,
      invalidReason: 'insufficient_funds',
    })
    expect(await refusing.settle(payload, requirements)).toMatchObject({ success: false, errorReason: 'late' })
  })

  test('error: nobody there, and answers that are none', async () => {
    await expect(facilitatorOfOfficial(official).verify(payload, requirements)).rejects.toMatchObject({
      code: 'FACILITATOR_UNREACHABLE',
    })
    const odd = facilitatorOfOfficial({
      verify: async () => ({ isValid: 'true' }),
      settle: async () => ({ success: true }),
      getSupported: async () => undefined,
    })
    await expect(odd.verify(payload, requirements)).rejects.toMatchObject({ code: 'FACILITATOR_BAD_ANSWER' })
    await expect(odd.settle(payload, requirements)).rejects.toMatchObject({ code: 'FACILITATOR_BAD_ANSWER' })
    await expect(odd.supported()).rejects.toMatchObject({ code: 'FACILITATOR_BAD_ANSWER' })
  })
})
