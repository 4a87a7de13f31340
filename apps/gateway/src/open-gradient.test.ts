import { verifyTeeResponse } from '@og/settlement/opengradient'
import { describe, expect, test } from 'vitest'
import { createTeeKey, hashOpenGradientRequest } from './open-gradient.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function derOf(pem: string): Uint8Array {
  return new Uint8Array(Buffer.from(pem.replace(/-----[A-Z ]+-----/g, ''), 'base64'))
}

describe('OpenGradient proofs', () => {
  test("the request hash is the one of OpenGradient's published vector, and 1 is not 1.0", () => {
    const minimal = '{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello!"}]}'
    expect(hashOpenGradientRequest('chat.completions', bytes(minimal))).toBe(
      '0x643934be0694758b23dee7c223722b63708d58a5179ad952190f02a45892005f',
    )
    const withTools = (x: string): string => `${minimal.slice(0, -1)},"tools":[{"x":${x}}]}`
    expect(hashOpenGradientRequest('chat.completions', bytes(withTools('1')))).not.toBe(
      hashOpenGradientRequest('chat.completions', bytes(withTools('1.0'))),
    )
  })

  test.each([
    [
      'chat.completions',
      '{"choices":[{"index":0,"message":{"role":"assistant","content":"Bonjour 😊"},"finish_reason":"stop"}]}',
    ],
    [
      'chat.completions',
      '{"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\\"x\\":1.0}"}}]},"finish_reason":"tool_calls"}]}',
    ],
  ] as const)('an answer verifies under the key of its node and no other; %s', async (endpoint, answer) => {
    const [key, other] = await Promise.all([createTeeKey(), createTeeKey()])
    const request = '{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"temperature":0,"max_tokens":100}'
    const body = JSON.parse(answer)
    const requestHash = hashOpenGradientRequest(endpoint, bytes(request))
    const fields = await key.fieldsFor({ requestHash, body, timestamp: 1_747_000_000n })
    const response = JSON.stringify({ ...body, ...fields })
    const { subtle } = globalThis.crypto
    const claim = { endpoint, request, response, publicKey: derOf(key.publicKeyPem) }
    expect(await verifyTeeResponse(claim, { subtle })).toMatchObject({ ok: true })
    const foreign = await verifyTeeResponse({ ...claim, publicKey: derOf(other.publicKeyPem) }, { subtle })
    expect(foreign).toMatchObject({ ok: false, code: 'TEE_ID' })
    const changed = await verifyTeeResponse({ ...claim, request: request.replace('Hi', 'Ho') }, { subtle })
    expect(changed).toMatchObject({ ok: false, code: 'TEE_REQUEST_HASH' })
  })

  test('what OpenGradient could not hash is refused before any price', () => {
    const odd = '{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"temperature":"warm"}'
    expect(() => hashOpenGradientRequest('chat.completions', bytes(odd))).toThrow(/X-SETTLEMENT-TYPE/)
  })
})
