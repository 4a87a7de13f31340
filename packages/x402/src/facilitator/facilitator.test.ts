import { HTTPFacilitatorClient } from '@x402/core/server'
import { describe, expect, test } from 'vitest'
import { exactRequirements } from '../../test/fixtures.js'
import { decodePaymentPayload, encodePaymentHeader } from '../protocol/header.js'
import { type JsonObject, MAX_JSON_DEPTH } from '../protocol/json.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import { X402Error } from '../x402-error.js'
import { createFacilitator } from './create-facilitator.js'
import { createFacilitatorClient } from './create-facilitator-client.js'
import { createFacilitatorHandler } from './create-facilitator-handler.js'
import type { FacilitatorScheme } from './facilitator-scheme.js'

const requirements = exactRequirements()
const payload: PaymentPayload = { x402Version: 2, accepted: requirements, payload: { signature: '0x' } }
const scheme: FacilitatorScheme = {
  scheme: 'exact',
  network: 'eip155:84532',
  signers: ['0x209693Bc6afc0C5328bA36FaF03C514EF312287C'],
  verify: async () => ({ isValid: true, payer: requirements.payTo }),
  settle: async (_payload, { network, amount }) => ({ success: true, transaction: '0x12', network, amount }),
}
const handler = createFacilitatorHandler({ facilitator: createFacilitator({ schemes: [scheme] }) })

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'fulfilled'
  } catch (error) {
    return error instanceof X402Error ? error.code : `not coded: ${String(error)}`
  }
}

function clientOf(answer: (url: string) => Response | Promise<Response>) {
  return createFacilitatorClient({ baseUrl: 'https://f.example/x/', fetch: async (input) => answer(String(input)) })
}

describe('createFacilitator', () => {
  const facilitator = createFacilitator({ schemes: [scheme] })

  test('error: a scheme or network that is not served', async () => {
    for (const change of [{ scheme: 'upto' }, { network: 'eip155:1' }] as const) {
      const other = { ...requirements, ...change }
      expect(await facilitator.verify(payload, other)).toMatchObject({
        isValid: false,
        invalidReason: 'unsupported_scheme',
      })
      expect(await facilitator.settle(payload, other)).toMatchObject({
        success: false,
        errorReason: 'unsupported_scheme',
      })
    }
  })

  test('error: [29] what does not parse is refused before any scheme sees it', async () => {
    expect(await facilitator.verify({ ...payload, payload: [] as never }, requirements)).toMatchObject({
      invalidReason: 'invalid_payload',
    })
    expect(await facilitator.settle(payload, { ...requirements, amount: '0x1' })).toMatchObject({
      errorReason: 'invalid_payment_requirements',
    })
  })

  test('error: [28] trouble of the node stays inside', async () => {
    const fail = (): never => {
      throw new Error('https://key@rpc.example refused')
    }
    const broken = createFacilitator({ schemes: [{ ...scheme, verify: fail, settle: fail }] })
    expect(await broken.verify(payload, requirements)).toEqual({
      isValid: false,
      invalidReason: 'unexpected_verify_error',
    })
    expect(await broken.settle(payload, requirements)).toEqual({
      success: false,
      errorReason: 'unexpected_settle_error',
      transaction: '',
      network: 'eip155:84532',
    })
  })
})

describe('createFacilitatorHandler', () => {
  const ask = (path: string, body: unknown): Promise<Response | undefined> =>
    handler(new Request(`https://f.example${path}`, { method: 'POST', body: JSON.stringify(body) }))

  test('default', async () => {
    const question = { x402Version: 2, paymentPayload: payload, paymentRequirements: requirements }
    expect(await (await ask('/verify', question))?.json()).toEqual({ isValid: true, payer: requirements.payTo })
    expect(await (await ask('/settle', question))?.json()).toMatchObject({ success: true, amount: '10000' })
    const supported = await handler(new Request('https://f.example/supported'))
    expect(await supported?.json()).toEqual({
      kinds: [
        { x402Version: 2, scheme: 'exact', network: 'eip155:84532' },
        { x402Version: 1, scheme: 'exact', network: 'base-sepolia' },
      ],
      extensions: [],
      signers: { 'eip155:*': scheme.signers },
    })
    expect(await handler(new Request('https://f.example/other'))).toBeUndefined()
    expect(await handler(new Request('https://f.example/settle'))).toBeUndefined()
  })

  test('behavior: a payment as deep and as large as a server reads it is read inside a question too', async () => {
    const deep = (depth: number): JsonObject['x'] => (depth === 0 ? 0 : [deep(depth - 1)])
    for (const more of [deep(MAX_JSON_DEPTH - 2), Array(9_900).fill(0)]) {
      const large = decodePaymentPayload(encodePaymentHeader({ ...payload, extensions: { more } }))
      const accepted = { ...requirements, extra: { ...requirements.extra, more: Array(9_900).fill(0) } }
      const question = { x402Version: 2, paymentPayload: large, paymentRequirements: accepted }
      expect(await (await ask('/settle', question))?.json()).toMatchObject({ success: true })
    }
    const tooDeep = { ...payload, extensions: { more: deep(MAX_JSON_DEPTH - 1) } }
    const question = { x402Version: 2, paymentPayload: tooDeep, paymentRequirements: requirements }
    expect((await ask('/settle', question))?.status).toBe(400)
  })

  test.each([
    ['nothing', null],
    ['[30] version 1', { x402Version: 1, paymentPayload: payload, paymentRequirements: requirements }],
    ['[29] no payload', { x402Version: 2, paymentRequirements: requirements }],
    [
      '[26] a bad amount',
      { x402Version: 2, paymentPayload: payload, paymentRequirements: { ...requirements, amount: '-1' } },
    ],
    ['a body that is too long', { x402Version: 2, padding: 'x'.repeat(140_000) }],
  ])('error: %s', async (_name, body) => {
    expect((await ask('/verify', body))?.status).toBe(400)
    const settled = await ask('/settle', body)
    expect(settled?.status).toBe(400)
    expect(await settled?.json()).toMatchObject({ success: false, errorReason: 'invalid_payload' })
  })
})

test('error: a question in pieces without number, though it is short enough', async () => {
  const text = JSON.stringify({ x402Version: 2, paymentPayload: payload, paymentRequirements: requirements })
  const inPieces = (padding: number) => {
    const bytes = new TextEncoder().encode(' '.repeat(padding) + text)
    let at = 0
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.enqueue(bytes.subarray(at, at + 1))
        at += 1
        if (at === bytes.length) controller.close()
      },
    })
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' }
    return handler(new Request('https://f.example/verify', init as RequestInit))
  }
  expect((await inPieces(1000))?.status).toBe(200)
  expect((await inPieces(20_000))?.status).toBe(400)
})

describe('createFacilitatorClient', () => {
  test('default: speaks to our handler', async () => {
    const client = createFacilitatorClient({
      baseUrl: 'https://f.example',
      fetch: async (input, init) => (await handler(new Request(input, init))) ?? new Response(null, { status: 404 }),
    })
    expect(await client.verify(payload, requirements)).toEqual({ isValid: true, payer: requirements.payTo })
    expect((await client.settle(payload, requirements)).success).toBe(true)
    expect((await client.supported()).kinds).toHaveLength(1)
  })

  test('behavior: a verdict under an error status counts, and slashes do not double', async () => {
    const urls: string[] = []
    const client = clientOf((url) => {
      urls.push(url)
      return Response.json({ isValid: false, invalidReason: 'x' }, { status: 400 })
    })
    expect(await client.verify(payload, requirements)).toEqual({ isValid: false, invalidReason: 'x' })
    expect(urls).toEqual(['https://f.example/x/verify'])
  })

  test.each([
    ['HTML', () => new Response('<html>')],
    ['a job ticket', () => Response.json({ paymentJob: 1 }, { status: 202 })],
    [
      'isValid as text',
      () => Response.json({ isValid: 'true', success: 'true', transaction: '', network: 'eip155:1' }),
    ],
    ['too much', () => new Response('x'.repeat(2_000_000))],
    ['nothing', () => new Response(null)],
  ])('error: [47] %s', async (_name, answer) => {
    expect(await codeOf(clientOf(answer).verify(payload, requirements))).toBe('FACILITATOR_BAD_ANSWER')
    expect(await codeOf(clientOf(answer).settle(payload, requirements))).toBe('FACILITATOR_BAD_ANSWER')
  })

  test('error: a facilitator that takes no more says so; a verdict under the same status counts', async () => {
    for (const status of [429, 503]) {
      const busy = clientOf(() => Response.json({ error: { code: 'too_many_requests', message: 'x' } }, { status }))
      expect(await codeOf(busy.settle(payload, requirements))).toBe('FACILITATOR_BUSY')
      expect(await codeOf(clientOf(() => new Response('busy', { status })).supported())).toBe('FACILITATOR_BUSY')
      const verdict = { isValid: false, invalidReason: 'x' }
      expect(await clientOf(() => Response.json(verdict, { status })).verify(payload, requirements)).toEqual(verdict)
    }
  })

  test('error: [47][48] no answer, a redirect, a hanging answer', async () => {
    const down = clientOf(() => Promise.reject(new TypeError('fetch failed')))
    expect(await codeOf(down.supported())).toBe('FACILITATOR_UNREACHABLE')
    let redirect: RequestRedirect | undefined
    const hanging = createFacilitatorClient({
      baseUrl: 'https://f.example',
      timeoutMs: 20,
      fetch: (_input, init) => {
        redirect = init?.redirect
        return new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(new Error('aborted')))
        })
      },
    })
    expect(await codeOf(hanging.verify(payload, requirements))).toBe('FACILITATOR_UNREACHABLE')
    expect(redirect).toBe('error')
    expect(new HTTPFacilitatorClient({ url: 'https://f.example' }).url).toBe('https://f.example')
  })
})
