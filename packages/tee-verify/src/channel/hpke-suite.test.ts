import { describe, expect, it } from 'vitest'
import { deriveKeyPair, setupRecipient, setupSender } from './hpke-suite.js'

// RFC 9180, Appendix A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode.
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex')
const VECTOR = {
  info: '4f6465206f6e2061204772656369616e2055726e',
  ikmE: '7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234',
  enc: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
  ikmR: '6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037',
  pkRm: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
  plaintext: '4265617574792069732074727574682c20747275746820626561757479',
  encryptions: new Map([
    [0, 'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a'],
    [1, 'af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84'],
    [2, '498dfcabd92e8acedc281e85af1cb4e3e31c7dc394a1ca20e173cb72516491588d96a19ad4a683518973dcc180'],
    [4, '583bd32bc67a5994bb8ceaca813d369bca7b2a42408cddef5e22f880b631215a09fc0012bc69fccaa251c0246d'],
    [255, '7175db9717964058640a3a11fb9007941a5d1757fda1a6935c805c21af32505bf106deefec4a49ac38d71c9e0a'],
    [256, '957f9800542b0b8891badb026d79cc54597cb2d225b54c00c5238c25d05c30e3fbeda97d2e0e1aba483a2df9f2'],
  ]),
  exports: new Map([
    ['', '3853fe2b4035195a573ffc53856e77058e15d9ea064de3e59f4961d0095250ee'],
    ['00', '2e8f0b54673c7029649d4eb9d5e33bf1872cf76d623ff164ac185da9e88c21a5'],
    ['54657374436f6e74657874', 'e9e43065102c3836401bed8c3c3c75ae46be1639869391d62c61f1ec7af54931'],
  ]),
}
const aadOf = (sequence: number): Uint8Array => new TextEncoder().encode(`Count-${sequence}`)
const sender = () =>
  setupSender({ publicKey: bytes(VECTOR.pkRm), info: bytes(VECTOR.info), ephemeralSeed: bytes(VECTOR.ikmE) })
const recipient = async () =>
  setupRecipient({
    keyPair: await deriveKeyPair(bytes(VECTOR.ikmR)),
    encapsulatedKey: bytes(VECTOR.enc),
    info: bytes(VECTOR.info),
  })

describe('setupSender', () => {
  it('behavior: reproduces the encapsulated key and every ciphertext of RFC 9180 A.1.1', async () => {
    const context = await sender()
    expect(hex(context.encapsulatedKey)).toBe(VECTOR.enc)
    for (let sequence = 0; sequence <= 256; sequence++) {
      const ciphertext = await context.seal(bytes(VECTOR.plaintext), aadOf(sequence))
      const expected = VECTOR.encryptions.get(sequence)
      if (expected !== undefined) expect(hex(ciphertext)).toBe(expected)
    }
  })

  it('behavior: reproduces the exported values of RFC 9180 A.1.1 on both sides', async () => {
    for (const [context, expected] of VECTOR.exports) {
      expect(hex(await (await sender()).exportSecret(bytes(context), 32))).toBe(expected)
      expect(hex(await (await recipient()).exportSecret(bytes(context), 32))).toBe(expected)
    }
  })

  // RFC 7748 §6.1, RFC 9180 §7.1.4: the all-zero shared secret must be refused.
  it.each([
    ['zero', '00'.repeat(32)],
    ['one', `01${'00'.repeat(31)}`],
    ['order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
  ])('error: a low-order public key (%s)', async (_, point) => {
    await expect(
      setupSender({ publicKey: bytes(point), info: new Uint8Array(0), ephemeralSeed: bytes(VECTOR.ikmE) }),
    ).rejects.toMatchObject({ code: 'INVALID_KEY' })
  })
})

describe('setupRecipient', () => {
  it('behavior: opens every ciphertext of RFC 9180 A.1.1 in order', async () => {
    const sealing = await sender()
    const opening = await recipient()
    for (let sequence = 0; sequence <= 256; sequence++) {
      const sealed = await sealing.seal(bytes(VECTOR.plaintext), aadOf(sequence))
      const published = VECTOR.encryptions.get(sequence)
      const ciphertext = published === undefined ? sealed : bytes(published)
      expect(hex(await opening.open(ciphertext, aadOf(sequence)))).toBe(VECTOR.plaintext)
    }
  })

  it('error: other associated data, other info, other bytes', async () => {
    const ciphertext = bytes(VECTOR.encryptions.get(0) ?? '')
    await expect((await recipient()).open(ciphertext, aadOf(1))).rejects.toMatchObject({ code: 'OPEN_FAILED' })
    const otherInfo = await setupRecipient({
      keyPair: await deriveKeyPair(bytes(VECTOR.ikmR)),
      encapsulatedKey: bytes(VECTOR.enc),
      info: new Uint8Array(1),
    })
    await expect(otherInfo.open(ciphertext, aadOf(0))).rejects.toMatchObject({ code: 'OPEN_FAILED' })
    ciphertext[3] = (ciphertext[3] ?? 0) ^ 1
    await expect((await recipient()).open(ciphertext, aadOf(0))).rejects.toMatchObject({ code: 'OPEN_FAILED' })
  })

  it('error: a low-order encapsulated key', async () => {
    const keyPair = await deriveKeyPair(bytes(VECTOR.ikmR))
    await expect(
      setupRecipient({ keyPair, encapsulatedKey: new Uint8Array(32), info: new Uint8Array(0) }),
    ).rejects.toMatchObject({ code: 'OPEN_FAILED' })
  })
})

describe('deriveKeyPair', () => {
  it("default: RFC 9180 A.1.1's receiver key", async () => {
    const { publicKey } = await deriveKeyPair(bytes(VECTOR.ikmR))
    expect(hex(new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)))).toBe(VECTOR.pkRm)
  })
})
