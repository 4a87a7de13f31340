import { fc, test as property } from '@fast-check/vitest'
import { concat, getAddress, stringToBytes, toHex, keccak256 as viemKeccak256 } from 'viem'
import { describe, expect, test } from 'vitest'
import { bytes32 } from '../test/fixture.js'
import { checksumAddress, parseAddress } from './address.js'
import { commit } from './commitment.js'
import { bytesOf, type Hex, hexOf } from './hex.js'
import { canonicalize } from './json/canonical-json.js'
import type { JsonObject } from './json/json-value.js'
import { hashJson, keccak256 } from './keccak.js'
import {
  inferenceModes,
  modeCodeOf,
  outcomeCodeOf,
  settlementCodeOf,
  settlementModes,
  usageSourceCodeOf,
} from './modes.js'
import { hashRequest, mediaTokenBound, promptTokenBound } from './request.js'

const words = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hexOf)
const addresses = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(hexOf)

describe('keccak256', () => {
  property.prop([fc.uint8Array({ maxLength: 400 })])('behavior: equals viem', (bytes) => {
    expect(keccak256(bytes)).toBe(viemKeccak256(bytes))
  })
})

describe('hashJson', () => {
  test('default', () => {
    expect(hashJson({ b: 1, a: 'é' })).toBe(viemKeccak256(stringToBytes('{"a":"é","b":1}')))
  })
})

describe('hashRequest', () => {
  const body = { model: 'm', messages: [{ role: 'user', content: 'hi' }], temperature: 0.7 }
  test('behavior: order does not count, every value does', () => {
    const reordered = { temperature: 0.7, messages: [{ content: 'hi', role: 'user' }], model: 'm' }
    expect(hashRequest(reordered)).toBe(hashRequest(body))
    const others = [
      { ...body, temperature: 0.8 },
      { ...body, stream: false },
      { ...body, unknown: null },
      { ...body, messages: [...body.messages, ...body.messages] },
    ].map((body) => hashRequest(body))
    expect(new Set([...others, hashRequest(body)]).size).toBe(5)
  })
})

describe('promptTokenBound', () => {
  test('default: bytes, not characters', () => {
    expect(promptTokenBound({ a: 'é😀' })).toBe(14n)
  })
  test.each<[number, JsonObject]>([
    [2, { messages: [{ role: 'user', content: [{ type: 'image_url' }, { type: 'text' }, { type: 'file' }] }] }],
    [3, { messages: [{ content: [{ type: 'image_url' }] }, { content: [{ type: 'image_url' }, { type: 'file' }] }] }],
    [2, { input: [{ role: 'user', content: [{ type: 'input_image' }, { type: 'input_file' }] }] }],
    [0, { messages: [{ role: 'user', content: 'image_url' }] }],
    [0, { input: ['image_url'], messages: { content: [{ type: 'file' }] }, content: [{ type: 'file' }] }],
    [0, { messages: [null, 1, { content: [null, 'file', [{ type: 'file' }], { type: ['file'] }] }] }],
    [0, { messages: [{ content: [{ type: 'input_audio' }, { type: 'refusal' }] }] }],
  ])('behavior: pictures and files count beside their bytes (%#)', (parts, body) => {
    expect(mediaTokenBound(body)).toBe(parts * 5000)
    expect(promptTokenBound(body)).toBe(BigInt(canonicalize(body).length + parts * 5000))
  })
})

describe('commit', () => {
  property.prop([words, words])('behavior: keccak256(salt ‖ hash)', (salt, hash) => {
    expect(commit({ salt, hash })).toBe(viemKeccak256(concat([salt, hash])))
  })
  test.each<[Hex, Hex]>([
    ['0x', bytes32(1)],
    [bytes32(1), '0x'],
    [`${bytes32(1)}00`, bytes32(1)],
    [bytes32(1), `0x${'1'.repeat(63)}`],
    [bytes32(1), `0x${'g'.repeat(64)}`],
  ])('error: INVALID_HEX %#', (salt, hash) => {
    expect(() => commit({ salt, hash })).toThrow(expect.objectContaining({ code: 'INVALID_HEX' }))
  })
})

describe('hex', () => {
  property.prop([fc.uint8Array()])('behavior: round trip, either case', (bytes) => {
    expect(hexOf(bytes)).toBe(toHex(bytes))
    expect(bytesOf(hexOf(bytes))).toEqual(bytes)
    expect(bytesOf(`0x${hexOf(bytes).slice(2).toUpperCase()}`)).toEqual(bytes)
  })
  test.each(['0x1', '11', '0X11', '0x1g', '0x 1', ''])('error: INVALID_HEX %j', (text) => {
    expect(() => bytesOf(text as Hex)).toThrow(expect.objectContaining({ code: 'INVALID_HEX' }))
  })
})

describe('addresses', () => {
  property.prop([addresses])('behavior: checksums equal viem, lower case and checksum are read', (address) => {
    const checksummed = getAddress(address)
    expect(checksumAddress(address)).toBe(checksummed)
    expect(parseAddress(address)).toBe(checksummed)
    expect(parseAddress(checksummed)).toBe(checksummed)
  })
  test.each([
    '0x5fbDB2315678afecb367f032d93F642f64180aa3',
    '0X5FbDB2315678afecb367f032d93F642f64180aa3',
    '0x5FbDB2315678afecb367f032d93F642f64180aa',
    '0x5FbDB2315678afecb367f032d93F642f64180aa3\n',
    '',
    undefined,
    {},
  ])('error: INVALID_ADDRESS %j', (input) => {
    expect(() => parseAddress(input)).toThrow(expect.objectContaining({ code: 'INVALID_ADDRESS' }))
  })
})

describe('codes', () => {
  test('default', () => {
    expect(inferenceModes.map(modeCodeOf)).toEqual([0, 1])
    expect(settlementModes.map(settlementCodeOf)).toEqual([0, 1, 2])
    expect((['complete', 'length', 'aborted', 'failed', 'refund-due'] as const).map(outcomeCodeOf)).toEqual([
      0, 1, 2, 3, 4,
    ])
    expect((['upstream', 'counted'] as const).map(usageSourceCodeOf)).toEqual([0, 1])
  })
  test('error: OUT_OF_RANGE for an unknown name', () => {
    expect(() => modeCodeOf('tee' as 'TEE')).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }))
  })
})
