import { isUtf8 } from 'node:buffer'
import { fc, test as property } from '@fast-check/vitest'
import { PaymentPayloadV2Schema, PaymentRequiredV2Schema } from '@x402/core/schemas'
import { describe, expect, test } from 'vitest'
import { exactRequirements, requiredOf } from '../../test/fixtures.js'
import { X402Error } from '../x402-error.js'
import { formatAmount, parseAmount, parseAtomicAmount } from './amount.js'
import { decodeBase64Text, encodeBase64Text } from './base64.js'
import { decodePaymentPayload, decodePaymentRequired, decodeSettleResponse, encodePaymentHeader } from './header.js'
import { containsJson, isEqualJson, MAX_JSON_DEPTH, parseJsonText } from './json.js'
import { evmChainId, parseNetwork } from './network.js'
import { parsePaymentPayload } from './payment-payload.js'
import { parsePaymentRequired } from './payment-required.js'
import { parsePaymentRequirements } from './payment-requirements.js'
import { statusOfReason } from './reason.js'
import { parseResourceInfo } from './resource-info.js'
import { parseSettleResponse } from './settle-response.js'
import { parseSupportedResponse } from './supported-response.js'
import { parseVerifyResponse } from './verify-response.js'

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return error instanceof X402Error ? error.code : `not coded: ${String(error)}`
  }
  return 'accepted'
}

const payload = { x402Version: 2 as const, accepted: exactRequirements(), payload: { signature: '0x' } }

describe('amounts', () => {
  test('default', () => {
    expect(parseAmount('0.10', 6)).toBe(100_000n)
    expect(parseAmount('7', 0)).toBe(7n)
    expect(formatAmount(100_000n, 6)).toBe('0.1')
    expect(formatAmount(0n, 6)).toBe('0')
    expect(parseAtomicAmount('0')).toBe(0n)
  })

  test.each(['', '-1', '0x10', '1e3', '01', ' 1', '1 ', '1.0', '+1', '١', '1_0', `${1n << 256n}`, 5, null, undefined])(
    'error: [26] atomic amount %j',
    (text) => {
      expect(codeOf(() => parseAtomicAmount(text))).toBe('INVALID_AMOUNT')
    },
  )

  test.each([
    ['0.1234567', 6],
    ['.5', 6],
    ['5.', 6],
    ['-1', 6],
    ['1e2', 6],
    ['1', -1],
    ['1', 1.5],
  ])('error: decimal amount %s with %d decimals', (text, decimals) => {
    expect(codeOf(() => parseAmount(text, decimals))).toBe('INVALID_AMOUNT')
  })

  property.prop([fc.bigInt({ min: 0n, max: (1n << 200n) - 1n }), fc.integer({ min: 0, max: 18 })])(
    'behavior: format and parse are inverse',
    (amount, decimals) => {
      expect(parseAmount(formatAmount(amount, decimals), decimals)).toBe(amount)
    },
  )
})

describe('base64 header text', () => {
  const symbol = fc.constantFrom('Q', 'a', '+', '/', '9', '=', ' ', '\t', '\n', '\f', '\r', '-', '_', '\u00a0', '\0')
  property.prop([fc.string({ unit: symbol, maxLength: 12 })], { numRuns: 3_000 })(
    'error: [28] white space, missing padding and other alphabets are refused',
    (text) => {
      const isPadded = text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)
      const decodes = isPadded && isUtf8(Buffer.from(text, 'base64'))
      expect(codeOf(() => decodeBase64Text(text))).toBe(decodes ? 'accepted' : 'MALFORMED_HEADER')
    },
  )

  property.prop([fc.string({ unit: 'binary' })])('behavior: round trip, equal to the platform', (text) => {
    const encoded = encodeBase64Text(text)
    expect(encoded).toBe(Buffer.from(text, 'utf8').toString('base64'))
    if (text !== '') expect(decodeBase64Text(encoded)).toBe(Buffer.from(encoded, 'base64').toString('utf8'))
  })

  test.each(['', 'e30', 'e3 0=', 'e30=\n', 'e30-', 'e30_', '=e30', 'e30==', '/////w==x', '//8=', 'A'.repeat(40_000)])(
    'error: [28] %s',
    (value) => {
      expect(codeOf(() => decodeBase64Text(value))).toBe('MALFORMED_HEADER')
    },
  )

  test('error: [28] a byte order mark', () => {
    const header = Buffer.from(`\uFEFF${JSON.stringify(requiredOf([exactRequirements()]))}`).toString('base64')
    expect(codeOf(() => decodePaymentRequired(header))).toBe('MALFORMED_HEADER')
  })
})

describe('bounded JSON', () => {
  test('error: [28] depth, count, __proto__, not an object', () => {
    const deep = `${'{"a":'.repeat(MAX_JSON_DEPTH + 1)}1${'}'.repeat(MAX_JSON_DEPTH + 1)}`
    expect(codeOf(() => parseJsonText(deep))).toBe('MALFORMED_MESSAGE')
    expect(codeOf(() => parseJsonText(`{"a":[${'1,'.repeat(20_000)}1]}`))).toBe('MALFORMED_MESSAGE')
    expect(codeOf(() => parseJsonText('{"__proto__":{"isValid":true}}'))).toBe('MALFORMED_MESSAGE')
    expect(codeOf(() => parseJsonText('{"a":{"__proto__":1}}'))).toBe('MALFORMED_MESSAGE')
    for (const text of ['[]', '1', 'null', '"x"', '', '{', '1e999']) {
      expect(codeOf(() => parseJsonText(text))).toBe('MALFORMED_MESSAGE')
    }
  })

  test('behavior: equality and containment', () => {
    expect(isEqualJson({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1, c: undefined })).toBe(true)
    expect(isEqualJson({ a: [1, 2] }, { a: [2, 1] })).toBe(false)
    expect(isEqualJson({ a: 1 }, { toString: 1 })).toBe(false)
    expect(containsJson({ a: 1, b: 2 }, { a: 1 })).toBe(true)
    expect(containsJson({ a: { b: 1, c: 2 } }, { a: { b: 1 } })).toBe(true)
    expect(containsJson({ a: 2 }, { a: 1 })).toBe(false)
    expect(containsJson({}, { toString: {} })).toBe(false)
    expect(containsJson([1, 2], [1])).toBe(false)
  })
})

describe('networks', () => {
  test('default', () => {
    expect(parseNetwork('eip155:84532')).toBe('eip155:84532')
    expect(evmChainId('eip155:84532')).toBe(84_532n)
  })

  test.each(['base-sepolia', '', 'eip155', 'eip155:', ':1', 'EIP155:1', 'eip155:1:2', 'eip155:1 '])(
    'error: %s',
    (text) => {
      expect(codeOf(() => parseNetwork(text))).toBe('INVALID_NETWORK')
    },
  )

  test.each(['solana:5eykt4', 'eip155:0', 'eip155:01', 'eip155:-1', 'eip155:1e3'])('error: chain id of %s', (text) => {
    expect(codeOf(() => evmChainId(text))).toBe('INVALID_NETWORK')
  })
})

describe('messages', () => {
  test('default: what we emit parses with the official schemas', () => {
    const required = requiredOf([exactRequirements()], { x: { info: { a: 1 }, schema: {} } })
    expect(PaymentRequiredV2Schema.parse(JSON.parse(JSON.stringify(required)))).toEqual(required)
    expect(decodePaymentRequired(encodePaymentHeader(required))).toEqual(required)
    const paid = parsePaymentPayload({ ...payload, resource: required.resource, extensions: {} })
    expect(PaymentPayloadV2Schema.parse(JSON.parse(JSON.stringify(paid)))).toEqual(paid)
    expect(decodePaymentPayload(encodePaymentHeader(paid))).toEqual(paid)
    const settled = parseSettleResponse({ success: true, transaction: '', network: 'eip155:1', amount: '0' })
    expect(decodeSettleResponse(encodePaymentHeader(settled))).toEqual(settled)
  })

  test('behavior: [29] null optionals of Go and Python peers are absent', () => {
    const required = parsePaymentRequired({
      x402Version: 2,
      error: null,
      resource: { url: 'https://a', description: null, mimeType: null, serviceName: null, tags: null, iconUrl: null },
      accepts: [{ ...exactRequirements(), extra: null }],
      extensions: null,
    })
    expect(required).toEqual({
      x402Version: 2,
      resource: { url: 'https://a' },
      accepts: [{ ...exactRequirements(), extra: null }],
    })
    expect(parseVerifyResponse({ isValid: true, invalidReason: null, payer: null })).toEqual({ isValid: true })
  })

  test('behavior: members that are not known stay, so that the echo is equal', () => {
    expect(parsePaymentRequirements({ ...exactRequirements(), later: [1] })).toEqual({
      ...exactRequirements(),
      later: [1],
    })
  })

  const bad: readonly [string, object, string][] = [
    ['[30] version 1', { x402Version: 1 }, 'UNSUPPORTED_VERSION'],
    ['[30] version 9', { x402Version: 9 }, 'UNSUPPORTED_VERSION'],
    ['[30] version as text', { x402Version: '2' }, 'UNSUPPORTED_VERSION'],
    ['[29] no accepted', { accepted: undefined }, 'MALFORMED_MESSAGE'],
    ['[29] no payload', { payload: undefined }, 'MALFORMED_MESSAGE'],
    ['[29] payload is an array', { payload: [] }, 'MALFORMED_MESSAGE'],
    ['[29] extensions are text', { extensions: 'x' }, 'MALFORMED_MESSAGE'],
    ['[29] resource without url', { resource: {} }, 'MALFORMED_MESSAGE'],
    ['[29] amount is a number', { accepted: { ...exactRequirements(), amount: 1 } }, 'INVALID_AMOUNT'],
    ['[29] network of v1', { accepted: { ...exactRequirements(), network: 'base' } }, 'INVALID_NETWORK'],
    ['[29] scheme empty', { accepted: { ...exactRequirements(), scheme: '' } }, 'MALFORMED_MESSAGE'],
    ['[29] payTo missing', { accepted: { ...exactRequirements(), payTo: undefined } }, 'MALFORMED_MESSAGE'],
    ['[29] extra is text', { accepted: { ...exactRequirements(), extra: 'x' } }, 'MALFORMED_MESSAGE'],
    ['[29] timeout 0', { accepted: exactRequirements({ maxTimeoutSeconds: 0 }) }, 'MALFORMED_MESSAGE'],
    ['[29] timeout 1.5', { accepted: exactRequirements({ maxTimeoutSeconds: 1.5 }) }, 'MALFORMED_MESSAGE'],
    ['[29] timeout as text', { accepted: { ...exactRequirements(), maxTimeoutSeconds: '60' } }, 'MALFORMED_MESSAGE'],
  ]
  test.each(bad)('error: payload with %s', (_name, change, code) => {
    expect(codeOf(() => parsePaymentPayload({ ...payload, ...change }))).toBe(code)
  })

  test('error: [29] nothing to accept, too much to accept', () => {
    const required = requiredOf([exactRequirements()])
    expect(codeOf(() => parsePaymentRequired({ ...required, accepts: [] }))).toBe('MALFORMED_MESSAGE')
    expect(codeOf(() => parsePaymentRequired({ ...required, accepts: Array(65).fill(exactRequirements()) }))).toBe(
      'MALFORMED_MESSAGE',
    )
  })

  test('error: [47] a facilitator that says "true" or nothing', () => {
    expect(codeOf(() => parseVerifyResponse({ isValid: 'true' }))).toBe('MALFORMED_MESSAGE')
    expect(codeOf(() => parseVerifyResponse({}))).toBe('MALFORMED_MESSAGE')
    expect(codeOf(() => parseSettleResponse({ success: true, network: 'eip155:1' }))).toBe('MALFORMED_MESSAGE')
    expect(codeOf(() => parseSettleResponse({ paymentJob: 1 }))).toBe('MALFORMED_MESSAGE')
    expect(codeOf(() => parseSupportedResponse({ kinds: {} }))).toBe('MALFORMED_MESSAGE')
  })

  test('behavior: /supported leaves v1 kinds out', () => {
    const kinds = [
      { x402Version: 1, scheme: 'exact', network: 'base' },
      { x402Version: 2, scheme: 'upto', network: 'eip155:8453', extra: { facilitatorAddress: '0x' } },
    ]
    expect(parseSupportedResponse({ kinds })).toEqual({ kinds: [kinds[1]], extensions: [], signers: {} })
  })

  test('error: [65] resource labels with control characters', () => {
    expect(codeOf(() => parseResourceInfo({ url: 'u', serviceName: 'a\nb' }))).toBe('MALFORMED_MESSAGE')
    expect(codeOf(() => parseResourceInfo({ url: 'u', tags: ['1', '2', '3', '4', '5', '6'] }))).toBe(
      'MALFORMED_MESSAGE',
    )
  })

  test('behavior: statuses', () => {
    expect(statusOfReason('permit2_allowance_required')).toBe(412)
    expect(statusOfReason('payment_in_progress')).toBe(409)
    expect(statusOfReason('unexpected_verify_error')).toBe(502)
    expect(statusOfReason('anything else')).toBe(402)
  })

  test('error: [28] truncated or altered headers never give a half message', () => {
    const header = encodePaymentHeader(requiredOf([exactRequirements()]))
    for (let length = 0; length < header.length; length += 1) {
      expect(codeOf(() => decodePaymentRequired(header.slice(0, length)))).not.toBe('accepted')
    }
  })
})
