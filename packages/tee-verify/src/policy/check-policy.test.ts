import { describe, expect, it } from 'vitest'
import { realVerdict } from '../../test/vector-files.js'
import { parseCollateral } from '../collateral/collateral.js'
import { parseQuote } from '../quote/quote.js'
import { createSimulatedPlatform } from '../simulator/simulated-platform.js'
import { type AcceptedQuote, verifyQuote } from '../verify/verify-quote.js'
import { checkPolicy, measurementsOf, type QuotePolicy } from './check-policy.js'

function accepted(name: string): AcceptedQuote {
  const verdict = realVerdict(name)
  if (!verdict.ok) throw new Error(`${name}: ${verdict.code}`)
  return verdict
}

const verdict = accepted('near-mpc-v4')
const measurements = measurementsOf(verdict.td)
const policy: QuotePolicy = { measurements: [measurements], reportData: verdict.td.reportData }

function withTd(changes: Partial<AcceptedQuote['td']>): AcceptedQuote {
  return { ...verdict, td: { ...verdict.td, ...changes } }
}

describe('checkPolicy', () => {
  it('default: every check in its order; what the policy does not ask for is no check that passed', () => {
    const whole = { ...policy, now: verdict.expiresAt, acceptHardware: () => true }
    const result = checkPolicy(verdict, whole)
    expect(result.ok).toBe(true)
    const namesOf = (asked: QuotePolicy): readonly string[] => checkPolicy(verdict, asked).steps.map(({ name }) => name)
    expect(namesOf(policy)).toEqual(namesOf(whole).filter((name) => !['expiry', 'hardware'].includes(name)))
    const waived: QuotePolicy = { measurements: 'any-measurement', reportData: 'any-report-data' }
    expect(namesOf(waived)).toEqual(namesOf(policy).filter((name) => !['measurements', 'report-data'].includes(name)))
    expect(result.steps.map(({ name, ok }) => [name, ok])).toEqual(
      [
        'quote',
        'policy',
        'expiry',
        'trust-root',
        'tcb-status',
        'collateral-age',
        'debug',
        'td-attributes',
        'xfam',
        'service-tds',
        'measurements',
        'report-data',
        'hardware',
      ].map((name) => [name, true]),
    )
  })

  it('behavior: hexadecimal of either case is the same', () => {
    const upper = (hex: `0x${string}`): `0x${string}` => `0x${hex.slice(2).toUpperCase()}`
    expect(checkPolicy(verdict, { ...policy, reportData: upper(verdict.td.reportData) }).ok).toBe(true)
  })

  it('error: a rejected quote', () => {
    const rejected = realVerdict('phala-tdx-v5-outdated')
    expect(checkPolicy(rejected, { measurements: 'any-measurement', reportData: 'any-report-data' })).toMatchObject({
      ok: false,
      code: 'QUOTE_REJECTED',
      detail: expect.stringContaining('TCB_NOT_SUPPORTED'),
    })
  })

  it('error: a policy that names nobody, or nonsense', () => {
    const bad = [
      { ...policy, measurements: [] },
      { ...policy, measurements: [{ ...measurements, rtMr2: '0x00' as const }] },
      { ...policy, measurements: undefined as unknown as QuotePolicy['measurements'] },
      { ...policy, measurements: [{ mrTd: measurements.mrTd } as typeof measurements] },
      { ...policy, reportData: '0x' as const },
      { ...policy, reportData: undefined as unknown as QuotePolicy['reportData'] },
    ]
    for (const each of bad) expect(checkPolicy(verdict, each)).toMatchObject({ ok: false, code: 'BAD_POLICY' })
  })

  it('error: another measurement, each register counts', () => {
    const other = `0x${'ab'.repeat(48)}` as const
    for (const name of ['mrTd', 'rtMr0', 'rtMr1', 'rtMr2', 'rtMr3'] as const) {
      const result = checkPolicy(verdict, { ...policy, measurements: [{ ...measurements, [name]: other }] })
      expect(result).toMatchObject({ ok: false, code: 'MEASUREMENT_MISMATCH' })
    }
  })

  it('behavior: parts of two releases do not make a third, and RTMR3 is compared only where given', () => {
    const other = `0x${'ab'.repeat(48)}` as const
    const mixed = [
      { ...measurements, mrTd: other },
      { ...measurements, rtMr0: other },
    ]
    expect(checkPolicy(verdict, { ...policy, measurements: mixed }).ok).toBe(false)
    expect(checkPolicy(verdict, { ...policy, measurements: [...mixed, measurements] }).ok).toBe(true)
    const { rtMr3: _, ...withoutRtMr3 } = measurements
    expect(checkPolicy(withTd({ rtMr3: other }), { ...policy, measurements: [withoutRtMr3] }).ok).toBe(true)
  })

  it('error: other report data, each byte counts', () => {
    for (let index = 0; index < 64; index += 1) {
      const digits = verdict.td.reportData.slice(2).split('')
      digits[index * 2] = digits[index * 2] === '0' ? '1' : '0'
      const result = checkPolicy(verdict, { ...policy, reportData: `0x${digits.join('')}` })
      expect(result).toMatchObject({ ok: false, code: 'REPORT_DATA_MISMATCH' })
    }
  })

  it('error: a TD under debug, unless allowed by its own word', () => {
    const now = 1_795_348_800n
    const platform = createSimulatedPlatform({ now })
    const debugged = verifyQuote(parseQuote(platform.quote({ reportData: new Uint8Array(64), debug: true })), {
      collateral: parseCollateral(platform.collateral()),
      now,
      trustRoot: platform.trustRoot,
    })
    const own: QuotePolicy = {
      trustRoots: ['simulated'],
      measurements: [platform.measurements],
      reportData: `0x${'00'.repeat(64)}`,
    }
    expect(debugged.ok && debugged.td.debug).toBe(true)
    expect(checkPolicy(debugged, own)).toMatchObject({ ok: false, code: 'TD_DEBUG' })
    expect(checkPolicy(debugged, { ...own, allowDebug: true as never })).toMatchObject({ ok: false, code: 'TD_DEBUG' })
    expect(checkPolicy(debugged, { ...own, allowDebug: 'allow-debug' }).ok).toBe(true)
  })

  it('error: attributes that nobody allowed, or SEPT_VE_DISABLE clear', () => {
    const attributes = (names: readonly string[]): AcceptedQuote => withTd({ attributeNames: names })
    const refused = { ok: false, code: 'TD_ATTRIBUTES_NOT_ALLOWED' }
    expect(checkPolicy(attributes(['SEPT_VE_DISABLE', 'PKS']), policy).ok).toBe(true)
    for (const name of ['MIGRATABLE', 'KL', 'PERFMON', 'BIT_40']) {
      expect(checkPolicy(attributes(['SEPT_VE_DISABLE', name]), policy)).toMatchObject(refused)
    }
    expect(checkPolicy(attributes([]), policy)).toMatchObject(refused)
    expect(checkPolicy(attributes([]), { ...policy, septVeDisable: 'optional' }).ok).toBe(true)
    const allowed: QuotePolicy = { ...policy, allowedAttributes: ['PERFMON'] }
    expect(checkPolicy(attributes(['SEPT_VE_DISABLE', 'PERFMON']), allowed).ok).toBe(true)
  })

  it('error: XFAM without SSE or with bits that no module allows', () => {
    for (const xfam of ['0xe502060000000000', '0xe702060000000080', '0x0000000000000000'] as const) {
      expect(checkPolicy(withTd({ xfam }), policy)).toMatchObject({ ok: false, code: 'XFAM_NOT_ALLOWED' })
    }
  })

  it('error: a service TD that is not on the list', () => {
    const hash = `0x${'cd'.repeat(48)}` as const
    const bound = withTd({ serviceTdHashes: [hash] })
    expect(checkPolicy(bound, policy)).toMatchObject({ ok: false, code: 'SERVICE_TD_NOT_ALLOWED' })
    expect(checkPolicy(bound, { ...policy, serviceTds: [hash] }).ok).toBe(true)
  })

  it('behavior: the identity that its owner gave a TD is compared where a release names it', () => {
    const other = `0x${'ab'.repeat(48)}` as const
    for (const name of ['mrConfigId', 'mrOwner', 'mrOwnerConfig', 'mrServiceTd'] as const) {
      const named = [{ ...measurements, [name]: verdict.td[name] }]
      expect(checkPolicy(verdict, { ...policy, measurements: named }).ok).toBe(true)
      const result = checkPolicy(withTd({ [name]: other }), { ...policy, measurements: named })
      expect(result).toMatchObject({ ok: false, code: 'MEASUREMENT_MISMATCH' })
      const malformed = [{ ...measurements, [name]: '0x' as const }]
      expect(checkPolicy(verdict, { ...policy, measurements: malformed })).toMatchObject({ code: 'BAD_POLICY' })
    }
  })

  it('behavior: a service TD that a release names is allowed for that release only', () => {
    const hash = `0x${'cd'.repeat(48)}` as const
    const bound = withTd({ serviceTdHashes: [hash], mrServiceTd: hash })
    const named = { ...measurements, mrServiceTd: hash }
    expect(checkPolicy(bound, { ...policy, measurements: [named] }).ok).toBe(true)
    const another = { ...named, mrTd: hash }
    const refused = checkPolicy(bound, { ...policy, measurements: [another, measurements] })
    expect(refused).toMatchObject({ ok: false, code: 'SERVICE_TD_NOT_ALLOWED' })
  })

  it('error: a verdict that was kept too long', () => {
    expect(checkPolicy(verdict, { ...policy, now: verdict.expiresAt }).ok).toBe(true)
    const result = checkPolicy(verdict, { ...policy, now: verdict.expiresAt + 1n })
    expect(result).toMatchObject({ ok: false, code: 'VERDICT_EXPIRED' })
  })

  it('error: a TCB status that is not listed, at launch or now', () => {
    const outdated = accepted('combo-phala-v4-2026-08-13')
    const any: QuotePolicy = { measurements: 'any-measurement', reportData: 'any-report-data' }
    expect(checkPolicy(outdated, any)).toMatchObject({ ok: false, code: 'TCB_STATUS_NOT_ALLOWED' })
    expect(checkPolicy(outdated, { ...any, tcbStatuses: ['OutOfDate'] }).ok).toBe(true)
    const current = { ...verdict.tcb.current, status: 'OutOfDate' } as const
    const relapsed = { ...verdict, tcb: { ...verdict.tcb, current } }
    expect(checkPolicy(relapsed, policy).ok).toBe(true)
    const demanding = checkPolicy(relapsed, { ...policy, currentTcb: 'required' })
    expect(demanding).toMatchObject({ ok: false, code: 'TCB_STATUS_NOT_ALLOWED' })
    expect(checkPolicy(verdict, { ...policy, currentTcb: 'required' }).ok).toBe(true)
  })

  it('error: collateral from before a TCB recovery', () => {
    expect(verdict.tcb.evaluationDataNumber).toBe(19)
    expect(checkPolicy(verdict, { ...policy, minimumEvaluationDataNumber: 19 }).ok).toBe(true)
    const result = checkPolicy(verdict, { ...policy, minimumEvaluationDataNumber: 20 })
    expect(result).toMatchObject({ ok: false, code: 'COLLATERAL_TOO_OLD' })
  })

  it('error: a machine that the caller does not accept', () => {
    const acceptHardware: QuotePolicy['acceptHardware'] = ({ fmspc }) => fmspc === '0xb0c06f000000'
    expect(checkPolicy(verdict, { ...policy, acceptHardware }).ok).toBe(true)
    const result = checkPolicy(verdict, { ...policy, acceptHardware: () => false })
    expect(result).toMatchObject({ ok: false, code: 'HARDWARE_NOT_ALLOWED' })
    const later = (async () => true) as unknown as () => boolean
    expect(checkPolicy(verdict, { ...policy, acceptHardware: later }).ok).toBe(false)
  })
})
