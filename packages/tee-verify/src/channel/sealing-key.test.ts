import { createHash } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { setupSender } from './hpke-suite.js'
import { createSealingKey, keyIdOf } from './sealing-key.js'

describe('createSealingKey', () => {
  it('default: a fresh X25519 key whose private half stays inside', async () => {
    const [first, second] = await Promise.all([createSealingKey(), createSealingKey()])
    expect(first.publicKey).toHaveLength(32)
    expect(first.publicKey).not.toEqual(second.publicKey)
    expect(first.keyId).toEqual(keyIdOf(first.publicKey))
    await expect(crypto.subtle.exportKey('pkcs8', first.cryptoKeys.privateKey)).rejects.toThrow()
  })

  it('behavior: a seed gives the same key each time', async () => {
    const seed = new Uint8Array(32).fill(7)
    const [first, second] = await Promise.all([createSealingKey({ seed }), createSealingKey({ seed })])
    expect(first.publicKey).toEqual(second.publicKey)
    expect(first.publicKey).not.toEqual((await createSealingKey({ seed: new Uint8Array(32).fill(8) })).publicKey)
  })

  it('error: a platform without X25519 is not blamed on a key', async () => {
    const { publicKey } = await createSealingKey()
    const notSupported = new DOMException('Unrecognized name', 'NotSupportedError')
    const generateKey = vi.spyOn(crypto.subtle, 'generateKey').mockRejectedValue(notSupported)
    const importKey = vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(notSupported)
    try {
      await expect(createSealingKey()).rejects.toMatchObject({ code: 'UNSUPPORTED' })
      await expect(
        setupSender({ publicKey, info: new Uint8Array(0), ephemeralSeed: new Uint8Array(32) }),
      ).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    } finally {
      generateKey.mockRestore()
      importKey.mockRestore()
    }
  })

  it('error: a seed under 32 bytes', async () => {
    await expect(createSealingKey({ seed: new Uint8Array(31) })).rejects.toMatchObject({ code: 'INVALID_KEY' })
  })
})

describe('keyIdOf', () => {
  it('default: eight bytes of a labelled SHA-256', () => {
    const publicKey = new Uint8Array(32).fill(3)
    const digest = createHash('sha256').update('og-sealed/1 key\0').update(publicKey).digest()
    expect(keyIdOf(publicKey)).toEqual(Uint8Array.from(digest.subarray(0, 8)))
  })
})
