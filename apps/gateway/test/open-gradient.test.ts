import type { Hex } from '@og/settlement'
import { recoverSigner } from '@og/settlement'
import {
  type PythonJson,
  parseTeeFields,
  type TeeOutput,
  teeIdOf,
  verifyTeeResponse,
} from '@og/settlement/opengradient'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { post } from '../../devnet/test/sign-payment.js'
import { type Payer, startTestDevnet, type TestDevnet } from '../../devnet/test/start-test-devnet.js'
import { teeKeyDigest } from '../src/open-gradient.js'
import {
  chatPayload,
  completionPayload,
  type OpenGradientChat,
  readStream,
  sendOnce,
} from './open-gradient-exchange.js'

const { subtle } = globalThis.crypto

let net: TestDevnet
let url: string
let payer: Payer
let publicKey: Uint8Array
beforeAll(async () => {
  net = await startTestDevnet()
  url = net.devnet.gateway.url()
  payer = await net.payer({ tokens: 100_000_000n, permit2: true })
  const { public_key: pem } = (await (await fetch(`${url}/signing-key`)).json()) as { readonly public_key: string }
  publicKey = new Uint8Array(Buffer.from(pem.replace(/-----[A-Z ]+-----/g, ''), 'base64'))
}, 120_000)
afterAll(() => net?.devnet.stop())

const chat: OpenGradientChat = {
  model: 'openai/gpt-4.1-2025-04-14',
  messages: [{ role: 'user', content: 'Say exactly: hello 😊' }],
}

interface Body {
  readonly completion?: string
  readonly choices: readonly {
    readonly message?: { readonly content?: string; readonly tool_calls?: PythonJson }
    readonly text?: string
  }[]
  readonly usage: { readonly og: { readonly paymentHash: Hex; readonly receipt: { readonly settlement: number } } }
}

async function expectProof(claim: {
  readonly request: object
  readonly response: string
  readonly output?: TeeOutput
}): Promise<void> {
  const endpoint = 'prompt' in claim.request ? 'completions' : 'chat.completions'
  const request = JSON.stringify(claim.request)
  const verdict = await verifyTeeResponse({ ...claim, endpoint, request, publicKey }, { subtle })
  expect(verdict.steps.filter((step) => 'ok' in step && !step.ok)).toEqual([])
  expect(verdict.ok).toBe(true)
}

describe("OpenGradient's TypeScript SDK 2.1.1, exchange by exchange", () => {
  test.each([
    ['private', 'SETTLE_BATCH'],
    ['batch', 'SETTLE_BATCH'],
    ['individual', 'SETTLE_METADATA'],
  ] as const)('chat, settled as %s', async (settlement, mode) => {
    const body = chatPayload(chat)
    const response = await sendOnce({ url, account: payer.account, settlement }, '/v1/chat/completions', body)
    const text = await response.text()
    expect([response.status, text]).toEqual([200, expect.any(String)])
    const answer = JSON.parse(text) as Body
    expect(answer.choices[0]?.message?.content).toBe('hello 😊')
    await expectProof({ request: body, response: text })
    const { paymentHash } = answer.usage.og
    expect(response.headers.get('x-processing-hash')).toBe(paymentHash)
    expect((await net.receiptStatus(url, paymentHash))?.record.mode).toBe(mode)
    await net.untilSettled(url, paymentHash)
  })

  test('chat as a stream: the last chunk has the proof of everything before it', async () => {
    const body = chatPayload({ ...chat, stream: true })
    const response = await sendOnce({ url, account: payer.account, settlement: 'batch' }, '/v1/chat/completions', body)
    expect(response.status).toBe(200)
    const chunks = await readStream(response)
    const text = chunks.map(({ content }) => content ?? '').join('')
    expect(text).toBe('hello 😊')
    const last = chunks.at(-1)
    expect([last?.isFinal, typeof last?.data['tee_signature'], typeof last?.data['tee_timestamp']]).toEqual([
      true,
      'string',
      'number',
    ])
    await expectProof({ request: body, response: JSON.stringify(last?.data), output: { text } })
  })

  test('chat with tools: what is hashed are the calls', async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    const tools = [{ type: 'function', function: { name: 'get_weather', description: 'Current weather', parameters } }]
    const messages = [{ role: 'user', content: 'What is the weather in Dallas, Texas?' }]
    const body = chatPayload({ ...chat, messages, tools, maxTokens: 200, stopSequence: ['###'] })
    const response = await sendOnce({ url, account: payer.account, settlement: 'batch' }, '/v1/chat/completions', body)
    const text = await response.text()
    const answer = JSON.parse(text) as Body
    expect(answer.choices[0]?.message?.tool_calls).toHaveLength(1)
    await expectProof({ request: body, response: text })
  })

  test('completion: the SDK finds its text, which its own gateway never gave it', async () => {
    const body = completionPayload({ model: 'anthropic/claude-haiku-4-5', prompt: 'Say exactly: done' })
    const response = await sendOnce({ url, account: payer.account, settlement: 'private' }, '/v1/completions', body)
    const text = await response.text()
    expect([response.status, (JSON.parse(text) as Body).completion]).toEqual([200, 'done'])
    await expectProof({ request: body, response: text })
  })
})

describe('the key behind the fields', () => {
  test('is named by its hash, and the receipt key of the manifest calls it its own', async () => {
    const key = (await (await fetch(`${url}/signing-key`)).json()) as {
      readonly tee_id: Hex
      readonly node_id: Hex
      readonly signature: Hex
    }
    expect(key.tee_id).toBe(teeIdOf(publicKey))
    const { manifest } = (await (await fetch(`${url}/v1/attestation?nonce=0x${'00'.repeat(32)}`)).json()) as {
      readonly manifest: { readonly receiptKey: Hex }
    }
    expect(recoverSigner(teeKeyDigest(key.node_id, key.tee_id), key.signature)).toBe(manifest.receiptKey)
  })

  test('a call that does not ask for the fields gets none', async () => {
    const body = chatPayload(chat)
    const asked = await post({ url, body: body as never })
    expect(asked.status).toBe(402)
    expect(() => parseTeeFields({})).toThrow()
  })
})

describe('refused before any price', () => {
  test.each([
    ['an unknown type', { 'x-settlement-type': 'pivate' }],
    ['two headers that disagree', { 'x-settlement-type': 'batch', 'og-settlement-mode': 'SETTLE' }],
  ])('%s', async (_name, headers) => {
    const answer = await post({ url, body: chatPayload(chat) as never, headers })
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
      400,
      'invalid_header',
    ])
  })

  test('a VANILLA node has no such fields to give', async () => {
    const vanilla = net.devnet.vanillaGateway.url()
    const answer = await post({
      url: vanilla,
      body: chatPayload(chat) as never,
      headers: { 'x-settlement-type': 'batch' },
    })
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
      400,
      'mode_not_available',
    ])
    expect((await fetch(`${vanilla}/signing-key`)).status).toBe(400)
  })
})
