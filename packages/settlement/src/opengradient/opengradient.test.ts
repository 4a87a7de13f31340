import { generateKeyPairSync, webcrypto } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { hexOf } from '../hex.js'
import { keccak256 } from '../keccak.js'
import {
  canonicalChatRequest,
  canonicalCompletionRequest,
  hashChatRequest,
  hashCompletionRequest,
} from './canonical-request.js'
import * as opengradient from './index.js'
import { hashMessage, hashOutput, teeIdOf } from './message-hash.js'
import { encodePythonFloat, encodePythonJson, parsePythonJson } from './python-json.js'
import { encodeTeeFields, parseTeeFields, type TeeResponseClaim, verifyTeeResponse } from './tee-response.js'
import { signTeeMessage, verifyTeeSignature } from './tee-signature.js'

interface RequestVector {
  readonly raw_body: string
  readonly wire_body_python_client: string
  readonly canonical: string
  readonly request_hash: string
}
const file = new URL('../../test/vectors/opengradient/vectors.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8'))
const requests = Object.entries(vectors).filter(([name]) => !name.startsWith('_')) as [string, RequestVector][]
const { _msg: message, _sig: signed, _tool_output: toolOutput } = vectors
const { subtle } = webcrypto
const publicKey = new Uint8Array(Buffer.from(signed.spki_der_b64, 'base64'))
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

test('export names', () => {
  expect(Object.keys(opengradient).sort()).toMatchInlineSnapshot(`
    [
      "MAX_CHAT_MESSAGES",
      "MAX_PYTHON_DIGITS",
      "MAX_TEE_SIGNATURE",
      "canonicalChatRequest",
      "canonicalCompletionRequest",
      "encodePythonFloat",
      "encodePythonJson",
      "encodeTeeFields",
      "hashChatRequest",
      "hashCompletionRequest",
      "hashMessage",
      "hashOutput",
      "outputOf",
      "parsePythonJson",
      "parseTeeFields",
      "signTeeMessage",
      "teeIdOf",
      "verifyTeeResponse",
      "verifyTeeSignature",
    ]
  `)
})

describe('hashChatRequest', () => {
  test.each(requests)('vector %s', (_name, vector) => {
    for (const body of [vector.raw_body, vector.wire_body_python_client]) {
      const request = parsePythonJson(body)
      expect(encodePythonJson(canonicalChatRequest(request))).toBe(vector.canonical)
      expect(hashChatRequest(request)).toBe(`0x${vector.request_hash}`)
    }
    expect(encodePythonJson(parsePythonJson(vector.canonical))).toBe(vector.canonical)
  })

  test('behavior: 1 and 1.0 differ inside tools, not as temperature', () => {
    const body = (number: string): string =>
      `{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"x":${number}}]}`
    expect(hashChatRequest(parsePythonJson(body('1')))).not.toBe(hashChatRequest(parsePythonJson(body('1.0'))))
    const hot = (number: string): string =>
      `{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":${number}}`
    expect(hashChatRequest(parsePythonJson(hot('1')))).toBe(hashChatRequest(parsePythonJson(hot('1.0'))))
  })

  test('behavior: what is empty is left out, developers speak as system, attachments by name only', () => {
    const body = parsePythonJson(`{"model":"m","seed":7,"top_p":1,"stream":true,"tool_choice":"auto","stop":[],
      "tools":[],"response_format":{},"web_search":1,"max_tokens":null,"temperature":null,"messages":[
      {"role":"developer","content":"d","name":"n"},
      {"role":"user","content":[{"type":"text","text":"t"},{"type":"text","text":null},
        {"type":"file","file":{"filename":"f.pdf","file_data":"…"}},{"type":"image_url","image_url":{"url":"u"}}]},
      {"role":"assistant","content":null,"tool_calls":[{}]},{"role":"assistant"},
      {"role":"tool"},{"role":"function","content":"c","name":"n"}]}`)
    expect(encodePythonJson(canonicalChatRequest(body))).toBe(
      '{"messages": [{"content": "d", "role": "system"}, {"content": [{"text": "t", "type": "text"}, ' +
        '{"text": "", "type": "text"}, {"filename": "f.pdf", "type": "file"}, {"type": "image_url"}], "role": "user"}, ' +
        '{"content": "", "role": "assistant", "tool_calls": [{"function": {"arguments": "", "name": ""}, "id": "", ' +
        '"type": "function"}]}, {"content": "", "role": "assistant"}, {"content": null, "role": "tool", ' +
        '"tool_call_id": null}, {"content": "c", "name": "n", "role": "function"}], "model": "m", "temperature": 0.0, ' +
        '"web_search": true}',
    )
  })

  test.each([
    ['INVALID_FIELD', '[]'],
    ['MISSING_FIELD', '{"model":"m"}'],
    ['MISSING_FIELD', '{"model":"m","messages":[]}'],
    ['MISSING_FIELD', '{"model":"","messages":[{"role":"user","content":""}]}'],
    ['INVALID_FIELD', '{"model":"m","messages":["x"]}'],
    ['INVALID_FIELD', '{"model":"m","messages":[{"role":"robot","content":""}]}'],
    ['INVALID_FIELD', '{"model":"m","messages":[{"role":"user","content":1}]}'],
    ['INVALID_FIELD', '{"model":"m","messages":[{"role":"user","content":[1]}]}'],
    ['INVALID_FIELD', '{"model":"m","messages":[{"role":"assistant","tool_calls":{"a":1}}]}'],
    ['INVALID_FIELD', '{"model":"m","messages":[{"role":"assistant","tool_calls":[1]}]}'],
    ['INVALID_FIELD', '{"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":1}]}]}'],
    ['INVALID_FIELD', '{"model":"m","messages":[{"role":"user","content":"x"}],"tools":{"a":1}}'],
    ['INVALID_FIELD', '{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":"1"}'],
  ])('error: %s for %s', (code, body) => {
    expect(() => canonicalChatRequest(parsePythonJson(body))).toThrow(expect.objectContaining({ code }))
  })
})

describe('hashCompletionRequest', () => {
  test.each([
    ['{"model":"m","prompt":"p"}', '{"max_tokens": 16, "model": "m", "prompt": "p", "temperature": 1.0}'],
    [
      '{"model":"m","prompt":"p","temperature":null,"max_tokens":null,"stop":"x","seed":1}',
      '{"model": "m", "prompt": "p", "stop": "x", "temperature": 0.0}',
    ],
  ])('default: %s', (body, canonical) => {
    expect(encodePythonJson(canonicalCompletionRequest(parsePythonJson(body)))).toBe(canonical)
    expect(hashCompletionRequest(parsePythonJson(body))).toBe(keccak256(text(canonical)))
  })

  test('error: MISSING_FIELD without a prompt of text', () => {
    const missing = expect.objectContaining({ code: 'MISSING_FIELD' })
    expect(() => canonicalCompletionRequest(parsePythonJson('{"model":"m"}'))).toThrow(missing)
    expect(() => canonicalCompletionRequest(parsePythonJson('{"model":"m","prompt":["a"]}'))).toThrow(missing)
  })
})

describe('encodePythonJson', () => {
  // What CPython prints for repr() of these.
  test.each<[number, string]>([
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [0.1, '0.1'],
    [0.0001, '0.0001'],
    [0.00012345, '0.00012345'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [123456.789, '123456.789'],
    [1e15, '1000000000000000.0'],
    [9007199254740992, '9007199254740992.0'],
    [1e16, '1e+16'],
    [1.2345678901234567e19, '1.2345678901234567e+19'],
    [1e22, '1e+22'],
    [-1.7976931348623157e308, '-1.7976931348623157e+308'],
    [5e-324, '5e-324'],
  ])('behavior: %d is %s', (number, expected) => {
    expect(encodePythonFloat(number)).toBe(expected)
  })

  property.prop([fc.double({ noNaN: true, noDefaultInfinity: true })])('behavior: floats come back', (number) => {
    expect(Object.is(Number(encodePythonFloat(number)), number)).toBe(true)
    expect(parsePythonJson(encodePythonFloat(number))).toBe(number)
  })

  property.prop([fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n })])('behavior: integers come back', (number) => {
    expect(parsePythonJson(encodePythonJson(number))).toBe(number)
  })

  property.prop([fc.array(fc.string({ unit: 'binary' }))])('behavior: text is ASCII and comes back', (values) => {
    const written = encodePythonJson(values)
    expect(written).toMatch(/^[\x20-\x7e]*$/)
    expect(parsePythonJson(written)).toEqual(values)
  })

  test('error: LIMIT_EXCEEDED, NUMBER_NOT_EXACT, NOT_JSON, LONE_SURROGATE, DUPLICATE_KEY', () => {
    const withCode = (code: string) => expect.objectContaining({ code })
    expect(() => parsePythonJson('1'.repeat(4301))).toThrow(withCode('LIMIT_EXCEEDED'))
    expect(() => parsePythonJson('1e400')).toThrow(withCode('NUMBER_NOT_EXACT'))
    expect(() => parsePythonJson('{"a":1,"a":2}')).toThrow(withCode('DUPLICATE_KEY'))
    expect(() => parsePythonJson('NaN')).toThrow(withCode('INVALID_JSON'))
    expect(() => encodePythonJson(Number.NaN)).toThrow(withCode('NOT_JSON'))
    expect(() => encodePythonJson('\ud800')).toThrow(withCode('LONE_SURROGATE'))
    const deep = Array.from({ length: 300 }).reduce<opengradient.PythonJson>((inner) => [inner], 1n)
    expect(() => encodePythonJson(deep)).toThrow(withCode('LIMIT_EXCEEDED'))
  })
})

describe('hashMessage, hashOutput, teeIdOf', () => {
  test('vectors', () => {
    expect(hashOutput({ text: message.output })).toBe(`0x${message.output_hash}`)
    const calls = parsePythonJson(toolOutput.canonical)
    expect(hashOutput({ toolCalls: calls })).toBe(`0x${toolOutput.output_hash}`)
    expect(
      hashMessage({
        requestHash: `0x${message.input_hash}`,
        outputHash: `0x${message.output_hash}`,
        timestamp: BigInt(message.timestamp),
      }),
    ).toBe(`0x${message.msg_hash}`)
    expect(teeIdOf(publicKey)).toBe(signed.tee_id)
  })

  test('error: OUT_OF_RANGE and INVALID_HEX', () => {
    const hash = keccak256(new Uint8Array())
    for (const timestamp of [-1n, 2n ** 64n]) {
      expect(() => hashMessage({ requestHash: hash, outputHash: hash, timestamp })).toThrow(
        expect.objectContaining({ code: 'OUT_OF_RANGE' }),
      )
    }
    expect(() => hashMessage({ requestHash: '0x12', outputHash: hash, timestamp: 0n })).toThrow(
      expect.objectContaining({ code: 'INVALID_HEX' }),
    )
  })
})

describe('verifyTeeSignature', () => {
  const claim = { messageHash: `0x${signed.msg_hash}` as const, signature: signed.tee_signature_b64, publicKey }

  test('vector', async () => {
    expect(await verifyTeeSignature(claim, { subtle })).toBe(true)
  })

  test('error: every byte of signature and message flipped', async () => {
    const signature = Buffer.from(claim.signature, 'base64')
    for (let at = 0; at < signature.length; at += 1) {
      const flipped = Buffer.from(signature)
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at)
      expect(await verifyTeeSignature({ ...claim, signature: flipped.toString('base64') }, { subtle })).toBe(false)
    }
    const hash = Buffer.from(signed.msg_hash, 'hex')
    for (let at = 0; at < hash.length; at += 1) {
      const flipped = Uint8Array.from(hash)
      flipped[at] = (flipped[at] ?? 0) ^ 1
      expect(await verifyTeeSignature({ ...claim, messageHash: hexOf(flipped) }, { subtle })).toBe(false)
    }
  })

  test('error: other forms, other keys, garbage', async () => {
    for (const signature of ['', 'é', `${claim.signature} `, claim.signature.slice(0, -2), 'A'.repeat(2000)]) {
      expect(await verifyTeeSignature({ ...claim, signature }, { subtle })).toBe(false)
    }
    expect(await verifyTeeSignature({ ...claim, publicKey: new Uint8Array(3) }, { subtle })).toBe(false)
    expect(await verifyTeeSignature({ ...claim, messageHash: '0x12' }, { subtle })).toBe(false)
    expect(
      await verifyTeeSignature({ ...claim, publicKey: await keys(2048).then((key) => key.spki) }, { subtle }),
    ).toBe(false)
    const weak = await keys(1024)
    const signature = await signTeeMessage(claim.messageHash, { subtle, privateKey: weak.privateKey })
    expect(await verifyTeeSignature({ ...claim, signature, publicKey: weak.spki }, { subtle })).toBe(false)
  })
})

async function keys(modulusLength: number): Promise<{ spki: Uint8Array; privateKey: CryptoKey }> {
  const pair = generateKeyPairSync('rsa', { modulusLength })
  const pkcs8 = new Uint8Array(pair.privateKey.export({ type: 'pkcs8', format: 'der' }))
  return {
    spki: new Uint8Array(pair.publicKey.export({ type: 'spki', format: 'der' })),
    privateKey: await subtle.importKey('pkcs8', pkcs8, { name: 'RSA-PSS', hash: 'SHA-256' }, false, ['sign']),
  }
}

describe('verifyTeeResponse', () => {
  const request = requests.find(([name]) => name === 'minimal_no_temp')?.[1].raw_body ?? ''
  const fields = {
    requestHash: `0x${message.input_hash}`,
    outputHash: `0x${message.output_hash}`,
    timestamp: BigInt(message.timestamp),
    signature: signed.tee_signature_b64,
    teeId: signed.tee_id,
  } as const
  const body = {
    choices: [{ index: 0, message: { role: 'assistant', content: message.output }, finish_reason: 'stop' }],
    ...encodeTeeFields(fields),
  }
  const claim: TeeResponseClaim = {
    endpoint: 'chat.completions',
    request,
    response: JSON.stringify(body),
    publicKey,
  }

  const [choice = {}] = body.choices
  /** The answer with more in it than was signed. */
  const withChoice = (more: object): string => JSON.stringify({ ...body, choices: [{ ...choice, ...more }] })
  const withMessage = (more: object): string => withChoice({ message: { ...body.choices[0]?.message, ...more } })

  test('vector', async () => {
    const verdict = await verifyTeeResponse(claim, { subtle })
    expect(verdict.steps.map(({ name, ok }) => [name, ok])).toEqual([
      ['tee fields', true],
      ['tee id', true],
      ['request hash', true],
      ['output hash', true],
      ['signature', true],
    ])
    expect(verdict).toMatchObject({ ok: true })
    expect(verdict.notChecked).toHaveLength(5)
    expect(parseTeeFields(parsePythonJson(claim.response))).toEqual(fields)
  })

  test('behavior: a stream, a tool call, and a completion', async () => {
    const { choices: _, ...last } = body
    const streamed = { ...claim, response: text(JSON.stringify(last)) }
    expect(await verifyTeeResponse({ ...streamed, output: { text: message.output } }, { subtle })).toMatchObject({
      ok: true,
    })
    expect(await verifyTeeResponse(streamed, { subtle })).toMatchObject({ code: 'TEE_OUTPUT_HASH' })

    const own = await keys(2048)
    const answers = [
      {
        endpoint: 'chat.completions',
        request,
        requestHash: fields.requestHash,
        outputHash: `0x${toolOutput.output_hash}` as const,
        choice: { finish_reason: 'tool_calls', message: { content: '', tool_calls: JSON.parse(toolOutput.canonical) } },
      },
      {
        endpoint: 'completions',
        request: '{"model":"m","prompt":"p"}',
        requestHash: hashCompletionRequest({ model: 'm', prompt: 'p' }),
        outputHash: hashOutput({ text: 'hi' }),
        choice: { finish_reason: 'stop', text: 'hi' },
      },
    ] as const
    for (const { endpoint, choice, ...hashes } of answers) {
      const messageHash = hashMessage({ ...hashes, timestamp: 5n })
      const signature = await signTeeMessage(messageHash, { subtle, privateKey: own.privateKey })
      const tee = encodeTeeFields({ ...hashes, timestamp: 5n, signature, teeId: teeIdOf(own.spki) })
      const response = JSON.stringify({ choices: [choice], ...tee })
      const verdict = await verifyTeeResponse(
        { endpoint, request: hashes.request, response, publicKey: own.spki },
        { subtle },
      )
      expect(verdict).toMatchObject({ ok: true })
    }
  })

  test.each<[string, Partial<TeeResponseClaim>]>([
    ['TEE_FIELDS', { response: '{' }],
    ['TEE_FIELDS', { response: '[]' }],
    ['TEE_FIELDS', { response: JSON.stringify({ ...body, tee_id: undefined }) }],
    ['TEE_FIELDS', { response: JSON.stringify({ ...body, tee_id: '0x12' }) }],
    ['TEE_FIELDS', { response: JSON.stringify({ ...body, tee_timestamp: 1.5 }) }],
    ['TEE_FIELDS', { response: JSON.stringify({ ...body, tee_timestamp: '1747000000' }) }],
    ['TEE_FIELDS', { response: JSON.stringify({ ...body, tee_signature: 1 }) }],
    ['TEE_ID', { response: JSON.stringify({ ...body, tee_id: `0x${'00'.repeat(32)}` }) }],
    ['TEE_ID', { publicKey: publicKey.subarray(1) }],
    ['TEE_REQUEST_HASH', { request: request.replace('Hello', 'Hullo') }],
    ['TEE_REQUEST_HASH', { request: '{' }],
    ['TEE_REQUEST_HASH', { endpoint: 'completions' }],
    ['TEE_OUTPUT_HASH', { response: JSON.stringify(body).replace('assist you', 'assist me') }],
    ['TEE_OUTPUT_HASH', { response: JSON.stringify({ ...body, choices: [] }) }],
    ['TEE_OUTPUT_HASH', { response: JSON.stringify({ ...body, choices: [{ message: { content: [] } }] }) }],
    ['TEE_OUTPUT_HASH', { response: JSON.stringify({ ...body, choices: [{}] }) }],
    ['TEE_OUTPUT_HASH', { output: { text: 'other' } }],
    ['TEE_OUTPUT_HASH', { response: withChoice({ text: 'other' }) }],
    ['TEE_OUTPUT_HASH', { response: withMessage({ tool_calls: JSON.parse(toolOutput.canonical) }) }],
    ['TEE_OUTPUT_HASH', { response: withMessage({ function_call: { name: 'pay', arguments: '{}' } }) }],
    ['TEE_SIGNATURE', { response: JSON.stringify({ ...body, tee_timestamp: 1747000001 }) }],
    ['TEE_SIGNATURE', { response: JSON.stringify({ ...body, tee_signature: `A${body.tee_signature.slice(1)}` }) }],
  ])('error: %s %#', async (code, change) => {
    expect(await verifyTeeResponse({ ...claim, ...change }, { subtle })).toMatchObject({ ok: false, code })
  })
})
