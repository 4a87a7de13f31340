import { fc, test as property } from '@fast-check/vitest'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { privateKeyToAccount, sign } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { bytes32 } from '../../test/fixture.js'
import { bytesOf, type Hex, hexOf } from '../hex.js'
import { addressOf, recoverSigner, signDigest } from './signature.js'

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const key = bytes32(0x11)
const digest = bytes32(0xd1)

const word = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes): Hex => hexOf(Uint8Array.from(bytes, (byte, i) => (i === 0 ? byte & 0x7f : i === 31 ? byte | 1 : byte))))

/** The other signature of the same key over the same digest. */
function malleate(signature: Hex): Hex {
  const bytes = bytesOf(signature, 65)
  const s = BigInt(hexOf(bytes.slice(32, 64)))
  const high = (ORDER - s).toString(16).padStart(64, '0')
  return `0x${hexOf(bytes.slice(0, 32)).slice(2)}${high}${bytes[64] === 27 ? '1c' : '1b'}`
}

describe('signDigest', () => {
  property.prop([word, word], { numRuns: 40 })('behavior: equals viem and is recovered', async (privateKey, hash) => {
    const signature = signDigest(hash, privateKey)
    expect(signature).toBe(await sign({ hash, privateKey, to: 'hex' }))
    expect(recoverSigner(hash, signature)).toBe(privateKeyToAccount(privateKey).address)
    expect(addressOf(privateKey)).toBe(privateKeyToAccount(privateKey).address)
    expect(BigInt(`0x${signature.slice(66, 130)}`) <= ORDER / 2n).toBe(true)
  })

  test.each<[string, Hex]>([
    ['zero', bytes32(0)],
    ['the order', `0x${ORDER.toString(16)}`],
    ['above the order', bytes32(0xff)],
    ['short', '0x11'],
    ['no hex', `0x${'zz'.repeat(32)}`],
  ])('error: INVALID_KEY: %s', (_name, privateKey) => {
    const invalid = expect.objectContaining({ code: 'INVALID_KEY' })
    expect(() => signDigest(digest, privateKey)).toThrow(invalid)
    expect(() => addressOf(privateKey)).toThrow(invalid)
    // A cause could carry key material into a log.
    expect(() => addressOf(privateKey)).toThrow(expect.not.objectContaining({ cause: expect.anything() }))
  })

  test('error: INVALID_HEX for a digest that is not 32 bytes', () => {
    const invalid = expect.objectContaining({ code: 'INVALID_HEX' })
    expect(() => signDigest('0x00', key)).toThrow(invalid)
    expect(() => recoverSigner('0x00', signDigest(digest, key))).toThrow(invalid)
  })
})

describe('recoverSigner', () => {
  const signature = signDigest(digest, key)

  test('behavior: an injected recovery is asked about canonical signatures, and only a whole key is believed', () => {
    const point = secp256k1.getPublicKey(bytesOf(key), false)
    const asked: unknown[] = []
    const address = recoverSigner(digest, signature, (message, { compact, recovery }) => {
      asked.push([hexOf(message), compact.length, recovery])
      return point
    })
    expect(address).toBe(addressOf(key))
    expect(asked).toEqual([[digest, 64, signature.endsWith('1c') ? 1 : 0]])
    const invalid = expect.objectContaining({ code: 'INVALID_SIGNATURE' })
    expect(() => recoverSigner(digest, signature, () => point.slice(0, 33))).toThrow(invalid)
    expect(() => recoverSigner(digest, malleate(signature), () => point)).toThrow(invalid)
    expect(() =>
      recoverSigner(digest, signature, () => {
        throw new Error('no key')
      }),
    ).toThrow(invalid)
  })

  test('error: INVALID_SIGNATURE for the high-s twin, which names the same key', () => {
    const twin = malleate(signature)
    expect(malleate(twin)).toBe(signature)
    expect(() => recoverSigner(digest, twin)).toThrow(
      expect.objectContaining({ code: 'INVALID_SIGNATURE', message: expect.stringContaining('upper half') }),
    )
  })

  test.each(['00', '01', '02', '1a', '1d', '25', 'ff'])('error: INVALID_SIGNATURE for v = %s', (v) => {
    expect(() => recoverSigner(digest, `0x${signature.slice(2, 130)}${v}`)).toThrow(
      expect.objectContaining({ code: 'INVALID_SIGNATURE' }),
    )
  })

  test('error: INVALID_SIGNATURE for every other length', () => {
    for (let length = 0; length < 65; length += 1) {
      expect(() => recoverSigner(digest, `0x${signature.slice(2, 2 + 2 * length)}`)).toThrow(
        expect.objectContaining({ code: 'INVALID_SIGNATURE' }),
      )
    }
    expect(() => recoverSigner(digest, `${signature}00`)).toThrow(
      expect.objectContaining({ code: 'INVALID_SIGNATURE' }),
    )
  })

  test('error: INVALID_SIGNATURE for r or s that is zero or no field element', () => {
    const [r, s] = [signature.slice(2, 66), signature.slice(66, 130)]
    for (const body of ['00'.repeat(32) + s, r + '00'.repeat(32), 'ff'.repeat(32) + s, ORDER.toString(16) + s]) {
      expect(() => recoverSigner(digest, `0x${body}1b`)).toThrow(expect.objectContaining({ code: 'INVALID_SIGNATURE' }))
    }
  })

  test('behavior: every byte flipped names another key or none', () => {
    const signer = addressOf(key)
    const bytes = bytesOf(signature)
    for (let i = 0; i < 65; i += 1) {
      const flipped = Uint8Array.from(bytes)
      flipped[i] = (flipped[i] ?? 0) ^ 0x01
      let recovered = 'none'
      try {
        recovered = recoverSigner(digest, hexOf(flipped))
      } catch (error) {
        expect(error).toHaveProperty('code', 'INVALID_SIGNATURE')
      }
      expect(recovered).not.toBe(signer)
    }
  })
})
