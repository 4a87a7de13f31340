import { describe, expect, it } from 'vitest'
import { judgeVector } from '../../test/judge-vector.js'
import { readVector, vectorFile, vectorJson, vectorNames } from '../../test/vector-files.js'
import { vectorVerifiers } from '../../test/vector-verifiers.js'
import type { CryptoBackend } from '../crypto/crypto-backend.js'
import { createVerifier, intelRoot, nodeCrypto, parseCollateral, QuoteError } from '../node.js'
import { createSimulatedPlatform } from '../simulator/simulated-platform.js'
import type { Verifier } from './create-verifier.js'

const now = 1_795_348_800n
const platform = createSimulatedPlatform({ now })
const json = platform.collateral()
const quote = platform.quote({ reportData: new Uint8Array(64) })
const trustRoot = platform.trustRoot

/** `nodeCrypto` that counts its signatures. */
function createCountingCrypto(): { readonly crypto: CryptoBackend; taken(): number } {
  let count = 0
  const verifyP256: CryptoBackend['verifyP256'] = (check) => {
    count += 1
    return nodeCrypto.verifyP256(check)
  }
  const taken = (): number => {
    const before = count
    count = 0
    return before
  }
  return { crypto: { ...nodeCrypto, verifyP256 }, taken }
}

describe('createVerifier', () => {
  it('behavior: each rung of the cache saves its signatures', () => {
    const { crypto, taken } = createCountingCrypto()
    const verifier = createVerifier({ trustRoot, crypto })
    const other = createSimulatedPlatform({ now }).quote({ reportData: new Uint8Array(64).fill(7) })
    const verify = (bytes: Uint8Array): number => {
      expect(verifier.verifyQuote(bytes, { collateral: json, now }).ok).toBe(true)
      return taken()
    }
    expect([verify(quote), verify(quote), verify(other)]).toEqual([9, 1, 1])
    const shallow = createVerifier({ trustRoot, crypto, cache: { quotingEnclaves: 0 } })
    const counts = [1, 2, 3].map(() => {
      shallow.verifyQuote(quote, { collateral: json, now })
      return taken()
    })
    expect(counts).toEqual([9, 2, 2])
    const none = createVerifier({ trustRoot, crypto, cache: false })
    for (const _ of [1, 2]) {
      none.verifyQuote(quote, { collateral: json, now })
      expect(taken()).toBe(9)
    }
    expect(none.cacheCounts()).toEqual({ collateral: 0, pckChains: 0, quotingEnclaves: 0 })
  })

  it('behavior: other collateral of a known platform is verified again', () => {
    const { crypto, taken } = createCountingCrypto()
    const verifier = createVerifier({ trustRoot, crypto })
    verifier.verifyQuote(quote, { collateral: json, now })
    taken()
    expect(
      verifier.verifyQuote(quote, { collateral: platform.collateral({ now: now + 7200n }), now: now + 7200n }).ok,
    ).toBe(true)
    // TCB Info, QE identity, both lists and, with the chain of the new object, its signer.
    expect(taken()).toBe(6)
  })

  it('behavior: times are compared on every use, whatever is cached', () => {
    const verifier = createVerifier({ trustRoot })
    const judge = (at: bigint): string => {
      const verdict = verifier.verifyQuote(quote, { collateral: json, now: at })
      return verdict.ok ? 'accepted' : verdict.code
    }
    const { expiresAt } = verifier.verifyQuote(quote, { collateral: json, now }) as { readonly expiresAt: bigint }
    expect([judge(expiresAt), judge(expiresAt + 1n)]).toEqual(['accepted', 'CRL_EXPIRED'])
    expect(judge(now - 86_400n)).toBe('CRL_NOT_YET_VALID')
    expect(judge(0n)).toBe('CERTIFICATE_NOT_YET_VALID')
    expect(judge(now)).toBe('accepted')
  })

  it('behavior: a platform revoked by newer lists is refused although all of it is cached', () => {
    const verifier = createVerifier({ trustRoot })
    expect(verifier.verifyQuote(quote, { collateral: json, now }).ok).toBe(true)
    for (const revoked of ['pck', 'pck-ca', 'tcb-signer'] as const) {
      const verdict = verifier.verifyQuote(quote, { collateral: platform.collateral({ revoked }), now })
      expect(verdict).toMatchObject({ ok: false, code: 'CERTIFICATE_REVOKED' })
    }
    expect(verifier.verifyQuote(quote, { collateral: json, now }).ok).toBe(true)
  })

  it('behavior: nothing of a refused quote is remembered as good', () => {
    const verifier = createVerifier({ trustRoot })
    const forged = platform.quote({ reportData: new Uint8Array(64), foreignQuotingEnclave: true })
    for (const _ of [1, 2]) {
      expect(verifier.verifyQuote(forged, { collateral: json, now })).toMatchObject({ code: 'QE_IDENTITY_MISMATCH' })
      expect(verifier.verifyQuote(quote, { collateral: json, now }).ok).toBe(true)
    }
  })

  it('behavior: its caches are bounded', () => {
    const verifier = createVerifier({ trustRoot, cache: { collateral: 2, pckChains: 2, quotingEnclaves: 2 } })
    for (let index = 0; index < 5; index += 1) {
      const seeded = createSimulatedPlatform({ seed: Uint8Array.of(index), now })
      verifier.verifyQuote(seeded.quote({ reportData: new Uint8Array(64) }), { collateral: seeded.collateral(), now })
    }
    expect(verifier.cacheCounts()).toEqual({ collateral: 2, pckChains: 2, quotingEnclaves: 2 })
  })

  it('behavior: changing the arrays after a call reaches neither cache nor verdict', () => {
    const verifier = createVerifier({ trustRoot })
    const bytes = quote.slice()
    const collateral = parseCollateral(json)
    expect(verifier.verifyQuote(bytes, { collateral, now }).ok).toBe(true)
    bytes.fill(0)
    collateral.tcbInfo.signature.fill(0)
    collateral.pckCrl.signed.fill(0)
    for (const certificate of collateral.tcbInfo.issuerChain) certificate.publicKey.fill(0)
    expect(verifier.verifyQuote(quote, { collateral, now }).ok).toBe(true)
  })

  it('error: what cannot be read throws QuoteError, also asynchronously', async () => {
    const verifier = createVerifier({ trustRoot })
    const broken = { ...json, tcb_info: '{}' }
    expect(() => verifier.verifyQuote(new Uint8Array(10), { collateral: json, now })).toThrow(QuoteError)
    expect(() => verifier.verifyQuote(quote, { collateral: broken, now })).toThrow(QuoteError)
    expect(() => verifier.verifyEnclaveQuote(quote, { collateral: json, now })).toThrow(QuoteError)
    await expect(verifier.verifyQuoteAsync(new Uint8Array(10), { collateral: json, now })).rejects.toThrow(QuoteError)
    expect(verifier.cacheCounts().collateral).toBe(0)
  })

  it('behavior: the asynchronous methods give the same verdicts and share the cache', async () => {
    const { crypto, taken } = createCountingCrypto()
    const verifier = createVerifier({ trustRoot, crypto })
    const verdict = await verifier.verifyQuoteAsync(quote, { collateral: json, now })
    expect(taken()).toBe(9)
    expect(verifier.verifyQuote(quote, { collateral: json, now })).toEqual(verdict)
    expect(taken()).toBe(1)
    await verifier.verifyQuoteAsync(quote, { collateral: json, now })
    expect(taken()).toBe(1)
  })
})

describe('the rollback guard', () => {
  const intel = createVerifierOfVector()

  it('behavior: older collateral of the same family is refused once newer was seen, and only then', () => {
    const verifier = createVerifier({ trustRoot: intelRoot })
    expect(intel.judge(verifier, 'combo-phala-v4-2025-09-29')).toBe('UpToDate')
    expect(intel.judge(verifier, 'combo-phala-v4-2026-08-13')).toBe('OutOfDate')
    expect(intel.judge(verifier, 'combo-phala-v4-2025-09-29')).toBe('COLLATERAL_ROLLED_BACK')
    expect(intel.judge(verifier, 'combo-phala-v4-2026-08-13')).toBe('OutOfDate')
  })

  it('behavior: it can be left out, and a minimum can be set beforehand', () => {
    const forgetful = createVerifier({ rollbackGuard: false })
    for (const name of ['combo-phala-v4-2026-08-13', 'combo-phala-v4-2025-09-29']) intel.judge(forgetful, name)
    expect(intel.judge(forgetful, 'combo-phala-v4-2025-09-29')).toBe('UpToDate')
    for (const rollbackGuard of [true, false]) {
      const verifier = createVerifier({ minimumEvaluationDataNumber: 18, rollbackGuard })
      expect(intel.judge(verifier, 'combo-phala-v4-2025-09-29')).toBe('COLLATERAL_ROLLED_BACK')
      expect(intel.judge(verifier, 'combo-phala-v4-2026-08-13')).toBe('OutOfDate')
      const broken = createVerifier({ minimumEvaluationDataNumber: Number.NaN, rollbackGuard })
      expect(intel.judge(broken, 'combo-phala-v4-2026-08-13')).toBe('COLLATERAL_ROLLED_BACK')
    }
  })

  it.each(['pck', 'pck-ca', 'tcb-signer'] as const)(
    'security: a revocation that was seen is not undone by an older list (%s)',
    async (revoked) => {
      const hour = 3_600n
      const later = now + 48n * hour
      const judge = (verifier: Verifier, collateral = json, at = later): string => {
        const verdict = verifier.verifyQuote(quote, { collateral, now: at })
        return verdict.ok ? verdict.tcbStatus : verdict.code
      }
      const revoking = platform.collateral({ now: now + 24n * hour, revoked })
      const verifier = createVerifier({ trustRoot })
      expect([judge(verifier), judge(verifier, revoking)]).toEqual(['UpToDate', 'CERTIFICATE_REVOKED'])
      // The list from the day before is still valid, and says nothing of it.
      expect(judge(verifier)).toBe('COLLATERAL_ROLLED_BACK')
      expect(await verifier.verifyQuoteAsync(quote, { collateral: json, now: later })).toMatchObject({ ok: false })
      const forgetful = createVerifier({ trustRoot, rollbackGuard: false })
      expect([judge(forgetful, revoking), judge(forgetful)]).toEqual(['CERTIFICATE_REVOKED', 'UpToDate'])
      // A newer list decides, and one that nobody signed raises nothing.
      expect(judge(verifier, platform.collateral({ now: later }))).toBe('UpToDate')
      const other = createVerifier({ trustRoot })
      const forged = { ...revoking, ...forgedLists(revoked) }
      expect([judge(other, forged), judge(other)]).toEqual(['CRL_SIGNATURE', 'UpToDate'])
    },
  )

  /** Lists of the day after, not signed by their issuers. */
  function forgedLists(revoked: 'pck' | 'pck-ca' | 'tcb-signer') {
    const fault = revoked === 'pck' ? 'pck-list-signature' : 'root-list-signature'
    return platform.collateral({ now: now + 24n * 3_600n, revoked, fault })
  }

  it('behavior: collateral that is not genuine or not fresh raises nothing', () => {
    const verifier = createVerifier()
    const newer = JSON.parse(vectorJson('real', 'combo-phala-v4-2025-09-29', 'collateral.json')['tcb_info'] as string)
    const forged = JSON.stringify({ ...newer, tcbEvaluationDataNumber: 99 })
    expect(intel.judge(verifier, 'combo-phala-v4-2025-09-29', { tcb_info: forged })).toBe('TCB_INFO_SIGNATURE')
    expect(intel.judge(verifier, 'combo-phala-v4-2026-08-13', {}, 1_761_057_412n)).toMatch(/NOT_YET_VALID/)
    expect(intel.judge(verifier, 'combo-phala-v4-2025-09-29')).toBe('UpToDate')
  })
})

describe('a verifier that sees all vectors', () => {
  it('behavior: judges each as a new one does, twice, in both directions', async () => {
    const roots = new Map<string, Verifier>()
    const alone = new Map<string, unknown>()
    let judged = 0
    for (const kind of ['real', 'synthetic'] as const) {
      const names = vectorNames(kind)
      for (const name of [...names, ...[...names].reverse()]) {
        const read = readVector(kind, name)
        const judgement = alone.get(name) ?? (await judgeVector(name, read, vectorVerifiers.node))
        alone.set(name, judgement)
        const cached = await judgeVector(name, read, {
          verifyQuote: (_, { trustRoot: root = intelRoot, ...options }) => {
            const key = String.fromCharCode(...root.certificate)
            const verifier = roots.get(key) ?? createVerifier({ trustRoot: root, rollbackGuard: false })
            roots.set(key, verifier)
            judged += 1
            return verifier.verifyQuote(vectorFile(kind, name, 'quote.bin'), options)
          },
          verifyEnclaveQuote: (_, { trustRoot: root = intelRoot, ...options }) => {
            const verifier = createVerifier({ trustRoot: root, rollbackGuard: false })
            const pckChain = new TextDecoder().decode(vectorFile(kind, name, 'pck_chain.pem'))
            return verifier.verifyEnclaveQuote(vectorFile(kind, name, 'quote.bin'), { ...options, pckChain })
          },
        })
        expect(cached).toEqual(judgement)
      }
    }
    expect(judged).toBeGreaterThan(200)
  })
})

/** Judges real vectors at their own time. */
function createVerifierOfVector(): {
  judge(verifier: Verifier, name: string, changes?: object, at?: bigint): string
} {
  return {
    judge(verifier, name, changes = {}, at) {
      const own = BigInt(Number(vectorJson('real', name, 'vector.json')['now']))
      const collateral = parseCollateral({ ...vectorJson('real', name, 'collateral.json'), ...changes })
      const verdict = verifier.verifyQuote(vectorFile('real', name, 'quote.bin'), { collateral, now: at ?? own })
      return verdict.ok ? verdict.tcbStatus : verdict.code
    },
  }
}
