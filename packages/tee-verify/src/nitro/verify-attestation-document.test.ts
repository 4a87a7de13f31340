import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { QuoteError } from '../quote-error.js'
import { type AttestationDocument, parseAttestationDocument } from './attestation-document.js'
import { encodeCborArray, encodeCborBytes, encodeCborHead, encodeCborMap, encodeCborText } from './cbor-writer.js'
import { encodeCoseSign1, parseCoseSign1 } from './cose-sign1.js'
import { awsNitroRoot, nitroPlatformOf } from './nitro-root.js'
import { ecdsaWithSha384, type P384Certificate, p384Algorithm, parseP384Certificate } from './p384-certificate.js'
import { createSimulatedEnclave, type SimulatedEnclaveFault } from './simulator/simulated-enclave.js'
import { type NitroVerdict, nitroStepNames, verifyAttestationDocument } from './verify-attestation-document.js'
import type { VerifyP384 } from './verify-p384.js'

const folder = join(import.meta.dirname, '../../test/vectors/nitro')
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, `${name}.bin`)))
const real = read('opengradient-og-evm')
/** 2026-02-12T17:56:02Z, when the document was made. */
const now = 1_770_918_962n

const prefix = Buffer.from('3076301006072a8648ce3d020106052b8104002203620004', 'hex')
/** P-384 by the runtime's own library: a second opinion on the portable one, and much faster. */
const nodeP384: VerifyP384 = ({ publicKey, message, signature }) => {
  try {
    const key = createPublicKey({ key: Buffer.concat([prefix, publicKey]), format: 'der', type: 'spki' })
    return verify('sha384', message, { key, dsaEncoding: 'ieee-p1363' }, signature)
  } catch {
    return false
  }
}

function judge(bytes: Uint8Array, at: bigint = now, verifyP384: VerifyP384 = nodeP384): NitroVerdict {
  return verifyAttestationDocument(parseAttestationDocument(bytes), { now: at, verifyP384 })
}

describe('awsNitroRoot', () => {
  it('default: the certificate that AWS publishes', () => {
    const fingerprint = createHash('sha256').update(awsNitroRoot.certificate).digest('hex')
    expect(fingerprint).toBe('641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b')
    const root = new X509Certificate(awsNitroRoot.certificate)
    expect(root.verify(root.publicKey)).toBe(true)
  })

  it('error: a label is not believed', () => {
    const { rootCertificate } = createSimulatedEnclave({ now })
    expect(nitroPlatformOf({ platform: 'aws-nitro', certificate: rootCertificate })).toBe('simulated')
  })
})

describe('verifyAttestationDocument', () => {
  it.each([
    ['opengradient-og-evm', 1_770_918_962n, false],
    ['opengradient-og-evm-debug', 1_769_668_801n, true],
    ['evervault-valid', 1_665_651_482n, false],
    ['evervault-debug', 1_665_582_606n, true],
    ['evervault-ga', 1_695_049_410n, true],
  ] as const)('default: %s', (name, at, debug) => {
    const verdict = judge(read(name), at)
    expect(verdict).toMatchObject({ ok: true, platform: 'aws-nitro', enclave: { debug } })
    expect(verdict.steps.map((step) => step.name)).toEqual(nitroStepNames.filter((step) => step !== 'revocation'))
  })

  it('behavior: says what the enclave says, and until when', () => {
    const verdict = judge(real)
    expect(verdict).toMatchObject({
      ok: true,
      expiresAt: 1_770_929_762n,
      enclave: {
        moduleId: 'i-0340e0cb833504eb6-enc019c12d31f78864d',
        timestampMs: 1_770_918_962_724n,
        nonce: '0x0123456789abcdef0123456789abcdef01234567',
        publicKey: '0x64756d6d79',
        userData:
          '0x1220b735546536e78ee12beea2d384fcda35f7491446c6858f79fa7ad5e4ae89b49f' +
          '1220abf9d7453422eb419fc1391604b070a81bd6a61f4d9ae0ee71ab24d77670c154',
      },
    })
    const tagged = new Uint8Array([0xd2, ...real])
    expect(judge(tagged).ok).toBe(true)
  })

  it('behavior: valid to the second', () => {
    const { notBefore, notAfter } = parseAttestationDocument(real).certificate
    expect(judge(real, notAfter).ok).toBe(true)
    expect(judge(real, notAfter + 1n)).toMatchObject({ ok: false, code: 'CERTIFICATE_EXPIRED' })
    expect(judge(real, notBefore - 1n)).toMatchObject({ ok: false, code: 'CERTIFICATE_NOT_YET_VALID' })
    // The document was made three seconds after its certificate became valid: within the allowed skew.
    expect(judge(real, notBefore).ok).toBe(true)
  })

  it('error: no time', () => {
    for (const at of [undefined, 1_770_918_962, -1n, Number.NaN]) {
      const document = parseAttestationDocument(real)
      expect(verifyAttestationDocument(document, { now: at as never })).toMatchObject({
        ok: false,
        code: 'INVALID_TIME',
      })
    }
  })

  it('error: any byte changed', () => {
    const codes = new Map<string, number>()
    for (const offset of real.keys()) {
      const bytes = real.slice()
      bytes[offset] = (bytes[offset] ?? 0) ^ (1 << (offset % 8))
      let code = 'accepted'
      try {
        const verdict = judge(bytes)
        if (!verdict.ok) code = verdict.code
      } catch (error) {
        code = error instanceof QuoteError ? error.code : String(error)
      }
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    expect(codes.has('accepted')).toBe(false)
    expect([...codes.keys()].filter((code) => !/^[A-Z_]+$/.test(code))).toEqual([])
    expect(codes.get('DOCUMENT_SIGNATURE')).toBeGreaterThan(1000)
  })

  it('error: cut off at any length, or longer', () => {
    for (let length = 0; length < real.length; length += 1) {
      expect(() => parseAttestationDocument(real.slice(0, length))).toThrow(QuoteError)
    }
    expect(() => parseAttestationDocument(new Uint8Array([...real, 0]))).toThrow(QuoteError)
    expect(() => parseAttestationDocument(new Uint8Array(20_000))).toThrow('document of')
  })

  it('error: each certificate signature counts, and that of the document', () => {
    const verdict = (nth: number): NitroVerdict => {
      let calls = 0
      return judge(real, now, (input) => {
        calls += 1
        return calls === nth ? false : nodeP384(input)
      })
    }
    expect(verdict(1)).toMatchObject({ ok: false, code: 'DOCUMENT_SIGNATURE' })
    for (const nth of [2, 3, 4, 5]) expect(verdict(nth)).toMatchObject({ ok: false, code: 'CERTIFICATE_SIGNATURE' })
    expect(verdict(6).ok).toBe(true)
  })
})

describe('verifyAttestationDocument, simulated', () => {
  const host = createSimulatedEnclave({ now })
  const judgeSimulated = (bytes: Uint8Array, trustRoot = host.trustRoot): NitroVerdict =>
    verifyAttestationDocument(parseAttestationDocument(bytes), { now, trustRoot, verifyP384: nodeP384 })

  it('default: the same verifier, another label', () => {
    const nonce = Uint8Array.of(1, 2, 3)
    const verdict = judgeSimulated(host.document({ nonce }))
    expect(verdict).toMatchObject({ ok: true, platform: 'simulated', enclave: { debug: false, nonce: '0x010203' } })
    expect(judgeSimulated(host.document({ debug: true }))).toMatchObject({ ok: true, enclave: { debug: true } })
    expect(createSimulatedEnclave({ now }).rootCertificate).toEqual(host.rootCertificate)
  })

  it('error: not under the root of AWS, and not under that of another host', () => {
    expect(judge(host.document())).toMatchObject({ ok: false, code: 'ROOT_NOT_TRUSTED' })
    const other = createSimulatedEnclave({ now, seed: Uint8Array.of(1) })
    expect(judgeSimulated(other.document())).toMatchObject({ ok: false, code: 'ROOT_NOT_TRUSTED' })
    expect(judgeSimulated(real)).toMatchObject({ ok: false, code: 'ROOT_NOT_TRUSTED' })
  })

  it.each<readonly [SimulatedEnclaveFault, string]>([
    ['leaf-is-ca', 'CERTIFICATE_ROLE'],
    ['issuer-is-no-ca', 'CERTIFICATE_ROLE'],
    ['issuer-may-not-sign', 'CERTIFICATE_ROLE'],
    ['path-too-long', 'CERTIFICATE_ROLE'],
    ['foreign-issuer-name', 'CERTIFICATE_ISSUER'],
    ['foreign-issuer-key', 'CERTIFICATE_SIGNATURE'],
    ['other-module', 'MODULE_MISMATCH'],
  ])('error: %s', (fault, code) => {
    expect(judgeSimulated(createSimulatedEnclave({ now, fault }).document())).toMatchObject({ ok: false, code })
  })

  it('error: made outside the validity of its certificate, or in the future', () => {
    const made = (seconds: bigint): NitroVerdict => judgeSimulated(host.document({ timestampMs: seconds * 1000n }))
    for (const seconds of [1n, now - 7200n, now + 61n, now + 20_000n]) {
      expect(made(seconds)).toMatchObject({ ok: false, code: 'TIMESTAMP_MISMATCH' })
    }
    expect(made(now + 60n).ok).toBe(true)
  })

  it('error: each part of a role counts', () => {
    const document = parseAttestationDocument(host.document())
    const bundleWith = (at: number, change: Partial<P384Certificate>): Partial<AttestationDocument> => ({
      caBundle: document.caBundle.map((certificate, index) =>
        index === at ? { ...certificate, ...change } : certificate,
      ),
    })
    const leafWith = (change: Partial<P384Certificate>): Partial<AttestationDocument> => ({
      certificate: { ...document.certificate, ...change },
    })
    const cases: readonly (readonly [string, Partial<AttestationDocument>])[] = [
      ['CERTIFICATE_ROLE', leafWith({ isCa: true })],
      ['CERTIFICATE_ROLE', leafWith({ pathLength: 0 })],
      ['CERTIFICATE_ROLE', leafWith({ keyUsage: 0x84 })],
      ['CERTIFICATE_ROLE', leafWith({ keyUsage: 0x40 })],
      ['CERTIFICATE_ISSUER', leafWith({ authorityKeyId: '0x00' })],
      ['CERTIFICATE_ISSUER', bundleWith(3, { subjectKeyId: null })],
      ...[0, 1, 2, 3].map((at) => ['CERTIFICATE_ROLE', bundleWith(at, { isCa: false })] as const),
      ...[0, 1, 2, 3].map((at) => ['CERTIFICATE_ROLE', bundleWith(at, { keyUsage: 0x80 })] as const),
      ...[1, 2].map((at) => ['CERTIFICATE_ROLE', bundleWith(at, { pathLength: 0 })] as const),
      ...[0, 1, 2, 3].map((at) => ['CERTIFICATE_EXPIRED', bundleWith(at, { notAfter: now - 1n })] as const),
    ]
    for (const [code, change] of cases) {
      const verdict = verifyAttestationDocument(
        { ...document, ...change },
        { now, trustRoot: host.trustRoot, verifyP384: () => true },
      )
      expect(verdict).toMatchObject({ ok: false, code })
    }
  })

  it('behavior: one zero register of the three is debug enough', () => {
    const document = parseAttestationDocument(host.document())
    for (const index of [0, 1, 2]) {
      const pcrs = new Map([...document.pcrs, [index, `0x${'00'.repeat(48)}` as const]])
      const verdict = verifyAttestationDocument(
        { ...document, pcrs },
        { now, trustRoot: host.trustRoot, verifyP384: () => true },
      )
      expect(verdict).toMatchObject({ ok: true, enclave: { debug: true } })
    }
  })

  it('error: a bundle of the root alone, so that the root signs for an enclave', () => {
    const document = parseAttestationDocument(host.document())
    const verdict = verifyAttestationDocument(
      { ...document, caBundle: document.caBundle.slice(0, 1) },
      { now, trustRoot: host.trustRoot },
    )
    expect(verdict).toMatchObject({ ok: false, code: 'CHAIN_SHAPE' })
  })
})

describe('parseAttestationDocument', () => {
  const host = createSimulatedEnclave({ now })
  const document = parseAttestationDocument(host.document())
  const register = encodeCborBytes(new Uint8Array(48))
  const members: Readonly<Record<string, Uint8Array>> = {
    module_id: encodeCborText('i-0'),
    digest: encodeCborText('SHA384'),
    timestamp: encodeCborHead(0, 1_770_918_962_000n),
    pcrs: encodeCborMap([0, 1, 2].map((index) => [encodeCborHead(0, index), register])),
    certificate: encodeCborBytes(document.certificate.der),
    cabundle: encodeCborArray(document.caBundle.map(({ der }) => encodeCborBytes(der))),
  }
  const encode = (changes: Readonly<Record<string, Uint8Array>>): Uint8Array => {
    const entries = Object.entries({ ...members, ...changes }).filter(([, value]) => value.length > 0)
    const payload = encodeCborMap(entries.map(([name, value]) => [encodeCborText(name), value]))
    return encodeCoseSign1({ payload, signature: new Uint8Array(96) })
  }
  const absent = new Uint8Array()

  it('default: optional members may be null or absent', () => {
    const bare = parseAttestationDocument(encode({}))
    expect(bare).toMatchObject({ publicKey: null, userData: null, nonce: null })
    expect(parseAttestationDocument(encode({ nonce: Uint8Array.of(0xf6) })).nonce).toBeNull()
  })

  it.each<readonly [string, Readonly<Record<string, Uint8Array>>]>([
    ['no module', { module_id: absent }],
    ['an empty module', { module_id: encodeCborText('') }],
    ['another digest', { digest: encodeCborText('SHA256') }],
    ['time zero', { timestamp: Uint8Array.of(0) }],
    ['a time that is text', { timestamp: encodeCborText('1') }],
    ['no registers', { pcrs: encodeCborMap([]) }],
    ['no register 2', { pcrs: encodeCborMap([0, 1].map((index) => [encodeCborHead(0, index), register])) }],
    ['a register of 32 bytes', { pcrs: encodeCborMap([[Uint8Array.of(0), encodeCborBytes(new Uint8Array(32))]]) }],
    ['register 32', { pcrs: encodeCborMap([0, 1, 2, 32].map((index) => [encodeCborHead(0, index), register])) }],
    ['no certificate', { certificate: absent }],
    ['an empty certificate', { certificate: encodeCborBytes(absent) }],
    ['an empty bundle', { cabundle: encodeCborArray([]) }],
    [
      'a bundle of nine',
      { cabundle: encodeCborArray(Array.from({ length: 9 }, () => members['certificate'] ?? absent)) },
    ],
    ['a nonce of 1025 bytes', { nonce: encodeCborBytes(new Uint8Array(1025)) }],
    ['a nonce that is text', { nonce: encodeCborText('x') }],
    ['a key of 1025 bytes', { public_key: encodeCborBytes(new Uint8Array(1025)) }],
    ['user data of 4097 bytes', { user_data: encodeCborBytes(new Uint8Array(4097)) }],
    ['an unknown member', { extra: Uint8Array.of(0xf6) }],
  ])('error: %s', (_, changes) => {
    expect(() => parseAttestationDocument(encode(changes))).toThrow(QuoteError)
  })

  test.prop([fc.nat({ max: document.message.payload.length - 1 }), fc.uint8Array({ minLength: 1, maxLength: 4 })])(
    'property: a damaged payload is read or refused, never anything else',
    (offset, bytes) => {
      const payload = document.message.payload.slice()
      payload.set(bytes.slice(0, payload.length - offset), offset)
      const damaged = encodeCoseSign1({ ...document.message, payload })
      try {
        const read = parseAttestationDocument(damaged)
        const isSame = payload.every((byte, index) => byte === document.message.payload[index])
        const verdict = verifyAttestationDocument(read, { now, trustRoot: host.trustRoot, verifyP384: nodeP384 })
        expect(verdict.ok).toBe(isSame)
      } catch (error) {
        expect(error).toBeInstanceOf(QuoteError)
      }
    },
  )

  it('error: COSE that is not ES384 alone', () => {
    const signature = encodeCborBytes(new Uint8Array(96))
    const empty = Uint8Array.of(0xa0)
    const es384 = encodeCborBytes(Uint8Array.of(0xa1, 1, 0x38, 0x22))
    const payload = encodeCborBytes(Uint8Array.of(0xa0))
    expect(parseCoseSign1(encodeCborArray([es384, empty, payload, signature])).signature.length).toBe(96)
    const messages = [
      [es384, empty, payload],
      [es384, empty, payload, signature, signature],
      [encodeCborBytes(Uint8Array.of(0xa1, 1, 0x26)), empty, payload, signature],
      [encodeCborBytes(Uint8Array.of(0xa0)), empty, payload, signature],
      [es384, encodeCborMap([[Uint8Array.of(1), Uint8Array.of(0x26)]]), payload, signature],
      [es384, empty, Uint8Array.of(0xf6), signature],
      [es384, empty, payload, encodeCborBytes(new Uint8Array(64))],
    ]
    for (const message of messages) expect(() => parseCoseSign1(encodeCborArray(message))).toThrow(QuoteError)
    expect(() => parseCoseSign1(Uint8Array.of(0xd3, 0x80))).toThrow(QuoteError)
  })
})

describe('parseP384Certificate', () => {
  const { der } = parseAttestationDocument(real).certificate
  const text = Buffer.from(der).toString('latin1')
  /** Where an algorithm stands: the signature's twice, first inside the signed part. */
  const placesOf = (algorithm: Uint8Array): readonly number[] => {
    const wanted = Buffer.from(algorithm).toString('latin1')
    return [text.indexOf(wanted), text.lastIndexOf(wanted)].map((at) => at + algorithm.length - 1)
  }

  it('error: another algorithm, in either place, or another curve', () => {
    expect(parseP384Certificate(der).commonName).toContain('enc019c12d31f78864d')
    const places = [...placesOf(ecdsaWithSha384), ...placesOf(p384Algorithm)]
    expect(new Set(places).size).toBe(3)
    for (const place of places) {
      const changed = der.slice()
      changed[place] = (changed[place] ?? 0) ^ 1
      expect(() => parseP384Certificate(changed)).toThrow(QuoteError)
    }
  })

  it('error: too large', () => {
    expect(() => parseP384Certificate(new Uint8Array(2049))).toThrow('certificate of')
  })
})
