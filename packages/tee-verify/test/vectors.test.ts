import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type DetailedJudgement, type JudgeVectorOptions, judgeVector } from './judge-vector.js'
import { readVector, vectorJson, vectorNames } from './vector-files.js'
import { vectorVerifiers } from './vector-verifiers.js'

interface Expectation {
  /** A TCB status, or `reject…`, or a judgement of policy. */
  readonly want: string
  readonly now: number
  readonly isPolicy: boolean
  readonly advisories: { readonly launch: string; readonly current: string }
}

/** Code and failed step of every vector, so that none of them is refused for another reason than its own. */
const judgements: Readonly<Record<string, readonly [ok: boolean, status: string, code: string, step: string]>> =
  JSON.parse(readFileSync(join(import.meta.dirname, 'vectors', 'judgements.json'), 'utf8'))

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

/** Compares with the oracle: Intel's own library, or the stricter rule that the vector was made for. */
function check(judgement: DetailedJudgement, { want, advisories, now }: Expectation): void {
  if (want === 'reject(policy)') {
    expect(judgement).toMatchObject({ ok: false, status: 'UpToDate', failedStep: expect.stringMatching(/^policy-/) })
  } else if (want === 'allow(policy)') {
    expect(judgement).toMatchObject({ ok: true, status: 'UpToDate' })
  } else if (want.startsWith('reject')) {
    expect(judgement).toMatchObject({ ok: false, code: expect.stringMatching(/^[A-Z_]+$/), status: null })
  } else if (want === 'Revoked') {
    expect(judgement).toMatchObject({ ok: false, code: 'TCB_REVOKED', status: 'Revoked' })
  } else {
    expect(judgement).toMatchObject({ ok: want === 'UpToDate', status: want })
    if (want !== 'UpToDate') expect(judgement.code).toBe('TCB_STATUS_NOT_ALLOWED')
    expect(listOf(judgement.advisoryIds?.launch.join() ?? '')).toEqual(listOf(advisories.launch))
    expect(listOf(judgement.advisoryIds?.current.join() ?? '')).toEqual(listOf(advisories.current))
    expect(Number(judgement.expiresAt)).toBeGreaterThanOrEqual(now)
  }
}

for (const kind of ['real', 'synthetic'] as const) {
  describe(`${kind} vectors`, () => {
    it.each(vectorNames(kind))('%s', async (name) => {
      const expectation = expectationOf(kind, name)
      const baseline = expectation.isPolicy ? { baseline: readVector('synthetic', 'P01') } : {}
      const judge = (backend: keyof typeof vectorVerifiers, options: JudgeVectorOptions): Promise<DetailedJudgement> =>
        judgeVector(name, readVector(kind, name), vectorVerifiers[backend], options)
      const judgement = await judge('node', baseline)
      check(judgement, expectation)
      expect(judgement.platform).toBe(kind === 'real' && !name.startsWith('intel-') ? 'intel' : 'simulated')
      expect(await judge('noble', baseline)).toEqual(judgement)
      expect(await judge('webcrypto', baseline)).toEqual(judgement)
      const { ok, status, code, failedStep } = await judge('node', {})
      expect([ok, `${status}`, `${code}`, `${failedStep}`]).toEqual(judgements[name])
    })
  })
}

describe('kinds of vectors', () => {
  it('behavior: all of them are here', () => {
    expect([vectorNames('real').length, vectorNames('synthetic').length]).toEqual([27, 127])
    expect(Object.keys(judgements).length).toBe(154)
  })

  it('behavior: a quote with bytes after it fails for its TCB alone where those bytes are allowed', async () => {
    for (const name of ['combo-gotdx-v4-2023-06-18', 'combo-gotdx-v4-2025-09-29']) {
      const judge = (trailingBytes: 'zero' | 'any'): Promise<DetailedJudgement> =>
        judgeVector(name, readVector('real', name), vectorVerifiers.node, { trailingBytes })
      expect((await judge('zero')).code).toBe('TRAILING_BYTES')
      expect((await judge('any')).code).toBe('TCB_NOT_SUPPORTED')
    }
  })

  it('behavior: stale lists are refused even with a good quote', async () => {
    const read = readVector('real', 'gotdx-v4')
    const judgement = await judgeVector('gotdx-v4', read, vectorVerifiers.node, { trailingBytes: 'any' })
    expect(judgement).toMatchObject({ ok: false, code: expect.stringMatching(/EXPIRED|NOT_YET_VALID/) })
  })

  it('error: a folder without its files, without a time or with a broken root is refused, not an exception', async () => {
    const read = readVector('synthetic', 'P01')
    const text = (value: string): Uint8Array => new TextEncoder().encode(value)
    const judge = (changes: Readonly<Record<string, Uint8Array | undefined>>): Promise<DetailedJudgement> =>
      judgeVector('P01', (name) => (name in changes ? changes[name] : read(name)), vectorVerifiers.node)
    expect(await judge({})).toMatchObject({ ok: true })
    for (const name of ['quote.bin', 'vector.json', 'tcb_chain.pem', 'pck_crl.der']) {
      expect(await judge({ [name]: undefined })).toMatchObject({ ok: false, code: 'BAD_COLLATERAL' })
    }
    expect(await judge({ 'tcbinfo.json': undefined, 'collateral.json': undefined })).toMatchObject({ ok: false })
    for (const now of ['{}', '[]', '{"now":"1795348800"}', '{"now":null}', '{"now":1.5}', '{"now":-1}']) {
      expect(await judge({ 'vector.json': text(now) })).toMatchObject({ ok: false, code: 'INVALID_TIME' })
    }
    expect(await judge({ 'vector.json': text('{') })).toMatchObject({ ok: false, code: 'BAD_JSON' })
    expect(await judge({ 'root.pem': text('root') })).toMatchObject({ ok: false, code: 'BAD_PEM' })
    expect(await judge({ 'root.pem': undefined })).toMatchObject({ code: 'ROOT_NOT_TRUSTED', platform: 'intel' })
  })
})
