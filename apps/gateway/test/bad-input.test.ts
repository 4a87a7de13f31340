import type { JsonObject } from '@og/settlement'
import type { PaymentPayload } from '@og/x402'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type RawAnswer, type RawRequest, sendRaw } from '../../devnet/test/raw-request.js'
import { post, repackPayment, type SignedPayment, signPayment } from '../../devnet/test/sign-payment.js'
import { type Payer, startTestDevnet, type TestDevnet } from '../../devnet/test/start-test-devnet.js'
import { startTestUpstream, type TestUpstream } from '../../devnet/test/start-test-upstream.js'

const body = { model: 'openai/gpt-4o', messages: [{ role: 'user', content: 'hello' }], max_tokens: 16 }
const maxBodyBytes = 1_048_576

let net: TestDevnet
let upstream: TestUpstream
let payer: Payer
let url: string
let startingBalance: bigint
let honestSpend = 0n

beforeAll(async () => {
  upstream = await startTestUpstream()
  net = await startTestDevnet({ upstreams: [{ id: 'test', baseUrl: upstream.baseUrl, families: [] }] })
  url = net.devnet.vanillaGateway.url()
  payer = await net.payer({ tokens: 100_000_000n })
  startingBalance = await payer.balance()
}, 120_000)
afterAll(async () => {
  await net?.devnet.stop()
  await upstream?.close()
})
beforeEach(() => {
  upstream.calls.length = 0
})

/** The refusal has the shape of the OpenAI API, says nothing of the node's insides, and no work was done. */
function expectRefusal(answer: RawAnswer, [status, code]: readonly [number, string]): void {
  const parsed = JSON.parse(answer.text)
  expect([answer.status, parsed.error.code]).toEqual([status, code])
  expect(answer.headers['content-type']).toMatch(/^application\/json/)
  expect(Object.keys(parsed)).toEqual(['error'])
  expect(parsed.error).toEqual({
    message: expect.stringMatching(/^[A-Za-z].*\.$/s),
    type: expect.stringMatching(/^[a-z_]+$/),
    param: parsed.error.param === null ? null : expect.any(String),
    code: expect.stringMatching(/^[a-z0-9_]+$/),
  })
  expect(answer.text).not.toMatch(/\n\s*at |node_modules|file:|\/work\/|\.ts|\.js|undefined|\[object/)
  expect(upstream.calls.length).toBe(0)
}

function send(request: Omit<RawRequest, 'url'>): Promise<RawAnswer> {
  return sendRaw({ url, ...request })
}

const bodyWith = (change: object): string => JSON.stringify({ ...body, ...change })
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

describe('D5: bodies that are refused before any price', () => {
  test.each<[string, string | Uint8Array, readonly [number, string]]>([
    ['nothing', '', [400, 'invalid_json']],
    ['not JSON', '{"model":', [400, 'invalid_json']],
    ['trailing data', `${JSON.stringify(body)}{}`, [400, 'invalid_json']],
    ['an array', '[]', [400, 'invalid_json']],
    ['null', 'null', [400, 'invalid_json']],
    ['a byte order mark', `\u{feff}${JSON.stringify(body)}`, [400, 'invalid_json']],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), [400, 'invalid_json']],
    ['a key twice', `{"model":"openai/gpt-4o","model":"openai/gpt-4.1"}`, [400, 'duplicate_key']],
    ['a key twice, one escaped', `{"model":"a","mod\\u0065l":"b"}`, [400, 'duplicate_key']],
    ['a lone surrogate', bodyWith({}).replace('hello', '\\ud800'), [400, 'lone_surrogate']],
    ['a number that a double changes', bodyWith({}).replace('16', '9007199254740993'), [400, 'number_not_exact']],
    ['a number out of range', bodyWith({}).replace('16', '1e999'), [400, 'number_not_exact']],
    ['65 levels', bodyWith({ x: 0 }).replace('"x":0', `"x":${nested(65)}`), [400, 'limit_exceeded']],
    ['100,000 levels', nested(100_000), [400, 'limit_exceeded']],
    ['100,000 values', bodyWith({ x: Array.from({ length: 100_000 }, () => 0) }), [400, 'limit_exceeded']],
    ['an unknown model', bodyWith({ model: 'openai/gpt-99' }), [404, 'model_not_found']],
    ['a model of the object prototype', bodyWith({ model: 'constructor' }), [404, 'model_not_found']],
    ['a model named __proto__', bodyWith({ model: '__proto__' }), [404, 'model_not_found']],
    ['no model', bodyWith({ model: undefined }), [400, 'missing_required_parameter']],
    ['a number as model', bodyWith({ model: 4 }), [400, 'invalid_type']],
    ['no messages', bodyWith({ messages: undefined }), [400, 'missing_required_parameter']],
    ['empty messages', bodyWith({ messages: [] }), [400, 'empty_array']],
    ['messages that are text', bodyWith({ messages: 'hello' }), [400, 'invalid_type']],
    ['an unknown role', bodyWith({ messages: [{ role: 'root', content: 'x' }] }), [400, 'invalid_value']],
    ['content that is a number', bodyWith({ messages: [{ role: 'user', content: 7 }] }), [400, 'invalid_type']],
    ['negative max_tokens', bodyWith({ max_tokens: -1 }), [400, 'integer_below_min_value']],
    ['max_tokens of nothing', bodyWith({ max_tokens: 0 }), [400, 'integer_below_min_value']],
    ['a fraction of a token', bodyWith({ max_tokens: 1.5 }), [400, 'invalid_type']],
    ['max_tokens as text', bodyWith({ max_tokens: '16' }), [400, 'invalid_type']],
    ['more tokens than the node makes', bodyWith({ max_tokens: 16_385 }), [400, 'invalid_request']],
    ['two answers', bodyWith({ n: 2 }), [400, 'unsupported_value']],
    ['a temperature of 3', bodyWith({ temperature: 3 }), [400, 'decimal_above_max_value']],
    ['stream as text', bodyWith({ stream: 'yes' }), [400, 'invalid_type']],
    ['five stop sequences', bodyWith({ stop: ['a', 'b', 'c', 'd', 'e'] }), [400, 'array_above_max_length']],
  ])('%s', async (_name, sent, refusal) => {
    expectRefusal(await send({ body: sent }), refusal)
  })

  test('D14: a key __proto__ is data: it pollutes nothing and is priced like any other', async () => {
    const answer = await send({ body: `{"__proto__":{"max_tokens":1,"polluted":true},${bodyWith({}).slice(1)}` })
    expectRefusal(answer, [402, 'payment_required'])
    expectRefusal(await send({ body: '{"__proto__":{"model":"openai/gpt-4o"}}' }), [400, 'missing_required_parameter'])
    expect((await send({ method: 'GET', path: '/health' })).text).not.toContain('polluted')
  })

  test.each([
    ['content-length', { body: Buffer.alloc(20_000_000, ' ') }],
    ['chunked', { endlessBytes: 20_000_000 }],
    ['one byte too many', { body: Buffer.alloc(maxBodyBytes + 1, ' ') }],
    ['one byte too many, chunked', { endlessBytes: maxBodyBytes + 65_536 }],
  ])('a body that is too large: %s', async (_name, request) => {
    expectRefusal(await send(request), [413, 'request_too_large'])
  })

  test('the largest body is still read', async () => {
    const long = bodyWith({ messages: [{ role: 'user', content: 'x'.repeat(maxBodyBytes - 200) }] })
    expectRefusal(await send({ body: long }), [402, 'payment_required'])
  })
})

describe('A13, D4: header fields', () => {
  test.each<[string, Omit<RawRequest, 'url'>, readonly [number, string]]>([
    ['another content type', { headers: { 'content-type': 'text/plain' } }, [415, 'unsupported_media_type']],
    ['no content type', { headers: { 'content-type': '' } }, [415, 'unsupported_media_type']],
    ['a form', { headers: { 'content-type': 'multipart/form-data' } }, [415, 'unsupported_media_type']],
    ['a compressed body', { headers: { 'content-encoding': 'gzip' } }, [415, 'unsupported_media_type']],
    ['a lower-case mode', { headers: { 'og-inference-mode': 'tee' } }, [400, 'invalid_header']],
    ['an empty mode', { headers: { 'og-inference-mode': '' } }, [400, 'invalid_header']],
    ['two modes', { headers: { 'og-inference-mode': ['VANILLA', 'TEE'] } }, [400, 'invalid_header']],
    ['an unknown settlement', { headers: { 'og-settlement-mode': 'SETTLE_LATER' } }, [400, 'invalid_header']],
    ['a settlement of the prototype', { headers: { 'og-settlement-mode': 'toString' } }, [400, 'invalid_header']],
    ['TEE at a VANILLA node', { headers: { 'og-inference-mode': 'TEE' } }, [400, 'mode_not_available']],
    [
      'a sealed body at a VANILLA node',
      { headers: { 'content-type': 'application/og-sealed' } },
      [400, 'sealing_not_available'],
    ],
    ['a payment that is not base64', { headers: { 'payment-signature': '!!!' } }, [402, 'invalid_payload']],
    ['an empty payment', { headers: { 'payment-signature': '' } }, [402, 'invalid_payload']],
    ['a payment of null', { headers: { 'payment-signature': 'bnVsbA==' } }, [402, 'invalid_payload']],
    ['a payment of 27 KB', { headers: { 'payment-signature': 'A'.repeat(27_648) } }, [402, 'invalid_payload']],
    ['header fields of 60 KB', { headers: { 'payment-signature': 'A'.repeat(60_000) } }, [431, 'headers_too_large']],
  ])('%s', async (_name, request, refusal) => {
    expectRefusal(await send({ body: JSON.stringify(body), ...request }), refusal)
  })

  test('TEE without a seal at a TEE node', async () => {
    const answer = await sendRaw({
      url: net.devnet.gateway.url(),
      headers: { 'og-inference-mode': 'TEE' },
      body: JSON.stringify(body),
    })
    expectRefusal(answer, [400, 'sealing_required'])
  })

  test.each([
    ['garbage', 'garbage', [400, 'seal_version']],
    ['nothing', '', [400, 'seal_unreadable']],
  ] as const)('a sealed body of %s at a TEE node', async (_name, sealed, refusal) => {
    const headers = { 'content-type': 'application/og-sealed' }
    expectRefusal(await sendRaw({ url: net.devnet.gateway.url(), headers, body: sealed }), refusal)
  })

  test('what is not HTTP gets an answer of the same shape', async () => {
    const { hostname, port } = new URL(url)
    const { connect } = await import('node:net')
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write('POST / HTP/9\r\n\r\n'))
      let received = ''
      socket.on('data', (part) => {
        received += part
      })
      socket.on('close', () => resolve(received))
      socket.on('error', reject)
    })
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))).toMatchObject({ error: { code: 'invalid_http' } })
  })
})

type Accepted = PaymentPayload['accepted']
type Authorization = { signature: string; authorization: Record<string, string> }
const og = (accepted: Accepted): JsonObject => accepted.extra?.['og'] as JsonObject
const withOg = (accepted: Accepted, change: JsonObject): Accepted => ({
  ...accepted,
  extra: { ...accepted.extra, og: { ...og(accepted), ...change } },
})
const signedPart = (payload: PaymentPayload): Authorization => payload.payload as unknown as Authorization
const withSigned = (payload: PaymentPayload, change: (part: Authorization) => Authorization): PaymentPayload => ({
  ...payload,
  payload: change(signedPart(payload)) as unknown as PaymentPayload['payload'],
})
const flip = (hex: string, at: number): string => {
  const digit = (Number.parseInt(hex.charAt(at), 16) ^ 1).toString(16)
  return hex.slice(0, at) + digit + hex.slice(at + 1)
}
const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const malleated = (signature: string): string => {
  const s = curveOrder - BigInt(`0x${signature.slice(66, 130)}`)
  const v = signature.endsWith('1b') ? '1c' : '1b'
  return `${signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${v}`
}

/** Everything that was signed is honest; what stands around it is not. */
const repacked: readonly [string, (payload: PaymentPayload) => PaymentPayload, readonly [number, string]][] = [
  [
    'another chain',
    (payload) => ({ ...payload, accepted: { ...payload.accepted, network: 'eip155:1' } }),
    [402, 'invalid_payment_requirements'],
  ],
  [
    'another token',
    (payload) => ({ ...payload, accepted: { ...payload.accepted, asset: `0x${'11'.repeat(20)}` } }),
    [402, 'invalid_payment_requirements'],
  ],
  [
    'another payee',
    (payload) => ({ ...payload, accepted: { ...payload.accepted, payTo: payer.address } }),
    [402, 'invalid_payment_requirements'],
  ],
  [
    'a longer timeout',
    (payload) => ({ ...payload, accepted: { ...payload.accepted, maxTimeoutSeconds: 100_000 } }),
    [402, 'invalid_payment_requirements'],
  ],
  [
    'another token name',
    (payload) => ({
      ...payload,
      accepted: { ...payload.accepted, extra: { ...payload.accepted.extra, name: 'Euro' } },
    }),
    [402, 'invalid_payment_requirements'],
  ],
  [
    'a scheme that is not on offer',
    (payload) => ({ ...payload, accepted: { ...payload.accepted, scheme: 'gift' } }),
    [402, 'unsupported_scheme'],
  ],
  [
    'a scheme that was not signed',
    (payload) => ({
      ...payload,
      accepted: {
        ...payload.accepted,
        scheme: 'upto',
        extra: {
          ...payload.accepted.extra,
          assetTransferMethod: 'permit2',
          facilitatorAddress: `0x${'11'.repeat(20)}`,
        },
      },
    }),
    [402, 'invalid_payment_requirements'],
  ],
  [
    'an amount of nothing',
    (payload) => ({ ...payload, accepted: { ...payload.accepted, amount: '0' } }),
    [402, 'amount_below_quote'],
  ],
  [
    'a higher amount than was signed',
    (payload) => ({ ...payload, accepted: { ...payload.accepted, amount: `${BigInt(payload.accepted.amount) + 1n}` } }),
    [402, 'invalid_exact_evm_payload_authorization_value_mismatch'],
  ],
  ['no offer', (payload) => ({ ...payload, accepted: withoutOg(payload.accepted) }), [402, 'offer_unknown']],
  [
    'an offer with a forged mac',
    (payload) => ({ ...payload, accepted: withOg(payload.accepted, { mac: `0x${'00'.repeat(32)}` }) }),
    [402, 'offer_unknown'],
  ],
  [
    'an offer with a mac of another length',
    (payload) => ({ ...payload, accepted: withOg(payload.accepted, { mac: '0x' }) }),
    [402, 'offer_unknown'],
  ],
  [
    'an offer with a mac of other letters',
    (payload) => ({ ...payload, accepted: withOg(payload.accepted, { mac: `0x${'é'.repeat(64)}` }) }),
    [402, 'offer_unknown'],
  ],
  [
    'an offer with lower prices',
    (payload) => ({
      ...payload,
      accepted: withOg(payload.accepted, {
        offer: { ...(og(payload.accepted)['offer'] as JsonObject), inputPrice: '0', outputPrice: '0' },
      }),
    }),
    [402, 'offer_unknown'],
  ],
  [
    'an offer whose time was stretched',
    (payload) => ({
      ...payload,
      accepted: withOg(payload.accepted, {
        offer: { ...(og(payload.accepted)['offer'] as JsonObject), notAfter: '99999999999' },
      }),
    }),
    [402, 'offer_unknown'],
  ],
  [
    'a flipped bit in the signature',
    (payload) => withSigned(payload, (part) => ({ ...part, signature: flip(part.signature, 20) })),
    [402, 'invalid_exact_evm_signature'],
  ],
  [
    'the other signature of the same key',
    (payload) => withSigned(payload, (part) => ({ ...part, signature: malleated(part.signature) })),
    [402, 'invalid_exact_evm_signature'],
  ],
  [
    'another payer',
    (payload) =>
      withSigned(payload, (part) => ({
        ...part,
        authorization: { ...part.authorization, from: net.devnet.account.address },
      })),
    [402, 'invalid_exact_evm_signature'],
  ],
  [
    'another nonce',
    (payload) =>
      withSigned(payload, (part) => ({
        ...part,
        authorization: { ...part.authorization, nonce: flip(part.authorization['nonce'] ?? '', 10) },
      })),
    [402, 'invalid_exact_evm_signature'],
  ],
  [
    'the mark of the binding without its salt',
    ({ extensions: _, ...payload }) => payload,
    [409, 'request_binding_missing'],
  ],
]

function withoutOg(accepted: Accepted): Accepted {
  const { og: _, ...extra } = accepted.extra ?? {}
  return { ...accepted, extra }
}

describe('A3, A13, A14: payments that are refused', () => {
  /** Nothing of the refused payment is known, and the honest one it was made from is still good. */
  async function expectUntouched(refused: SignedPayment, honest: SignedPayment): Promise<void> {
    if (refused.paymentHash !== honest.paymentHash)
      expect(await net.receiptStatus(url, refused.paymentHash)).toBeUndefined()
    expect(await net.receiptStatus(url, honest.paymentHash)).toBeUndefined()
    const answer = await post({ url, body }, honest)
    expect([answer.status, answer.headers.get('og-replayed')]).toEqual([200, null])
    await answer.arrayBuffer()
    honestSpend += honest.authorized
  }

  test.each(repacked)('%s', async (_name, change, refusal) => {
    const honest = await signPayment({ url, body, payer })
    const changed = repackPayment(honest, change)
    const answer = await send({ headers: { 'payment-signature': changed.header }, body: JSON.stringify(body) })
    expectRefusal(answer, refusal)
    await expectUntouched(changed, honest)
  })

  const now = (): bigint => BigInt(Math.floor(Date.now() / 1000))
  test.each<[string, () => Promise<SignedPayment>, readonly [number, string]]>([
    [
      'signed for another chain',
      () => signPayment({ url, body, payer, change: (accepted) => ({ ...accepted, network: 'eip155:8453' }) }),
      [402, 'invalid_payment_requirements'],
    ],
    [
      'signed for another token',
      () => signPayment({ url, body, payer, change: (accepted) => ({ ...accepted, asset: `0x${'22'.repeat(20)}` }) }),
      [402, 'invalid_payment_requirements'],
    ],
    [
      'signed to another payee',
      () => signPayment({ url, body, payer, change: (accepted) => ({ ...accepted, payTo: payer.address }) }),
      [402, 'invalid_payment_requirements'],
    ],
    [
      'signed to another payee, which the header hides',
      async () => {
        const honest = await signPayment({ url, body, payer })
        const { payTo } = honest.payload.accepted
        const own = await signPayment({
          url,
          body,
          payer,
          change: (accepted) => ({ ...accepted, payTo: payer.address }),
        })
        return repackPayment(own, (payload) => ({ ...payload, accepted: { ...payload.accepted, payTo } }))
      },
      [402, 'invalid_exact_evm_recipient_mismatch'],
    ],
    [
      'signed below the quote',
      () =>
        signPayment({
          url,
          body,
          payer,
          change: (accepted) => ({ ...accepted, amount: `${BigInt(accepted.amount) - 1n}` }),
        }),
      [402, 'amount_below_quote'],
    ],
    [
      'expired',
      () => signPayment({ url, body, payer, now: now() - 10_000n }),
      [402, 'invalid_exact_evm_payload_authorization_valid_before'],
    ],
    [
      'too close to its end to be settled',
      () => signPayment({ url, body, payer, now: now() - 570n }),
      [402, 'invalid_exact_evm_payload_authorization_valid_before'],
    ],
    [
      'an offer for another model',
      () => signPayment({ url, body: { ...body, model: 'anthropic/claude-3-opus' }, payer, bound: false }),
      [402, 'offer_for_other_model'],
    ],
    [
      "another node's offer",
      () => signPayment({ url: net.devnet.gateway.url(), body, payer, bound: false }),
      [402, 'offer_unknown'],
    ],
    [
      'bound to another body',
      () => signPayment({ url, body: { ...body, messages: [{ role: 'user', content: 'hellO' }] }, payer }),
      [409, 'request_binding_mismatch'],
    ],
    [
      'a price for a shorter answer',
      () => signPayment({ url, body: { ...body, max_tokens: 2 }, payer, bound: false }),
      [402, 'amount_below_quote'],
    ],
  ])('%s', async (_name, sign, refusal) => {
    const signed = await sign()
    const answer = await send({ headers: { 'payment-signature': signed.header }, body: JSON.stringify(body) })
    expectRefusal(answer, refusal)
    expect(await net.receiptStatus(url, signed.paymentHash)).toBeUndefined()
  })

  test('a 402 after a payment says why and quotes anew', async () => {
    const honest = await signPayment({ url, body, payer })
    const changed = repackPayment(honest, (payload) => ({ ...payload, accepted: withoutOg(payload.accepted) }))
    const answer = await send({ headers: { 'payment-signature': changed.header }, body: JSON.stringify(body) })
    const required = JSON.parse(Buffer.from(String(answer.headers['payment-required']), 'base64').toString('utf8'))
    expect(required).toMatchObject({ x402Version: 2, error: 'offer_unknown' })
    expect(required.accepts.length).toBe(3)
  })

  test('a dearer payment than the quote is taken: it covers the call', async () => {
    const generous = await signPayment({
      url,
      body,
      payer,
      change: (accepted) => ({ ...accepted, amount: `${BigInt(accepted.amount) + 5n}` }),
    })
    const answer = await post({ url, body }, generous)
    expect(answer.status).toBe(200)
    await answer.arrayBuffer()
    honestSpend += generous.authorized
  })
})

describe('A12: paths and methods that must not lead around the payment', () => {
  const paths = [
    '/v1/chat/completions/',
    '//v1/chat/completions',
    '/v1//chat/completions',
    '/v1/chat//completions',
    '/v1%2Fchat%2Fcompletions',
    '/v1/chat%2fcompletions',
    '/v1/chat/%63ompletions',
    '/V1/chat/completions',
    '/v1/chat/Completions',
    '/v1/./chat/completions',
    '/v1/models/../chat/completions',
    '/v1/chat/completions;x=1',
    '/v1/chat/completions%00',
    '/v1/chat/completions%20',
    '/chat/completions',
    '/v1/completions/',
    '/V1/COMPLETIONS',
    'http://elsewhere.example/v1/chat/completions',
  ]
  test.each(paths)('POST %s', async (path) => {
    for (const method of ['POST', 'GET']) {
      const answer = await send({ method, path, body: JSON.stringify(body) })
      expectRefusal(answer, [404, 'not_found'])
    }
  })

  test('a path with backslashes, which URL parsers turn around', async () => {
    expectRefusal(await send({ path: '/v1\\chat\\completions', body: JSON.stringify(body) }), [400, 'invalid_http'])
  })

  test('a query does not change what is asked or what it costs', async () => {
    expectRefusal(await send({ path: '/v1/chat/completions?free=1', body: JSON.stringify(body) }), [
      402,
      'payment_required',
    ])
  })

  test.each(['PUT', 'PATCH', 'DELETE'])('%s on a paid route', async (method) => {
    const answer = await send({
      method,
      headers: { 'x-http-method-override': 'POST' },
      body: JSON.stringify(body),
    })
    expectRefusal(answer, [405, 'method_not_allowed'])
    expect(answer.headers['allow']).toBe('POST, OPTIONS')
  })

  test('GET on a paid route gives nothing but the way out of a payment channel', async () => {
    const answer = await send({
      method: 'GET',
      headers: { 'x-http-method-override': 'POST' },
      body: JSON.stringify(body),
    })
    expectRefusal(answer, [402, 'payment_required'])
    expect(upstream.calls.length).toBe(0)
  })

  test('HEAD and OPTIONS do no work', async () => {
    const head = await send({ method: 'HEAD' })
    expect([head.status, head.text]).toEqual([405, ''])
    const options = await send({ method: 'OPTIONS', headers: { origin: 'https://page.example' } })
    expect([options.status, options.text]).toEqual([204, ''])
    expect(options.headers['access-control-allow-origin']).toBe('*')
    expect(String(options.headers['access-control-allow-headers'])).toMatch(/PAYMENT-SIGNATURE/)
    expect(upstream.calls.length).toBe(0)
  })

  test.each([
    ['/v1/receipts/nonsense', [404, 'receipt_not_found']],
    [`/v1/receipts/0x${'00'.repeat(32)}`, [404, 'receipt_not_found']],
    ['/v1/receipts/%', [404, 'receipt_not_found']],
    ['/v1/models/%25', [404, 'model_not_found']],
    ['/v1/models/%E0%A4%A', [404, 'model_not_found']],
    ['/v1/models/constructor', [404, 'model_not_found']],
    ['/v1/attestation', [400, 'invalid_request']],
    ['/v1/attestation?nonce=0x12', [400, 'invalid_request']],
    ['/v1/log/proof', [400, 'invalid_request']],
    [`/v1/log/proof?digest=0x${'00'.repeat(32)}`, [404, 'receipt_not_found']],
    ['/', [404, 'not_found']],
  ] as const)('GET %s', async (path, refusal) => {
    expectRefusal(await send({ method: 'GET', path }), refusal)
  })
})

test('in the end exactly the honest payments were charged', async () => {
  const expected = startingBalance - honestSpend
  await expect.poll(() => payer.balance(), { timeout: 30_000 }).toBe(expected)
  // Nothing else is on its way.
  await new Promise((resolve) => setTimeout(resolve, 1000))
  expect(await payer.balance()).toBe(expected)
})
