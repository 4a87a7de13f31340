import { describe, expect, it } from 'vitest'
import { type JudgeVectorOptions, judgeVector, type VectorJudgement } from './judge-vector.js'
import { nodeP256 } from './node-p256.js'
import { readVector, vectorJson, vectorNames } from './vector-files.js'

interface Expectation {
  /** A TCB status, or `reject…`, or a judgement of policy. */
  readonly want: string
  readonly now: number
  readonly isPolicy: boolean
  readonly advisories: { readonly launch: string; readonly current: string }
}

function expectationOf(kind: 'real' | 'synthetic', name: string): Expectation {
  const json = vectorJson(kind, name, 'vector.json')
  const oracle = (json['intelQvl'] ?? json['qvlStatus'] ?? {}) as Record<string, string>
  return {
    want: String(json['want'] ?? json['strictExpected'] ?? json['expected']),
    now: Number(json['now']),
    isPolicy: json['class'] === 'policy',
    advisories: { launch: oracle['launchAdv'] ?? '', current: oracle['currentAdv'] ?? '' },
  }
}

function listOf(text: string): readonly string[] {
  return [...new Set(text.split(',').filter((id) => id !== ''))].sort()
}

function check(judgement: VectorJudgement, expectation: Expectation): void {
  const { want, advisories } = expectation
  if (want === 'reject(policy)') {
    expect(judgement).toMatchObject({ ok: true, policy: expect.stringMatching(/^(TD_|XFAM|SERVICE|MEASURE|REPORT)/) })
  } else if (want === 'allow(policy)') {
    expect(judgement).toMatchObject({ ok: true, status: 'UpToDate', policy: 'accepted' })
  } else if (want.startsWith('reject')) {
    expect(judgement).toMatchObject({ ok: false, code: expect.stringMatching(/^[A-Z_]+$/), status: null })
  } else if (want === 'Revoked') {
    expect(judgement).toMatchObject({ ok: false, code: 'TCB_REVOKED', status: 'Revoked' })
  } else {
    expect(judgement).toMatchObject({ ok: true, code: null, status: want })
    expect(listOf(judgement.advisoryIds?.launch.join() ?? '')).toEqual(listOf(advisories.launch))
    expect(listOf(judgement.advisoryIds?.current.join() ?? '')).toEqual(listOf(advisories.current))
    expect(BigInt(judgement.expiresAt ?? 0)).toBeGreaterThanOrEqual(BigInt(expectation.now))
  }
}

for (const kind of ['real', 'synthetic'] as const) {
  describe(`${kind} vectors`, () => {
    it.each(vectorNames(kind))('%s', (name) => {
      const expectation = expectationOf(kind, name)
      const baseline = expectation.isPolicy ? { baseline: readVector('synthetic', 'P01') } : {}
      const judge = (options: JudgeVectorOptions): VectorJudgement =>
        judgeVector(name, readVector(kind, name), { ...baseline, ...options })
      const judgement = judge({})
      check(judgement, expectation)
      expect(judgement.platform).toBe(kind === 'real' && !name.startsWith('intel-') ? 'intel' : 'simulated')
      // The portable and the native P-256 must not disagree on anything.
      expect(judge({ verifyP256: nodeP256 })).toEqual(judgement)
    })
  })
}

describe('kinds of vectors', () => {
  it('behavior: all of them are here', () => {
    expect([vectorNames('real').length, vectorNames('synthetic').length]).toEqual([27, 127])
  })

  it('behavior: a quote with bytes after it fails for its TCB alone where those bytes are allowed', () => {
    for (const name of ['combo-gotdx-v4-2023-06-18', 'combo-gotdx-v4-2025-09-29']) {
      const judge = (trailingBytes: 'zero' | 'any'): VectorJudgement =>
        judgeVector(name, readVector('real', name), { trailingBytes })
      expect(judge('zero').code).toBe('TRAILING_BYTES')
      expect(judge('any').code).toBe('TCB_NOT_SUPPORTED')
    }
  })

  it('behavior: stale lists are refused even with a good quote', () => {
    const judgement = judgeVector('gotdx-v4', readVector('real', 'gotdx-v4'), { trailingBytes: 'any' })
    expect(judgement).toMatchObject({ ok: false, code: expect.stringMatching(/EXPIRED|NOT_YET_VALID/) })
  })

  it('behavior: each attack fails at the check that is there for it', () => {
    const codes = {
      C09: 'ROOT_NOT_TRUSTED',
      C21: 'CERTIFICATE_ROLE',
      E07: 'TCB_INFO_SIGNATURE',
      J01: 'TCB_INFO_SIGNATURE',
      J03: 'BAD_JSON',
      K01: 'ROOT_NOT_TRUSTED',
      K05: 'CERTIFICATE_EXPIRED',
      K07: 'CERTIFICATE_NOT_YET_VALID',
      K17: 'CERTIFICATE_ISSUER',
      L05: 'CRL_SIGNATURE',
      L09: 'CRL_ISSUER',
      Q01: 'QE_IDENTITY_MISMATCH',
      Q03: 'QE_IDENTITY_MISMATCH',
      Q05: 'COLLATERAL_TYPE_MISMATCH',
      Q07: 'QE_IDENTITY_NOT_YET_VALID',
      R01: 'CERTIFICATE_REVOKED',
      R03: 'CERTIFICATE_REVOKED',
      R07: 'CRL_EXPIRED',
      R09: 'CRL_NOT_YET_VALID',
      T03: 'TCB_INFO_NOT_YET_VALID',
      T05: 'PCE_ID_MISMATCH',
      T09: 'TDX_MODULE_MISMATCH',
      T11: 'TDX_MODULE_MISMATCH',
      S13: 'TCB_NOT_SUPPORTED',
      S15: 'TCB_NOT_SUPPORTED',
      X01: 'QUOTE_SIGNATURE',
      X05: 'ATTESTATION_KEY_MISMATCH',
      X09: 'ATTESTATION_KEY_MISMATCH',
      X11: 'ATTESTATION_KEY_MISMATCH',
    }
    for (const [name, code] of Object.entries(codes)) {
      expect([name, judgeVector(name, readVector('synthetic', name), { verifyP256: nodeP256 }).code]).toEqual([
        name,
        code,
      ])
    }
  })
})
