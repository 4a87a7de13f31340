import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { createSigningKey } from '../simulator/signing-key.js'
import { intelRoot } from '../trust-root.js'
import { parseCertificate } from '../x509/certificate.js'
import type { SignatureCheck } from './crypto-backend.js'
import { nobleCrypto } from './noble-crypto.js'
import { createNodeCrypto, nodeCrypto } from './node-crypto.js'
import { createWebCrypto } from './web-crypto.js'

const key = createSigningKey(Uint8Array.of(1), 'test')
const other = createSigningKey(Uint8Array.of(2), 'test')
const message = new TextEncoder().encode('quote')
const good: SignatureCheck = { publicKey: key.publicKey, message, signature: key.sign(message) }
const webCrypto = createWebCrypto()

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const bytesOf = (value: bigint): Uint8Array => Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
const joined = (r: Uint8Array, s: Uint8Array): Uint8Array => Uint8Array.of(...r, ...s)

/** The one answer of all backends; the test fails when they differ. */
async function answerOf(check: SignatureCheck): Promise<boolean> {
  const answers = [
    nobleCrypto.verifyP256(check),
    nodeCrypto.verifyP256(check),
    createNodeCrypto().verifyP256(check),
    await webCrypto.verifyP256(check),
  ]
  expect(new Set(answers).size).toBe(1)
  return answers[0] === true
}

describe('crypto backends', () => {
  const r = good.signature.subarray(0, 32)
  const s = good.signature.subarray(32)
  const flipS = bytesOf(order - numberOf(s))

  it('behavior: agree on what is valid, low s and high s', async () => {
    expect(await answerOf(good)).toBe(true)
    expect(await answerOf({ ...good, signature: joined(r, flipS) })).toBe(true)
  })

  it.each([
    ['another message', { message: message.slice(1) }],
    ['an empty message', { message: new Uint8Array() }],
    ['another key', { publicKey: other.publicKey }],
    ['the key at infinity', { publicKey: new Uint8Array(64) }],
    ['a point off the curve', { publicKey: key.publicKey.map((byte, index) => (index === 63 ? byte ^ 1 : byte)) }],
    ['coordinates above the field', { publicKey: new Uint8Array(64).fill(0xff) }],
    ['a short key', { publicKey: key.publicKey.subarray(1) }],
    ['a long key', { publicKey: Uint8Array.of(4, ...key.publicKey) }],
    ['a zero signature', { signature: new Uint8Array(64) }],
    ['r = 0', { signature: joined(new Uint8Array(32), s) }],
    ['s = 0', { signature: joined(r, new Uint8Array(32)) }],
    ['r = order', { signature: joined(bytesOf(order), s) }],
    ['s = order', { signature: joined(r, bytesOf(order)) }],
    ['s + order', { signature: joined(r, bytesOf((numberOf(s) + order) % (1n << 256n))) }],
    ['r and s swapped', { signature: joined(s, r) }],
    ['a short signature', { signature: good.signature.subarray(1) }],
    ['a DER signature', { signature: key.signDer(message) }],
    ['no signature', { signature: new Uint8Array() }],
  ])('behavior: agree on refusing %s', async (_, changes: Partial<SignatureCheck>) => {
    expect(await answerOf({ ...good, ...changes })).toBe(false)
  })

  test.prop([fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.uint8Array({ minLength: 64, maxLength: 64 })], {
    numRuns: 30,
  })('property: agree on arbitrary keys and signatures', async (publicKey, signature) => {
    expect(await answerOf({ publicKey, message, signature })).toBe(false)
  })

  test.prop([fc.uint8Array({ maxLength: 300 })])('property: agree on SHA-256', (bytes) => {
    const digests = [nobleCrypto, nodeCrypto, webCrypto].map(({ sha256 }) => Buffer.from(sha256(bytes)).toString('hex'))
    expect(new Set(digests).size).toBe(1)
  })

  it('behavior: a key that was changed in place is another key', () => {
    const crypto = createNodeCrypto()
    const publicKey = key.publicKey.slice()
    expect(crypto.verifyP256({ ...good, publicKey })).toBe(true)
    publicKey.set(other.publicKey)
    expect(crypto.verifyP256({ ...good, publicKey })).toBe(false)
    expect(crypto.verifyP256({ ...good, publicKey, signature: other.sign(message) })).toBe(true)
  })

  it('behavior: the key of the pinned root is the one that is kept, and signs its own certificate only', async () => {
    const { publicKey, signed, signature } = parseCertificate(intelRoot.certificate)
    const source = readFileSync(join(import.meta.dirname, 'node-crypto.ts'), 'utf8')
    for (const half of [publicKey.subarray(0, 32), publicKey.subarray(32)]) {
      expect(source).toContain(`'${Buffer.from(half).toString('hex')}'`)
    }
    expect(await answerOf({ publicKey, message: signed, signature })).toBe(true)
    expect(await answerOf({ publicKey, message: signed.subarray(1), signature })).toBe(false)
    expect(await answerOf({ ...good, publicKey })).toBe(false)
  })

  it('error: WebCrypto that is absent is an error, not an answer', async () => {
    const { crypto } = globalThis
    Object.defineProperty(globalThis, 'crypto', { value: {}, configurable: true, writable: true })
    try {
      await expect(webCrypto.verifyP256(good)).rejects.toThrow('secure context')
    } finally {
      Object.defineProperty(globalThis, 'crypto', { value: crypto, configurable: true, writable: true })
    }
  })
})
