import { createHash } from 'node:crypto'
import { openMemoryX402Stores, type X402Stores } from '@og/ledger/x402'
import type { Facilitator } from '@og/x402/facilitator'
import { createFacilitator } from '@og/x402/facilitator'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFacilitatorApp, type FacilitatorAppOptions } from './facilitator-app.js'
import { BusyError } from './fair-gate.js'
import * as app from './index.js'
import { createJsonLog } from './log.js'
import { createMetrics } from './metrics.js'
import { currentRequest } from './request-context.js'

const empty = createFacilitator({ schemes: [] })
let stores: X402Stores
let lines: string[]
beforeEach(() => {
  stores = openMemoryX402Stores()
  lines = []
})
afterEach(() => stores.close())

function appOf(change: Partial<FacilitatorAppOptions> = {}) {
  return createFacilitatorApp({
    facilitator: empty,
    checkReadiness: async () => [],
    settlements: stores.settlements,
    catalog: stores.catalog,
    metrics: createMetrics({ gate: { running: 1, waiting: 2 }, readBalance: async () => 7n }),
    log: createJsonLog({ write: (line) => lines.push(line), now: () => new Date(0) }),
    maxBodyBytes: 1_024,
    versions: [1, 2],
    remoteAddressOf: () => '192.0.2.1',
    ...change,
  })
}

const question = {
  x402Version: 2,
  paymentPayload: {
    x402Version: 2,
    accepted: {
      scheme: 'exact',
      network: 'eip155:1',
      amount: '1',
      asset: `0x${'11'.repeat(20)}`,
      payTo: `0x${'22'.repeat(20)}`,
      maxTimeoutSeconds: 60,
    },
    payload: { signature: '0x5ec4e7' },
  },
  paymentRequirements: {
    scheme: 'exact',
    network: 'eip155:1',
    amount: '1',
    asset: `0x${'11'.repeat(20)}`,
    payTo: `0x${'22'.repeat(20)}`,
    maxTimeoutSeconds: 60,
  },
}
const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

describe('createFacilitatorApp', () => {
  test('ready is a word about chain and stores, health about the process', async () => {
    const faulty = appOf({ checkReadiness: async () => ['chain'] })
    const answer = await faulty.request('/ready')
    expect([answer.status, await answer.json()]).toEqual([503, { status: 'not_ready', faults: ['chain'] }])
    expect((await faulty.request('/health')).status).toBe(200)
    expect(await (await appOf().request('/ready')).json()).toEqual({ status: 'ready' })
  })

  test('without schemes it supports nothing', async () => {
    expect(await (await appOf().request('/supported')).json()).toMatchObject({ kinds: [] })
  })

  test('a failure inside is a 500 that says nothing of it, to the caller or the log', async () => {
    const failing: Facilitator = {
      ...empty,
      supported: () => Promise.reject(new Error('password of the database')),
    }
    const answer = await appOf({ facilitator: failing }).request('/supported')
    expect(answer.status).toBe(500)
    expect(await answer.text()).toBe(
      '{"error":{"code":"internal_error","message":"The request failed inside the facilitator."}}',
    )
    expect(lines.join()).toContain('a request failed')
    expect(lines.join()).not.toContain('password')
  })

  test('too many questions are a 429 that says when to come back', async () => {
    const busy: Facilitator = { ...empty, verify: () => Promise.reject(new BusyError('payer')) }
    const answer = await appOf({ facilitator: busy }).request('/verify', post(question))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '1'])
    expect(await answer.json()).toMatchObject({ error: { code: 'too_many_requests' } })
  })

  test('a question longer than the limit is refused', async () => {
    const answer = await appOf().request('/verify', post({ ...question, more: 'x'.repeat(1_024) }))
    expect([answer.status, await answer.json()]).toEqual([400, { isValid: false, invalidReason: 'invalid_payload' }])
  })

  test('version 1 can be turned off', async () => {
    const answer = await appOf({ versions: [2] }).request('/verify', post({ ...question, x402Version: 1 }))
    expect(answer.status).toBe(400)
  })

  test('the log has a line for each question and nothing of the payment', async () => {
    await appOf().request('/verify', post(question))
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ message: 'request', route: '/verify', status: 200 })
    expect(lines.join()).not.toContain('5ec4e7')
    expect(lines.join()).not.toContain('192.0.2.1')
  })

  test('the metrics count what happened', async () => {
    const metered = appOf()
    await metered.request('/verify', post(question))
    await metered.request('/anything/else')
    const text = await (await metered.request('/metrics')).text()
    expect(text).toContain('og_facilitator_request_seconds_count{route="/verify",status="200"} 1')
    expect(text).toContain('og_facilitator_request_seconds_count{route="other",status="404"} 1')
    expect(text).toContain('og_facilitator_gas_money_wei 7')
    expect(text).toContain('og_facilitator_questions{state="waiting"} 2')
  })
})

describe('keys', () => {
  const apiKeys = [
    { name: 'first', sha256: createHash('sha256').update('key of the first').digest('hex') },
    { name: 'second', sha256: createHash('sha256').update('key of the second').digest('hex') },
  ]
  const guarded = () => appOf({ apiKeys })

  test.each([
    ['no key', {}],
    ['a wrong key', { authorization: 'Bearer guess' }],
    ['another scheme', { authorization: 'Basic a2V5IG9mIHRoZSBmaXJzdA==' }],
    ['its digest instead of the key', { 'x-api-key': apiKeys[0]?.sha256 ?? '' }],
  ])('%s is a 401 wherever a payment is asked about', async (_name, headers: Record<string, string>) => {
    for (const path of ['/verify', '/settle', '/v1/verify', '//settle']) {
      const answer = await guarded().request(path, post(question, headers))
      expect([path, answer.status, answer.headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer'])
    }
    expect((await guarded().request(`/payments/0x${'00'.repeat(32)}`, { headers })).status).toBe(401)
  })

  test('a key opens, in either header, and names its caller in the log', async () => {
    for (const headers of [{ authorization: 'Bearer key-2' }, { 'x-api-key': 'key-2' }]) {
      lines = []
      const keys = [...apiKeys, { name: 'third', sha256: createHash('sha256').update('key-2').digest('hex') }]
      const answer = await appOf({ apiKeys: keys }).request('/verify', post(question, headers as never))
      expect(answer.status).toBe(200)
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ caller: 'third' })
      expect(lines.join()).not.toContain('key-2')
    }
  })

  test('a key for some payees: its question says so, and it learns of no payment to others', async () => {
    const own = question.paymentRequirements.payTo
    const digest = (key: string) => createHash('sha256').update(key).digest('hex')
    const keys = [
      { name: 'bound', sha256: digest('bound'), payTo: [own.toUpperCase().replace('0X', '0x')] },
      { name: 'free', sha256: digest('free') },
    ]
    const asked: unknown[] = []
    const noting: Facilitator = {
      ...empty,
      verify: async () => {
        asked.push(currentRequest()?.payees)
        return { isValid: false, invalidReason: 'noted' }
      },
    }
    const record = { scheme: 'exact', network: 'eip155:1', payer: undefined, amount: 1n, question: '{}' } as const
    const asset = '0x036CbD53842c5426634e7929541eC2318f3dCF7e'
    const theirs = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
    for (const [digit, payTo] of [
      ['a', own as `0x${string}`],
      ['b', theirs],
    ] as const)
      await stores.settlements.begin({ ...record, asset, payTo, paymentHash: `0x${digit.repeat(64)}` })
    const statuses: number[] = []
    for (const key of ['bound', 'free']) {
      const headers = { 'x-api-key': key }
      const open = appOf({ apiKeys: keys, facilitator: noting })
      await open.request('/verify', post(question, headers))
      for (const digit of ['a', 'b'])
        statuses.push((await open.request(`/payments/0x${digit.repeat(64)}`, { headers })).status)
    }
    expect(asked).toEqual([[own], undefined])
    expect(statuses).toEqual([200, 404, 200, 200])
  })

  test('what is public stays public', async () => {
    for (const path of ['/health', '/ready', '/metrics', '/supported', '/discovery/resources']) {
      expect((await guarded().request(path)).status).toBe(200)
    }
  })
})

describe('GET /payments/{hash}', () => {
  const paymentHash = `0x${'ab'.repeat(32)}` as const

  test('tells what became of a settlement, and nothing that signs', async () => {
    await stores.settlements.begin({
      paymentHash,
      scheme: 'exact',
      network: 'eip155:1',
      payer: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
      payTo: '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
      asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
      amount: 2n ** 100n,
      question: '{"signature":"0x5ec4e7"}',
    })
    const pending = await appOf().request(`/payments/${paymentHash}`)
    expect(await pending.json()).toMatchObject({ paymentHash, status: 'pending', amount: `${2n ** 100n}` })
    await stores.settlements.conclude(paymentHash, { state: 'settled', transaction: `0x${'cd'.repeat(32)}` })
    const settled = await appOf().request(`/payments/${paymentHash.toUpperCase().replace('0X', '0x')}`)
    expect(settled.headers.get('cache-control')).toBe('no-store')
    const text = await settled.text()
    expect(JSON.parse(text)).toMatchObject({ status: 'settled', transaction: `0x${'cd'.repeat(32)}` })
    expect(text).not.toContain('5ec4e7')
  })

  test('an unknown payment is a 404, what is no hash a 400', async () => {
    expect((await appOf().request(`/payments/0x${'00'.repeat(32)}`)).status).toBe(404)
    expect((await appOf().request('/payments/0x12')).status).toBe(400)
  })
})

test('the names that this app exports', () => {
  expect(Object.keys(app).sort()).toEqual(['createFacilitatorApp', 'createJsonLog', 'parseConfig', 'startFacilitator'])
})
