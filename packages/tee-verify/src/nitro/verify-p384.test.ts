import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeP384 } from '../crypto/node-crypto.js'
import { QuoteError } from '../quote-error.js'
import { type AttestationDocument, parseAttestationDocument } from './attestation-document.js'
import { signedBytesOf } from './cose-sign1.js'
import type { NitroTrustRoot } from './nitro-root.js'
import { createSimulatedEnclave, type SimulatedEnclaveFault } from './simulator/simulated-enclave.js'
import { verifyAttestationDocument, verifyAttestationDocumentAsync } from './verify-attestation-document.js'
import { createWebP384, type P384Check, verifyP384 } from './verify-p384.js'

const folder = join(import.meta.dirname, '../../test/vectors/nitro')
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, `${name}.bin`)))
const real = read('opengradient-og-evm')
const now = 1_770_918_962n
const web = createWebP384()

/** The verdict on every backend; they must be equal to the letter. */
async function codeEverywhere(
  document: AttestationDocument,
  options: { readonly now: bigint; readonly trustRoot?: NitroTrustRoot },
): Promise<string> {
  const native = verifyAttestationDocument(document, { ...options, verifyP384: nodeP384 })
  expect(verifyAttestationDocument(document, options)).toEqual(native)
  expect(await verifyAttestationDocumentAsync(document, options)).toEqual(native)
  return native.ok ? 'accepted' : native.code
}

function checkOf(bytes: Uint8Array): P384Check {
  const { certificate, message } = parseAttestationDocument(bytes)
  const { payload, signature } = message
  return { publicKey: certificate.publicKey, message: signedBytesOf(payload), signature }
}

describe('verifyAttestationDocumentAsync', () => {
  it.each([
    ['opengradient-og-evm', 1_770_918_962n],
    ['opengradient-og-evm-debug', 1_769_668_801n],
    ['evervault-valid', 1_665_651_482n],
    ['evervault-debug', 1_665_582_606n],
    ['evervault-ga', 1_695_049_410n],
  ] as const)('default: %s, with the verdict of the synchronous ones', async (name, at) => {
    const document = parseAttestationDocument(read(name))
    expect(await codeEverywhere(document, { now: at })).toBe('accepted')
    expect(await codeEverywhere(document, { now: at + 90_000n })).toBe('CERTIFICATE_EXPIRED')
    expect(await codeEverywhere(document, { now: 0n })).toBe('CERTIFICATE_NOT_YET_VALID')
  })

  it('error: the same refusal for any fault of the chain', async () => {
    const faults: readonly SimulatedEnclaveFault[] = [
      'leaf-is-ca',
      'issuer-is-no-ca',
      'issuer-may-not-sign',
      'path-too-long',
      'foreign-issuer-name',
      'foreign-issuer-key',
      'other-module',
    ]
    const codes: string[] = []
    for (const fault of faults) {
      const { trustRoot, document } = createSimulatedEnclave({ now, fault })
      codes.push(await codeEverywhere(parseAttestationDocument(document()), { now, trustRoot }))
    }
    expect(codes).toEqual([
      'CERTIFICATE_ROLE',
      'CERTIFICATE_ROLE',
      'CERTIFICATE_ROLE',
      'CERTIFICATE_ROLE',
      'CERTIFICATE_ISSUER',
      'CERTIFICATE_SIGNATURE',
      'MODULE_MISMATCH',
    ])
  })

  it('error: the same refusal for changed bytes', async () => {
    const codes = new Set<string>()
    for (let sample = 0; sample < 60; sample += 1) {
      const bytes = real.slice()
      const offset = (sample * 7919) % bytes.length
      bytes[offset] = (bytes[offset] ?? 0) ^ (1 << (sample % 8))
      let document: AttestationDocument
      try {
        document = parseAttestationDocument(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(QuoteError)
        continue
      }
      codes.add(await codeEverywhere(document, { now }))
    }
    expect(codes.has('accepted')).toBe(false)
    expect(codes.has('DOCUMENT_SIGNATURE')).toBe(true)
  })

  it('error: a backend that says no, or not quite yes', async () => {
    const document = parseAttestationDocument(real)
    const refusing = await verifyAttestationDocumentAsync(document, { now, verifyP384: async () => false })
    expect(refusing).toMatchObject({ ok: false, code: 'DOCUMENT_SIGNATURE' })
    const odd = async (): Promise<boolean> => 1 as unknown as boolean
    expect((await verifyAttestationDocumentAsync(document, { now, verifyP384: odd })).ok).toBe(false)
  })
})

describe('P-384 backends', () => {
  const backends = [
    ['noble', async (check: P384Check) => verifyP384(check)],
    ['node', async (check: P384Check) => nodeP384(check)],
    ['webcrypto', web],
  ] as const
  const good = checkOf(real)
  const order = BigInt(
    '0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  )
  const bytesOf = (value: bigint): Uint8Array =>
    Uint8Array.from(Buffer.from(value.toString(16).padStart(96, '0'), 'hex'))
  const r = good.signature.subarray(0, 48)
  const s = BigInt(`0x${Buffer.from(good.signature.subarray(48)).toString('hex')}`)
  const withSignature = (...parts: readonly Uint8Array[]): P384Check => ({
    ...good,
    signature: Uint8Array.from(Buffer.concat(parts)),
  })
  const zeros = new Uint8Array(48)

  it.each(backends)('default: %s accepts, also a high s', async (_, verify) => {
    expect(await verify(good)).toBe(true)
    expect(await verify(withSignature(r, bytesOf(order - s)))).toBe(true)
  })

  it.each(backends)('error: %s answers malformed input with no', async (_, verify) => {
    const flipped = good.message.slice()
    flipped[0] = (flipped[0] ?? 0) ^ 1
    const checks: readonly P384Check[] = [
      { ...good, message: flipped },
      withSignature(r, zeros),
      withSignature(zeros, bytesOf(s)),
      withSignature(zeros, zeros),
      withSignature(r, bytesOf(order)),
      withSignature(r, bytesOf(s), Uint8Array.of(0)),
      withSignature(r),
      { ...good, signature: new Uint8Array() },
      { ...good, publicKey: new Uint8Array(96) },
      { ...good, publicKey: good.publicKey.map((byte, index) => (index === 95 ? byte ^ 1 : byte)) },
      { ...good, publicKey: good.publicKey.subarray(1) },
    ]
    expect(await Promise.all(checks.map(verify))).toEqual(checks.map(() => false))
  })
})

describe('revocation', () => {
  const document = parseAttestationDocument(real)

  it('default: not checked, and said so', () => {
    const verdict = verifyAttestationDocument(document, { now, verifyP384: nodeP384 })
    expect(verdict).toMatchObject({ ok: true, notChecked: ['revocation'] })
    expect(verdict.steps.map(({ name }) => name)).not.toContain('revocation')
  })

  it('behavior: each certificate below the root is asked for', () => {
    const asked: string[] = []
    const isRevoked = ({ serialNumber }: { readonly serialNumber: string }): boolean => {
      asked.push(serialNumber)
      return false
    }
    const verdict = verifyAttestationDocument(document, { now, verifyP384: nodeP384, isRevoked })
    expect(verdict).toMatchObject({ ok: true, notChecked: [] })
    expect(asked).toEqual(
      [document.certificate, ...document.caBundle.slice(1).reverse()].map((each) => each.serialNumber),
    )
  })

  it('error: any of them revoked, or no clear answer', async () => {
    for (const certificate of [document.certificate, ...document.caBundle.slice(1)]) {
      const isRevoked = ({ serialNumber }: { readonly serialNumber: string }): boolean =>
        serialNumber === certificate.serialNumber
      const refusal = { ok: false, code: 'CERTIFICATE_REVOKED', notChecked: ['module', 'timestamp'] }
      expect(verifyAttestationDocument(document, { now, verifyP384: nodeP384, isRevoked })).toMatchObject(refusal)
      expect(await verifyAttestationDocumentAsync(document, { now, isRevoked })).toMatchObject(refusal)
    }
    const promised = (async () => false) as unknown as () => boolean
    const verdict = verifyAttestationDocument(document, { now, verifyP384: nodeP384, isRevoked: promised })
    expect(verdict).toMatchObject({ ok: false, code: 'CERTIFICATE_REVOKED' })
  })
})
