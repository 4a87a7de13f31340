import { createHash, X509Certificate } from 'node:crypto'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { realVerdict, vectorFile, vectorJson } from '../../test/vector-files.js'
import { hexOf } from '../bytes/hex.js'
import { parseCollateral } from '../collateral/collateral.js'
import { checkPolicy, type QuotePolicy } from '../policy/check-policy.js'
import { reportDataFor } from '../policy/report-data.js'
import { parseQuote } from '../quote/quote.js'
import { QuoteError } from '../quote-error.js'
import { intelRoot, simulatorRoot, type TrustRoot } from '../trust-root.js'
import { type QuoteVerdict, verifyQuote } from '../verify/verify-quote.js'
import { parsePemChain } from '../x509/pem.js'
import type { SimulatedCollateralOptions } from './simulated-collateral.js'
import { createSimulatedPlatform, simulatedTrustRoot } from './simulated-platform.js'
import type { SimulatedQuoteOptions } from './simulated-quote.js'

const now = 1_795_348_800n
const platform = createSimulatedPlatform({ now })
const reportData = reportDataFor({ nodeId: `0x${'11'.repeat(32)}`, nonce: `0x${'22'.repeat(32)}` })

interface Scene {
  readonly quote?: Omit<SimulatedQuoteOptions, 'reportData'>
  readonly collateral?: SimulatedCollateralOptions
  readonly trustRoot?: TrustRoot
  readonly now?: bigint
}

function judge(scene: Scene = {}): QuoteVerdict {
  return verifyQuote(parseQuote(platform.quote({ reportData, ...scene.quote })), {
    collateral: parseCollateral(platform.collateral(scene.collateral)),
    now: scene.now ?? now,
    trustRoot: scene.trustRoot ?? platform.trustRoot,
  })
}

const policy: QuotePolicy = {
  trustRoots: ['simulated'],
  measurements: [platform.measurements],
  reportData: hexOf(reportData),
}

describe('createSimulatedPlatform', () => {
  it.each([4, 5] as const)('default: a quote of version %i passes the same verifier, labelled simulated', (version) => {
    const verdict = judge({ quote: { version } })
    expect(verdict).toMatchObject({ ok: true, platform: 'simulated', tcbStatus: 'UpToDate', advisoryIds: [] })
    expect(verdict.steps.map(({ ok }) => ok)).toEqual(Array(16).fill(true))
    expect(checkPolicy(verdict, policy).ok).toBe(true)
  })

  it('behavior: its root never changes', () => {
    const digest = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex')
    expect(digest(platform.rootCertificate)).toMatchInlineSnapshot(
      `"d3764d76573dbbe893b4233603c4cfb071be69fa081f639f25448b94438c5477"`,
    )
    expect(createSimulatedPlatform({ now: 0n }).rootCertificate).toEqual(platform.rootCertificate)
    expect(simulatedTrustRoot()).toEqual(platform.trustRoot)
  })

  it('behavior: another seed is another platform with another root', () => {
    const other = createSimulatedPlatform({ now, seed: Uint8Array.of(1) })
    expect(other.rootCertificate).not.toEqual(platform.rootCertificate)
    expect(judge({ trustRoot: other.trustRoot })).toMatchObject({ ok: false, code: 'ROOT_NOT_TRUSTED' })
  })

  it('behavior: its certificates verify with an independent library', () => {
    const { pck_crl_issuer_chain: pckCaChain, tcb_info_issuer_chain: signerChain } = platform.collateral()
    const [pckCa, root] = parsePemChain(pckCaChain).map((der) => new X509Certificate(der))
    const [signer] = parsePemChain(signerChain).map((der) => new X509Certificate(der))
    const [pck] = parseQuote(platform.quote({ reportData })).evidence.pckChain.map(
      ({ der }) => new X509Certificate(der),
    )
    expect(root?.verify(root.publicKey)).toBe(true)
    expect(root !== undefined && pckCa?.verify(root.publicKey)).toBe(true)
    expect(root !== undefined && signer?.verify(root.publicKey)).toBe(true)
    expect(pckCa !== undefined && pck?.verify(pckCa.publicKey)).toBe(true)
    expect([root?.ca, pckCa?.ca, signer?.ca, pck?.ca]).toEqual([true, true, false, false])
  })

  it('behavior: its quotes are refused under the root of Intel, and Intel quotes under its root', () => {
    expect(judge({ trustRoot: intelRoot })).toMatchObject({ ok: false, code: 'ROOT_NOT_TRUSTED' })
    const quote = parseQuote(vectorFile('real', 'near-mpc-v4', 'quote.bin'))
    const collateral = parseCollateral(vectorJson('real', 'near-mpc-v4', 'collateral.json'))
    const options = { collateral, now: 1_787_894_484n }
    expect(verifyQuote(quote, { ...options, trustRoot: platform.trustRoot })).toMatchObject({
      code: 'ROOT_NOT_TRUSTED',
    })
    expect(verifyQuote(quote, options)).toMatchObject({ ok: true, platform: 'intel' })
  })

  it('behavior: a root that only claims to be the one of Intel stays simulated', () => {
    const claimed: TrustRoot = { platform: 'intel', certificate: platform.rootCertificate }
    const verdict = judge({ trustRoot: claimed })
    expect(verdict).toMatchObject({ ok: true, platform: 'simulated' })
    expect(checkPolicy(verdict, { ...policy, trustRoots: ['intel'] })).toMatchObject({ code: 'TRUST_ROOT_NOT_ALLOWED' })
    expect(simulatorRoot(platform.rootCertificate).platform).toBe('simulated')
  })

  it('behavior: its quotes with the collateral of Intel are refused, and the other way round', () => {
    const intel = parseCollateral(vectorJson('real', 'near-mpc-v4', 'collateral.json'))
    const quote = parseQuote(platform.quote({ reportData }))
    for (const trustRoot of [intelRoot, platform.trustRoot]) {
      const verdict = verifyQuote(quote, { collateral: intel, now: 1_787_894_484n, trustRoot })
      expect(verdict).toMatchObject({ ok: false, code: 'ROOT_NOT_TRUSTED' })
    }
  })

  it.each([
    ['a revoked PCK', { collateral: { revoked: 'pck' } }, 'CERTIFICATE_REVOKED'],
    ['a revoked PCK CA', { collateral: { revoked: 'pck-ca' } }, 'CERTIFICATE_REVOKED'],
    ['a revoked TCB signer', { collateral: { revoked: 'tcb-signer' } }, 'CERTIFICATE_REVOKED'],
    ['a revoked TCB', { collateral: { tcbStatus: 'Revoked' } }, 'TCB_REVOKED'],
    ['an unknown module', { quote: { moduleSvn: 1 } }, 'TCB_NOT_SUPPORTED'],
    ['a foreign quoting enclave', { quote: { foreignQuotingEnclave: true } }, 'QE_IDENTITY_MISMATCH'],
    ['stale collateral', { now: now + 31n * 86_400n }, 'CRL_EXPIRED'],
    ['future collateral', { now: now - 2n * 86_400n }, 'CRL_NOT_YET_VALID'],
  ] as const satisfies readonly (readonly [string, Scene, string])[])('error: %s', (_, scene, code) => {
    const verdict = judge(scene)
    expect(verdict).toMatchObject({ ok: false, code })
    expect(verdict.steps.at(-1)).toMatchObject({ ok: false, code })
    expect(verdict.steps.slice(0, -1).every(({ ok }) => ok)).toBe(true)
  })

  it('behavior: an outdated module outdates the TCB', () => {
    const verdict = judge({ quote: { moduleSvn: 3 } })
    expect(verdict).toMatchObject({ ok: true, tcbStatus: 'OutOfDate', advisoryIds: ['SIMULATED-SA-00001'] })
    expect(checkPolicy(verdict, policy)).toMatchObject({ ok: false, code: 'TCB_STATUS_NOT_ALLOWED' })
    expect(checkPolicy(verdict, { ...policy, tcbStatuses: ['OutOfDate'] }).ok).toBe(true)
  })

  it('behavior: the verdict holds to the second of its expiry', () => {
    const verdict = judge()
    const expiresAt = verdict.ok ? verdict.expiresAt : 0n
    expect(judge({ now: expiresAt }).ok).toBe(true)
    expect(judge({ now: expiresAt + 1n, collateral: { now } }).ok).toBe(false)
  })

  it('error: a number, NaN, or a time before 1970 for now', () => {
    for (const bad of [undefined, Number.NaN, 1_795_348_800, '1795348800', new Date(), -1n]) {
      expect(judge({ ...(bad === undefined ? {} : { now: bad as bigint }) }).ok).toBe(bad === undefined)
    }
    const options = { collateral: parseCollateral(platform.collateral()), now: undefined as unknown as bigint }
    expect(verifyQuote(parseQuote(platform.quote({ reportData })), options)).toMatchObject({ code: 'INVALID_TIME' })
  })

  it('error: report data or measurements of another size', () => {
    expect(() => platform.quote({ reportData: new Uint8Array(63) })).toThrow(QuoteError)
    expect(() => platform.quote({ reportData, mrTd: '0x00' })).toThrow(QuoteError)
  })

  test.prop([fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.uint8Array({ minLength: 48, maxLength: 48 })], {
    numRuns: 20,
  })('property: a quote reports what it was asked to', (data, mrTd) => {
    const { td } = parseQuote(platform.quote({ reportData: data, mrTd: hexOf(mrTd), rtMr: [hexOf(mrTd)] }))
    expect(td).toMatchObject({ reportData: hexOf(data), mrTd: hexOf(mrTd), rtMr0: hexOf(mrTd) })
    expect(td.rtMr1).toBe(platform.measurements.rtMr1)
  })

  it('behavior: every byte of a quote is covered', () => {
    const bytes = platform.quote({ reportData })
    const collateral = parseCollateral(platform.collateral())
    for (let offset = 0; offset < bytes.length; offset += 61) {
      const copy = bytes.slice()
      copy[offset] = (copy[offset] ?? 0) ^ 1
      let ok: boolean
      try {
        ok = verifyQuote(parseQuote(copy), { collateral, now, trustRoot: platform.trustRoot }).ok
      } catch (error) {
        expect(error).toBeInstanceOf(QuoteError)
        ok = false
      }
      expect([offset, ok]).toEqual([offset, false])
    }
  })
})

describe('a policy for Intel quotes', () => {
  it('behavior: refuses a simulated quote by default', () => {
    expect(checkPolicy(judge(), { measurements: 'any-measurement', reportData: 'any-report-data' })).toMatchObject({
      ok: false,
      code: 'TRUST_ROOT_NOT_ALLOWED',
    })
  })

  it('behavior: accepts a real one', () => {
    const verdict = realVerdict('near-mpc-v4')
    expect(checkPolicy(verdict, { measurements: 'any-measurement', reportData: 'any-report-data' }).ok).toBe(true)
    expect(checkPolicy(verdict, policy)).toMatchObject({ ok: false, code: 'TRUST_ROOT_NOT_ALLOWED' })
  })
})
