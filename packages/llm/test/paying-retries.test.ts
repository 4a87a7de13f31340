import type { ServerResponse } from 'node:http'
import { encodePaymentHeader } from '@og/x402'
import { wrapFetch } from '@og/x402/client'
import { exactClient } from '@og/x402/evm'
import { createPaymentRequired } from '@og/x402/server'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chat, httpTransport, streamChat, type Timeouts, type Transport } from '../src/index.js'
import { chatChunk, sse } from './support/streams.js'
import { type Answer, answers, startWireServer, streams, type WireServer } from './support/wire-server.js'

/** Our retries over the fetch that really pays: however often a call is sent, it is signed for once. */
let server: WireServer
beforeAll(async () => {
  server = await startWireServer()
})
afterAll(() => server.close())

const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] }
const good = JSON.stringify({ id: 'a', choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] })
const whole = sse(chatChunk({ content: 'ok' }), chatChunk({}, 'stop'), '[DONE]')
const account = privateKeyToAccount(generatePrivateKey())

interface Shop {
  readonly transport: Transport
  /** How often the payer signed. */
  readonly signatures: () => number
  /** The payments that reached the server, in order. */
  readonly payments: readonly string[]
}

/** Sells answers; `paid` says what happens to the paid attempts, which count from 1. */
function openShop(paid: Answer, timeouts: Timeouts = {}): Shop {
  let signed = 0
  const signer = {
    address: account.address,
    signTypedData: (data: Parameters<typeof account.signTypedData>[0]) => {
      signed += 1
      return account.signTypedData(data)
    },
  }
  const payments: string[] = []
  const fetch = (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const payment = new Headers(init?.headers).get('payment-signature')
    if (payment !== null) payments.push(payment)
    return globalThis.fetch(url, init)
  }
  const baseUrl: string = server.serve((response, _attempt, body) => {
    if (payments.length === 0) askForPayment(response, baseUrl)
    else void paid(response, payments.length, body)
  })
  const paying = wrapFetch({ fetch, schemes: [exactClient({ signer })], policy: { maxAmountPerCall: 10_000n } })
  return {
    transport: httpTransport({ baseUrl, fetch: paying, timeouts }),
    signatures: () => signed,
    payments,
  }
}

function askForPayment(response: ServerResponse, url: string): void {
  const required = createPaymentRequired({
    resource: { url },
    accepts: [
      {
        scheme: 'exact',
        network: 'eip155:84532',
        amount: '1000',
        asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
        payTo: '0x000000000000000000000000000000000000dEaD',
        maxTimeoutSeconds: 300,
        extra: { name: 'USDC', version: '2' },
      },
    ],
  })
  const error = { error: { message: 'payment required', type: 'payment', param: null, code: 'payment_required' } }
  answers(402, JSON.stringify(error), { 'payment-required': encodePaymentHeader(required) })(response, 1, '')
}

describe('a paid call that is repeated', () => {
  const failures: readonly (readonly [string, (response: ServerResponse) => void])[] = [
    ['a 500', (response) => void response.writeHead(500).end()],
    ['a 502 with HTML', (response) => void response.writeHead(502).end('<html>')],
    ['a reset before the head', (response) => void response.socket?.resetAndDestroy()],
    [
      'a reset inside the body',
      (response) =>
        void response.writeHead(200, { 'content-length': '99' }).write('{', () => response.socket?.resetAndDestroy()),
    ],
    ['silence', () => undefined],
  ]

  test.each(failures)('chat: %s, twice: one signature', async (name, fail) => {
    const shop = openShop(
      (response, attempt) => (attempt < 3 ? fail(response) : answers(200, good)(response, attempt, '')),
      // Only silence needs a limit; on a busy machine it would meet the others, too.
      name === 'silence' ? { connectMs: 800 } : {},
    )
    expect((await chat(shop.transport, request)).text).toBe('ok')
    expect(shop.payments).toHaveLength(3)
    expect(new Set(shop.payments).size).toBe(1)
    expect(shop.signatures()).toBe(1)
  })

  test('streams: an answer that is lost before its first piece: one signature', async () => {
    const shop = openShop((response, attempt) => {
      if (attempt > 1) return streams([whole])(response, attempt, '')
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': ping\n\n', () => response.destroy())
    })
    expect(await streamChat(shop.transport, request).text()).toBe('ok')
    expect(new Set(shop.payments).size).toBe(1)
    expect(shop.signatures()).toBe(1)
  })

  test('an abort, and the same question again: one signature', async () => {
    const controller = new AbortController()
    const shop = openShop((response, attempt) => {
      if (attempt === 1) controller.abort()
      else answers(200, good)(response, attempt, '')
    })
    await expect(chat(shop.transport, request, { signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    })
    expect((await chat(shop.transport, request)).text).toBe('ok')
    expect(shop.payments).toHaveLength(2)
    expect(shop.signatures()).toBe(1)
  })

  test('a server that objects is not asked again', async () => {
    const shop = openShop(answers(500, '{}', { 'x-should-retry': 'false' }))
    await expect(chat(shop.transport, request)).rejects.toMatchObject({ status: 500, isRetryable: false })
    expect(shop.payments).toHaveLength(1)
  })

  test('a price above the cap is neither signed for nor asked for again', async () => {
    let asked = 0
    const baseUrl: string = server.serve((response) => {
      asked += 1
      askForPayment(response, baseUrl)
    })
    const fetch = wrapFetch({
      fetch: (url, init) => globalThis.fetch(url, init),
      schemes: [exactClient({ signer: account })],
      policy: { maxAmountPerCall: 1n },
    })
    await expect(chat(httpTransport({ baseUrl, fetch }), request)).rejects.toMatchObject({ code: 'PRICE_ABOVE_CAP' })
    expect(asked).toBe(1)
  })
})
