import { EventEmitter, once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import { accountOf, exactRequirements, NOW } from '../../test/fixtures.js'
import { createPayment } from '../client/create-payment.js'
import { settlementOf } from '../client/refusal-reason.js'
import { exactClient } from '../evm/evm-client.js'
import type { Facilitator } from '../facilitator/facilitator.js'
import { nodePaywallRequest } from '../node-http/node-paywall-request.js'
import { decodePaymentRequired, encodePaymentHeader } from '../protocol/header.js'
import { createMemoryReservationStore } from '../server/memory-reservation-store.js'
import { createRecoverPool } from './create-recover-pool.js'
import { type NodePaywallOptions, nodePaywall } from './node-paywall.js'

const payer = accountOf('node payer')
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

interface Started {
  readonly url: string
  /** What happened, in order. */
  readonly events: string[]
  pay(path?: string, init?: RequestInit): Promise<Response>
}

async function start(change: Partial<NodePaywallOptions> = {}): Promise<Started> {
  const events: string[] = []
  const facilitator: Facilitator = {
    verify: async () => ({ isValid: true }),
    async settle(_payload, { amount, network }) {
      events.push('settled')
      return { success: true, transaction: `0x${'11'.repeat(32)}`, network, amount, payer: payer.address }
    },
    supported: async () => ({ kinds: [], extensions: [], signers: {} }),
  }
  const wall = nodePaywall({
    price: { resource: { url: 'https://api.example/' }, accepts: [exactRequirements()] },
    store: createMemoryReservationStore(),
    facilitator,
    verify: 'local',
    clock: () => NOW,
    handler: async () => {
      events.push('handled')
      return { body: 'paid' }
    },
    ...change,
  })
  const server = createServer((request, response) => {
    response.once('finish', () => events.push('sent'))
    void wall(request, response, (error) => response.writeHead(500).end(error instanceof Error ? error.name : 'broken'))
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    events,
    async pay(path = '/', init = {}) {
      const challenge = await fetch(`${url}${path}`, init)
      expect(challenge.status).toBe(402)
      const required = decodePaymentRequired(challenge.headers.get('payment-required') ?? '')
      const { payload } = await createPayment(exactRequirements(), {
        required,
        scheme: exactClient({ signer: payer }),
        now: NOW,
        randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
      })
      events.length = 0
      return fetch(`${url}${path}`, { ...init, headers: { 'payment-signature': encodePaymentHeader(payload) } })
    },
  }
}

describe('nodePaywall', () => {
  test('behavior: signatures may be judged by other threads; 20 payments at once, and one that somebody else signed', async () => {
    const pool = createRecoverPool()
    let asked = 0
    const recoverAsync: typeof pool.recoverAsync = (...signature) => {
      asked += 1
      return pool.recoverAsync(...signature)
    }
    try {
      const { pay, events, url } = await start({ recoverAsync })
      expect(pool.threads).toBe(1)
      const answers = await Promise.all(Array.from({ length: 20 }, () => pay()))
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
      expect(asked).toBe(20)
      events.length = 0
      const { payload } = await createPayment(exactRequirements(), {
        required: decodePaymentRequired((await fetch(url)).headers.get('payment-required') ?? ''),
        scheme: exactClient({
          // Names one account and signs with another's key.
          signer: {
            address: payer.address,
            signTypedData: (data) => accountOf('a thief').signTypedData(data as never),
          },
        }),
        now: NOW,
        randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
      })
      const refused = await fetch(url, { headers: { 'payment-signature': encodePaymentHeader(payload) } })
      expect(refused.status).toBe(402)
      expect(await refused.json()).toMatchObject({ error: { code: 'invalid_exact_evm_signature' } })
      expect(asked).toBe(21)
      expect(events).not.toContain('handled')
    } finally {
      await pool.close()
    }
  })

  test('default: the handler’s answer in parts, settled, in one piece', async () => {
    const { pay, events } = await start()
    const response = await pay()
    expect([response.status, await response.text()]).toEqual([200, 'paid'])
    expect(settlementOf(response)).toMatchObject({ success: true, payer: payer.address })
    expect(response.headers.get('content-length')).toBe('4')
    expect(response.headers.get('transfer-encoding')).toBeNull()
    expect(response.headers.get('cache-control')).toBe('private')
    await expect.poll(() => events).toEqual(['handled', 'settled', 'sent'])
  })

  test('behavior: settleAfter settles when the answer is out, whatever its body is', async () => {
    for (const body of ['paid', new TextEncoder().encode('paid'), null]) {
      const { pay, events } = await start({ settleAfter: () => true, handler: async () => ({ body }) })
      const response = await pay()
      expect(await response.text()).toBe(body === null ? '' : 'paid')
      expect(response.headers.get('payment-response')).toBeNull()
      await expect.poll(() => events).toEqual(['settled', 'sent'])
    }
  })

  test('behavior: text beyond ASCII, bytes, doubled fields, and answers without a body arrive as they are', async () => {
    const text = 'Wörter – 言葉'
    const { pay } = await start({
      handler: async ({ request }) => {
        if (request.url.endsWith('/none')) return { status: 204 }
        if (request.url.endsWith('/bytes')) return { body: Uint8Array.of(0, 255, 128) }
        return { headers: { 'Set-Cookie': ['a=1', 'b=2'], 'Content-Type': 'text/plain' }, body: text }
      },
    })
    const worded = await pay('/text')
    expect(await worded.text()).toBe(text)
    expect(worded.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(new Uint8Array(await (await pay('/bytes')).arrayBuffer())).toEqual(Uint8Array.of(0, 255, 128))
    const none = await pay('/none')
    expect([none.status, none.headers.get('content-length'), await none.text()]).toEqual([204, null, ''])
    expect(settlementOf(none)?.success).toBe(true)
  })

  test('behavior: a HEAD request is paid and has the length of the body that it does not get', async () => {
    const { pay, events } = await start()
    const response = await pay('/', { method: 'HEAD' })
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '4', ''])
    expect(events).toContain('settled')
  })

  test('behavior: price and handler both read the body, and a Request is made of it where one is asked for', async () => {
    const { pay, url } = await start({
      price: async (request) => {
        const body = await request.readBody(100)
        const amount = body?.length === 3 ? '10000' : '1'
        return { resource: { url: request.url }, accepts: [exactRequirements({ amount })] }
      },
      handler: async ({ request, body }) => Response.json([body.length, await request.toRequest(body).text()]),
    })
    const response = await pay('/a', { method: 'POST', body: 'abc' })
    expect(await response.json()).toEqual([3, 'abc'])
    const other = await fetch(`${url}/a`, { method: 'POST', body: 'abcd' })
    expect(decodePaymentRequired(other.headers.get('payment-required') ?? '').accepts[0]?.amount).toBe('1')
  })

  test('error: [7] a price that reads the body through a Request takes nothing from the handler, nor from what the payment is bound to', async () => {
    const handled: string[] = []
    const { url } = await start({
      price: async (request) => {
        await request.toRequest().text()
        request.toRequest()
        return { resource: { url: request.url }, accepts: [exactRequirements()] }
      },
      handler: async ({ body }) => {
        handled.push(new TextDecoder().decode(body))
        return {}
      },
    })
    const challenge = await fetch(url, { method: 'POST', body: 'first' })
    const required = decodePaymentRequired(challenge.headers.get('payment-required') ?? '')
    const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
    const scheme = exactClient({ signer: payer })
    const { payload } = await createPayment(exactRequirements(), { required, scheme, now: NOW, randomBytes })
    const headers = { 'payment-signature': encodePaymentHeader(payload) }
    expect((await fetch(url, { method: 'POST', body: 'first', headers })).status).toBe(200)
    const other = await fetch(url, { method: 'POST', body: 'other', headers })
    expect([other.status, handled]).toEqual([409, ['first']])
    expect(await other.text()).toContain('payment_used_for_other_request')
  })

  test('error: [7] a payment is good for its own URL only, however the path is spelled', async () => {
    const { url } = await start()
    const challenge = await fetch(`${url}/a`)
    const required = decodePaymentRequired(challenge.headers.get('payment-required') ?? '')
    const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
    const scheme = exactClient({ signer: payer })
    const { payload } = await createPayment(exactRequirements(), { required, scheme, now: NOW, randomBytes })
    const headers = { 'payment-signature': encodePaymentHeader(payload) }
    expect((await fetch(`${url}/a`, { headers })).status).toBe(200)
    expect((await fetch(`${url}/a`, { headers })).status).toBe(409)
    expect((await fetch(`${url}/b`, { headers })).status).toBe(409)
  })

  test('error: a body above the limit is 413, on a connection that lives on', async () => {
    const { pay, events } = await start({ maxBodyBytes: 3 })
    const response = await pay('/', { method: 'POST', body: 'abcd' })
    expect([response.status, (await response.json()) as unknown]).toEqual([
      413,
      { error: expect.objectContaining({ code: 'body_too_large' }) },
    ])
    expect(events).not.toContain('settled')
  })

  test('error: a body in pieces without number is above every limit', async () => {
    const readPieces = (count: number) => {
      const incoming = Object.assign(Readable.from(Array(count).fill(Buffer.from('a'))), {
        method: 'POST',
        headers: {},
        url: '/',
      })
      const options = { readUrl: () => 'https://api.example/', maxBodyBytes: 1_000_000 }
      return nodePaywallRequest(incoming as never, new EventEmitter() as never, options as never).readBody(1_000_000)
    }
    expect((await readPieces(10_000))?.length).toBe(10_000)
    expect(await readPieces(20_000)).toBeUndefined()
  })

  test('error: [41] a handler that throws or answers 400 and above is not charged, and the payment stays good', async () => {
    let broken = true
    const { url, events } = await start({
      handler: async () => {
        if (broken) throw new TypeError('broken')
        return { status: 200, body: 'whole' }
      },
    })
    const challenge = await fetch(url)
    const required = decodePaymentRequired(challenge.headers.get('payment-required') ?? '')
    const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
    const scheme = exactClient({ signer: payer })
    const { payload } = await createPayment(exactRequirements(), { required, scheme, now: NOW, randomBytes })
    const headers = { 'payment-signature': encodePaymentHeader(payload) }
    const first = await fetch(url, { headers })
    expect([first.status, await first.text()]).toEqual([500, 'TypeError'])
    expect(events).not.toContain('settled')
    broken = false
    expect(await (await fetch(url, { headers })).text()).toBe('whole')
    expect(events.filter((event) => event === 'settled')).toHaveLength(1)
  })
})
