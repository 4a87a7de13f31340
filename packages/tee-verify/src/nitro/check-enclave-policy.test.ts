import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAttestationDocument } from './attestation-document.js'
import { checkEnclavePolicy, type EnclavePolicy, hashPcrs, type PcrTuple } from './check-enclave-policy.js'
import { createSimulatedEnclave } from './simulator/simulated-enclave.js'
import { type NitroVerdict, verifyAttestationDocument } from './verify-attestation-document.js'

const folder = join(import.meta.dirname, '../../test/vectors/nitro')
function realVerdict(name: string, now: bigint): NitroVerdict {
  return verifyAttestationDocument(
    parseAttestationDocument(new Uint8Array(readFileSync(join(folder, `${name}.bin`)))),
    {
      now,
    },
  )
}
const now = 1_770_918_962n
const verdict = realVerdict('opengradient-og-evm', now)
const pcr = (index: number): `0x${string}` => (verdict.ok ? verdict.enclave.pcrs.get(index) : undefined) ?? '0x'
const build: PcrTuple = { pcr0: pcr(0), pcr1: pcr(1), pcr2: pcr(2) }
const zero = `0x${'00'.repeat(48)}` as const
const policy: EnclavePolicy = {
  measurements: [build],
  nonce: '0x0123456789abcdef0123456789abcdef01234567',
  userData: 'any-user-data',
  publicKey: '0x64756d6d79',
}

describe('checkEnclavePolicy', () => {
  it('default', () => {
    const result = checkEnclavePolicy(verdict, policy)
    expect(result.ok).toBe(true)
    expect(result.steps.map(({ name }) => name)).toEqual([
      'document',
      'policy',
      'trust-root',
      'debug',
      'age',
      'measurements',
      'nonce',
      'user-data',
      'public-key',
    ])
  })

  it('behavior: either case of hexadecimal, one of several builds, PCR8 where given', () => {
    const other = { ...build, pcr0: `0x${'11'.repeat(48)}` as const }
    const upper = { ...build, pcr0: `0x${build.pcr0.slice(2).toUpperCase()}` as const }
    for (const measurements of [[other, upper], [{ ...build, pcr8: zero }]]) {
      expect(checkEnclavePolicy(verdict, { ...policy, measurements }).ok).toBe(true)
    }
    expect(checkEnclavePolicy(verdict, { ...policy, measurements: 'any-measurement' }).ok).toBe(true)
  })

  it('error: another build, or parts of two builds', () => {
    const one = `0x${'11'.repeat(48)}` as const
    const others: readonly (readonly PcrTuple[])[] = [
      [{ ...build, pcr0: one }],
      [{ ...build, pcr1: one }],
      [{ ...build, pcr2: one }],
      [{ ...build, pcr8: one }],
      [
        { ...build, pcr0: one },
        { ...build, pcr1: one },
      ],
    ]
    for (const measurements of others) {
      expect(checkEnclavePolicy(verdict, { ...policy, measurements })).toMatchObject({ code: 'MEASUREMENT_MISMATCH' })
    }
  })

  it('error: nonce, user data, public key', () => {
    const codes = { nonce: 'NONCE_MISMATCH', userData: 'USER_DATA_MISMATCH', publicKey: 'PUBLIC_KEY_MISMATCH' }
    for (const [name, code] of Object.entries(codes)) {
      for (const value of ['0x00', '0x', null]) {
        expect(checkEnclavePolicy(verdict, { ...policy, [name]: value })).toMatchObject({ ok: false, code })
      }
    }
    const bare = realVerdict('evervault-valid', 1_665_651_482n)
    const absent: EnclavePolicy = { ...policy, measurements: 'any-measurement', nonce: 'any-nonce' }
    expect(checkEnclavePolicy(bare, { ...absent, userData: null, publicKey: null }).ok).toBe(true)
    expect(checkEnclavePolicy(bare, { ...absent, publicKey: '0x' })).toMatchObject({ code: 'PUBLIC_KEY_MISMATCH' })
  })

  it('error: a policy that does not say what it wants', () => {
    const policies: readonly Partial<Record<keyof EnclavePolicy, unknown>>[] = [
      { measurements: [] },
      { measurements: undefined },
      { measurements: [{ pcr0: build.pcr0 }] },
      { measurements: [{ ...build, pcr2: '0x00' }] },
      { nonce: undefined },
      { nonce: '0x0' },
      { nonce: 'any-user-data' },
      { userData: true },
      { publicKey: '' },
      { maximumAge: { seconds: 1, now } },
    ]
    for (const change of policies) {
      const result = checkEnclavePolicy(verdict, { ...policy, ...change } as EnclavePolicy)
      expect(result).toMatchObject({ ok: false, code: 'BAD_POLICY' })
    }
  })

  it('error: under debug, unless named', () => {
    for (const [name, at] of [
      ['opengradient-og-evm-debug', 1_769_668_801n],
      ['evervault-debug', 1_665_582_606n],
      ['evervault-ga', 1_695_049_410n],
    ] as const) {
      const any = { nonce: 'any-nonce', userData: 'any-user-data', publicKey: 'any-public-key' } as const
      const debugged: EnclavePolicy = { ...any, measurements: [{ pcr0: zero, pcr1: zero, pcr2: zero }] }
      const document = realVerdict(name, at)
      expect(checkEnclavePolicy(document, debugged)).toMatchObject({ ok: false, code: 'ENCLAVE_DEBUG' })
      expect(checkEnclavePolicy(document, { ...debugged, measurements: 'any-measurement' })).toMatchObject({
        ok: false,
      })
      expect(checkEnclavePolicy(document, { ...debugged, allowDebug: true as never })).toMatchObject({ ok: false })
      expect(checkEnclavePolicy(document, { ...debugged, allowDebug: 'allow-debug' }).ok).toBe(true)
    }
  })

  it('error: simulated, unless named', () => {
    const host = createSimulatedEnclave({ now })
    const document = parseAttestationDocument(host.document())
    const simulated = verifyAttestationDocument(document, { now, trustRoot: host.trustRoot })
    const own: EnclavePolicy = { measurements: [host.measurements], nonce: null, userData: null, publicKey: null }
    expect(checkEnclavePolicy(simulated, own)).toMatchObject({ ok: false, code: 'TRUST_ROOT_NOT_ALLOWED' })
    expect(checkEnclavePolicy(simulated, { ...own, trustRoots: ['simulated'] }).ok).toBe(true)
    expect(checkEnclavePolicy(verdict, { ...policy, trustRoots: ['simulated'] }).ok).toBe(false)
  })

  it('error: older than the policy allows', () => {
    const aged = (at: bigint): EnclavePolicy => ({ ...policy, maximumAge: { seconds: 300n, now: at } })
    expect(checkEnclavePolicy(verdict, aged(now + 300n)).ok).toBe(true)
    expect(checkEnclavePolicy(verdict, aged(now + 301n))).toMatchObject({ ok: false, code: 'DOCUMENT_TOO_OLD' })
  })

  it('error: the document is refused', () => {
    const expired = realVerdict('opengradient-og-evm', now + 100_000n)
    expect(checkEnclavePolicy(expired, policy)).toMatchObject({ ok: false, code: 'DOCUMENT_REJECTED' })
  })
})

describe('hashPcrs', () => {
  it('default: keccak256 of the three registers', () => {
    expect(hashPcrs(build)).toBe('0x8082af22571613eabd5dad9c7e857c4f16154ded3d387386d8193b53906f6a24')
  })

  it('behavior: the example that OpenGradient publishes with its registry', () => {
    // OpenGradient/og-evm scripts/tee-mgmt-cli/Registration.md at 113ae07511716f255f18022ef6b28df21345bc9d
    const stated = {
      pcr0: '0x8c7b728e1a8e034aa1cc6c82521adeacec05118b766d5203c80aaf84322b73d095e05672d98fba613ba2b3aaa0e6a482',
      pcr1: '0x4b4d5b3661b3efc12920900c80e126e4ce783c522de6c02a2a5bf7af3a2b9327b86776f188e4be1c1c404a129dbda493',
      pcr2: '0x74787f27d0c4bbead44d7a61a02df3b8297b0ab1faffb8ebd113a34b434147acb7cd21504b82eeea34100034ccaaed94',
    } as const
    expect(hashPcrs(stated)).toBe('0x77786f3515030fe50a260c26d229eff15d2db0e211008f1581dc3e91bfd25703')
  })

  it('error: another size', () => {
    expect(() => hashPcrs({ ...build, pcr1: '0x00' })).toThrow('48 bytes')
  })
})
