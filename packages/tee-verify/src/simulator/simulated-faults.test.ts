import { describe, expect, it } from 'vitest'
import { parseCollateral } from '../collateral/collateral.js'
import type { Registers } from '../event-log/event-log.js'
import { parseCcel } from '../event-log/parse-ccel.js'
import { parseDstackEventLog } from '../event-log/parse-dstack-log.js'
import {
  encodeSimulatedCcel,
  type SimulatedCcelFault,
  simulatedBootEvents,
} from '../event-log/simulator/simulated-ccel.js'
import {
  encodeSimulatedEventLog,
  type SimulatedEventLogFault,
  simulatedDstackEvents,
} from '../event-log/simulator/simulated-event-log.js'
import { verifyEventLog } from '../event-log/verify-event-log.js'
import { createVerifier, verifyQuote } from '../node.js'
import { checkPolicy } from '../policy/check-policy.js'
import { parseQuote } from '../quote/quote.js'
import { QuoteError } from '../quote-error.js'
import type { QuoteVerdict } from '../verify/judge-quote.js'
import { encodePemChain } from '../x509/pem.js'
import type { SimulatedChainFault } from './simulated-chain.js'
import type { SimulatedCollateralFault, SimulatedCollateralOptions } from './simulated-collateral.js'
import { createSimulatedPlatform, type SimulatedPlatformOptions } from './simulated-platform.js'
import type { SimulatedQuoteFault, SimulatedQuoteOptions } from './simulated-quote.js'

const now = 1_795_348_800n
const reportData = new Uint8Array(64).fill(7)

interface Scene {
  readonly platform?: Partial<SimulatedPlatformOptions>
  readonly quote?: Partial<SimulatedQuoteOptions>
  readonly collateral?: SimulatedCollateralOptions
}

function judge({ platform, quote, collateral }: Scene): QuoteVerdict {
  const machine = createSimulatedPlatform({ now, ...platform })
  return verifyQuote(parseQuote(machine.quote({ reportData, ...quote })), {
    collateral: parseCollateral(machine.collateral(collateral)),
    now,
    trustRoot: machine.trustRoot,
  })
}

/** The status of an accepted quote, else the code of the refusal. */
function outcomeOf(scene: Scene): string {
  try {
    const verdict = judge(scene)
    return verdict.ok ? verdict.tcbStatus : verdict.code
  } catch (error) {
    return error instanceof QuoteError ? error.code : String(error)
  }
}

describe('simulated chains', () => {
  const codes = {
    'pck-is-ca': 'CERTIFICATE_ROLE',
    'pck-may-certify': 'CERTIFICATE_ROLE',
    'pck-of-another-name': 'CERTIFICATE_ROLE',
    'pck-without-extension': 'CERTIFICATE_ROLE',
    'pck-expired': 'CERTIFICATE_EXPIRED',
    'pck-not-yet-valid': 'CERTIFICATE_NOT_YET_VALID',
    'pck-by-another-key': 'CERTIFICATE_SIGNATURE',
    'pck-by-another-name': 'CERTIFICATE_ISSUER',
    'unknown-extension': 'BAD_CERTIFICATE',
    'ca-is-no-ca': 'CERTIFICATE_ROLE',
    'ca-may-not-certify': 'CERTIFICATE_ROLE',
    'ca-expired': 'CERTIFICATE_EXPIRED',
    'signer-under-pck-ca': 'CERTIFICATE_ISSUER',
    'signer-of-another-name': 'CERTIFICATE_ROLE',
    'pck-signs-collateral': 'CERTIFICATE_ROLE',
    'foreign-root': 'ROOT_NOT_TRUSTED',
    'chain-out-of-order': 'CERTIFICATE_ROLE',
  } as const satisfies Record<SimulatedChainFault, string>

  it.each(Object.entries(codes) as [SimulatedChainFault, string][])('error: %s', (fault, code) => {
    expect(outcomeOf({ platform: { fault } })).toBe(code)
    expect(outcomeOf({ platform: { fault, ca: 'processor' } })).toBe(code)
  })

  it('behavior: the Processor CA certifies machines without instance id, and neither CA for the other', () => {
    const verdict = judge({ platform: { ca: 'processor' } })
    expect(verdict).toMatchObject({ ok: true, tcbStatus: 'UpToDate', hardware: { platformInstanceId: null } })
    const [platform, processor] = [createSimulatedPlatform({ now }), createSimulatedPlatform({ now, ca: 'processor' })]
    expect(platform.rootCertificate).toEqual(processor.rootCertificate)
    const { pck_crl } = processor.collateral()
    const mixed = parseCollateral({ ...platform.collateral(), pck_crl })
    const quote = parseQuote(platform.quote({ reportData }))
    expect(verifyQuote(quote, { collateral: mixed, now, trustRoot: platform.trustRoot })).toMatchObject({
      code: 'CRL_ISSUER',
    })
  })
})

describe('simulated collateral', () => {
  const codes = {
    'tcb-info-signature': 'TCB_INFO_SIGNATURE',
    'qe-identity-signature': 'QE_IDENTITY_SIGNATURE',
    'root-list-signature': 'CRL_SIGNATURE',
    'pck-list-signature': 'CRL_SIGNATURE',
    'root-list-expired': 'CRL_EXPIRED',
    'pck-list-expired': 'CRL_EXPIRED',
    'pck-list-not-yet-valid': 'CRL_NOT_YET_VALID',
    'pck-list-is-delta': 'BAD_CRL',
    'lists-swapped': 'CRL_ISSUER',
    'tcb-info-expired': 'TCB_INFO_EXPIRED',
    'qe-identity-expired': 'QE_IDENTITY_EXPIRED',
    'documents-swapped': 'BAD_TCB_INFO',
  } as const satisfies Record<SimulatedCollateralFault, string>

  it.each(Object.entries(codes) as [SimulatedCollateralFault, string][])('error: %s', (fault, code) => {
    expect(outcomeOf({ collateral: { fault } })).toBe(code)
  })

  it.each([
    ['a hardened platform', { tcbStatus: 'SWHardeningNeeded' }, 'SWHardeningNeeded'],
    ['an outdated module', { moduleStatus: 'OutOfDate' }, 'OutOfDate'],
    ['a revoked module', { moduleStatus: 'Revoked' }, 'TCB_REVOKED'],
    [
      'an outdated enclave',
      { qeStatus: 'OutOfDate', tcbStatus: 'ConfigurationNeeded' },
      'OutOfDateConfigurationNeeded',
    ],
    ['a revoked enclave', { qeStatus: 'Revoked' }, 'TCB_REVOKED'],
    ['an enclave to be configured', { qeStatus: 'ConfigurationNeeded' }, 'UpToDate'],
    ['an enclave of no known status', { qeStatus: 'SWHardeningNeeded' }, 'BAD_QE_IDENTITY'],
    ['another family', { changeTcbInfo: (info) => ({ ...info, fmspc: '000000000000' }) }, 'FMSPC_MISMATCH'],
    ['another PCE', { changeTcbInfo: (info) => ({ ...info, pceId: '0001' }) }, 'PCE_ID_MISMATCH'],
    ['the enclave of SGX', { changeQeIdentity: (identity) => ({ ...identity, id: 'QE' }) }, 'COLLATERAL_TYPE_MISMATCH'],
    ['no module known', { changeTcbInfo: ({ tdxModuleIdentities: _, ...info }) => info }, 'TDX_MODULE_MISMATCH'],
    ['no object', { changeTcbInfo: () => [] }, 'BAD_JSON'],
  ] as const satisfies readonly (readonly [string, SimulatedCollateralOptions, string])[])(
    'behavior: %s',
    (_, collateral, outcome) => {
      expect(outcomeOf({ collateral })).toBe(outcome)
    },
  )

  it('behavior: an older evaluation after a newer one is rolled back', () => {
    const platform = createSimulatedPlatform({ now })
    const verifier = createVerifier({ trustRoot: platform.trustRoot })
    const quote = platform.quote({ reportData })
    const codes = [18, 19, 18].map((evaluationDataNumber) => {
      const verdict = verifier.verifyQuote(quote, { collateral: platform.collateral({ evaluationDataNumber }), now })
      return verdict.ok ? 'ok' : verdict.code
    })
    expect(codes).toEqual(['ok', 'ok', 'COLLATERAL_ROLLED_BACK'])
  })
})

describe('simulated quotes', () => {
  const codes = {
    'quote-signature': 'QUOTE_SIGNATURE',
    'qe-report-signature': 'QE_REPORT_SIGNATURE',
    'attestation-key': 'ATTESTATION_KEY_MISMATCH',
    'commitment-tail': 'ATTESTATION_KEY_MISMATCH',
    'signed-by-pck': 'QUOTE_SIGNATURE',
    'changed-body': 'QUOTE_SIGNATURE',
    'changed-header': 'QUOTE_SIGNATURE',
    'hidden-bytes': 'BAD_AUTH_DATA',
    'bytes-behind': 'TRAILING_BYTES',
    'unknown-version': 'UNSUPPORTED_VERSION',
    'unknown-key-type': 'UNSUPPORTED_KEY_TYPE',
    'unknown-tee': 'UNSUPPORTED_TEE',
    'unknown-vendor': 'UNKNOWN_QE_VENDOR',
    'body-size': 'BAD_BODY',
    'certification-data-type': 'UNSUPPORTED_CERTIFICATION_DATA',
    'platform-named-only': 'PCK_CHAIN_ABSENT',
  } as const satisfies Record<SimulatedQuoteFault, string>

  it.each(Object.entries(codes) as [SimulatedQuoteFault, string][])('error: %s', (fault, code) => {
    expect(outcomeOf({ quote: { fault, version: 5 } })).toBe(code)
    // Version 4 does not say how long its body is.
    if (fault !== 'body-size') expect(outcomeOf({ quote: { fault } })).toBe(code)
  })

  it('behavior: a quote that only names its platform verifies with the chain of that platform', () => {
    const machine = createSimulatedPlatform({ now })
    const bytes = machine.quote({ reportData, fault: 'platform-named-only' })
    const chain = parseQuote(machine.quote({ reportData })).evidence.pckChain.map(({ der }) => der)
    const judgeWith = (pckChain: string): QuoteVerdict =>
      verifyQuote(parseQuote(bytes, { pckChain }), {
        collateral: parseCollateral(machine.collateral()),
        now,
        trustRoot: machine.trustRoot,
      })
    expect(judgeWith(encodePemChain(chain))).toMatchObject({ ok: true, tcbStatus: 'UpToDate' })
    const foreign = createSimulatedPlatform({ now, seed: Uint8Array.of(9) }).quote({ reportData })
    const others = parseQuote(foreign).evidence.pckChain.map(({ der }) => der)
    expect(judgeWith(encodePemChain(others))).toMatchObject({ ok: false, code: 'ROOT_NOT_TRUSTED' })
    expect(judgeWith(encodePemChain([...others.slice(0, 1), ...chain.slice(1)]))).toMatchObject({ ok: false })
  })

  it.each([
    ['version 4', {}, 'UpToDate'],
    ['version 5, report 1.0', { version: 5, tdReport: '1.0' }, 'UpToDate'],
    ['version 5, report 1.5', { version: 5 }, 'UpToDate'],
    ['version 5, report 1.5 extended', { version: 5, tdReport: '1.5-extended' }, 'UpToDate'],
    ['no authentication data', { qeAuthData: new Uint8Array() }, 'UpToDate'],
    ['much authentication data', { qeAuthData: new Uint8Array(1000).fill(1) }, 'UpToDate'],
    ['padding', { padding: 3000 }, 'UpToDate'],
    ['the module of TDX 1.0', { moduleVersion: 0 }, 'UpToDate'],
    ['an unknown module', { moduleVersion: 2 }, 'TDX_MODULE_MISMATCH'],
    ['a module of another signer', { mrSignerSeam: `0x${'01'.repeat(48)}` }, 'TDX_MODULE_MISMATCH'],
    ['a module with attributes', { seamAttributes: '0x0100000000000000' }, 'TDX_MODULE_MISMATCH'],
    ['an outdated module', { moduleSvn: 2 }, 'OutOfDate'],
    ['a module below all levels', { moduleSvn: 1 }, 'TCB_NOT_SUPPORTED'],
    ['a newer module since', { version: 5, moduleSvn: 2, currentModuleSvn: 5 }, 'TDRelaunchAdvised'],
    ['an older module since', { version: 5, currentModuleSvn: 2 }, 'UpToDate'],
    ['an unknown module since', { version: 5, currentModuleSvn: 1 }, 'TCB_NOT_SUPPORTED'],
    ['a quoting enclave below all levels', { qeIsvSvn: 3 }, 'TCB_NOT_SUPPORTED'],
    ['a quoting enclave under debug', { debugQuotingEnclave: true }, 'QE_IDENTITY_MISMATCH'],
  ] as const satisfies readonly (readonly [string, Partial<SimulatedQuoteOptions>, string])[])(
    'behavior: %s',
    (_, quote, outcome) => {
      expect(outcomeOf({ quote })).toBe(outcome)
    },
  )

  it.each([
    ['debug', { debug: true }, 'TD_DEBUG'],
    ['another attribute', { attributes: ['SEPT_VE_DISABLE', 'MIGRATABLE'] }, 'TD_ATTRIBUTES_NOT_ALLOWED'],
    ['no SEPT_VE_DISABLE', { attributes: [] }, 'TD_ATTRIBUTES_NOT_ALLOWED'],
    ['XFAM', { xfam: '0x0000000000000000' }, 'XFAM_NOT_ALLOWED'],
    ['a service TD', { version: 5, mrServiceTd: `0x${'05'.repeat(48)}` }, 'SERVICE_TD_NOT_ALLOWED'],
    ['other owner', { mrOwner: `0x${'06'.repeat(48)}` }, 'MEASUREMENT_MISMATCH'],
    ['other configuration', { mrConfigId: `0x${'06'.repeat(48)}` }, 'MEASUREMENT_MISMATCH'],
    ['other configuration of the owner', { mrOwnerConfig: `0x${'06'.repeat(48)}` }, 'MEASUREMENT_MISMATCH'],
  ] as const satisfies readonly (readonly [string, Partial<SimulatedQuoteOptions>, string])[])(
    'error: policy, %s',
    (_, quote, code) => {
      const { measurements } = createSimulatedPlatform({ now })
      const zero = `0x${'00'.repeat(48)}` as const
      const release = { ...measurements, mrOwner: zero, mrConfigId: zero, mrOwnerConfig: zero }
      const policy = { trustRoots: ['simulated'], measurements: [release], reportData: 'any-report-data' } as const
      expect(checkPolicy(judge({}), policy).ok).toBe(true)
      expect(checkPolicy(judge({ quote }), policy)).toMatchObject({ ok: false, code })
    },
  )
})

describe('simulated event logs', () => {
  const explain = (parse: () => Parameters<typeof verifyEventLog>[0], registers: Registers): string => {
    const { rtMr0, rtMr1, rtMr2, rtMr3 } = registers
    try {
      const verdict = verifyEventLog(parse(), { quote: judge({ quote: { rtMr: [rtMr0, rtMr1, rtMr2, rtMr3] } }) })
      return verdict.ok ? 'ok' : verdict.code
    } catch (error) {
      return error instanceof QuoteError ? error.code : String(error)
    }
  }
  const ccelCodes = {
    'no-header': 'TRUNCATED',
    'no-sha384': 'BAD_EVENT_LOG',
    'missing-digest': 'BAD_EVENT_LOG',
    'digest-twice': 'BAD_EVENT_LOG',
    'unknown-register': 'BAD_EVENT_LOG',
    'oversized-event': 'TOO_LARGE',
    'too-many-digests': 'BAD_EVENT_LOG',
    'cut-off': 'TRUNCATED',
    'bytes-behind': 'BAD_EVENT_LOG',
    'changed-digest': 'REGISTER_MISMATCH',
    'changed-payload': 'ok',
    'dropped-event': 'REGISTER_MISMATCH',
    'swapped-events': 'REGISTER_MISMATCH',
  } as const satisfies Record<SimulatedCcelFault, string>

  it('default: a boot log explains its quote', () => {
    const { bytes, registers } = encodeSimulatedCcel(simulatedBootEvents())
    expect(explain(() => parseCcel(bytes), registers)).toBe('ok')
    expect(parseCcel(bytes).events.map(({ register }) => register)).toEqual([null, 0, 0, 0, 1, 1, 2, 2])
  })

  it.each(Object.entries(ccelCodes) as [SimulatedCcelFault, string][])('error: boot log, %s', (fault, code) => {
    const { bytes, registers } = encodeSimulatedCcel(simulatedBootEvents(), { fault })
    expect(explain(() => parseCcel(bytes), registers)).toBe(code)
  })

  const dstackCodes = {
    'changed-payload': 'EVENT_DIGEST_MISMATCH',
    'changed-digest': 'EVENT_DIGEST_MISMATCH',
    'dropped-event': 'REGISTER_MISMATCH',
    'swapped-events': 'REGISTER_MISMATCH',
    'unknown-member': 'BAD_EVENT_LOG',
    'unknown-register': 'BAD_EVENT_LOG',
    'not-json': 'BAD_JSON',
  } as const satisfies Record<SimulatedEventLogFault, string>
  const events = simulatedDstackEvents(new Uint8Array(32).fill(3))

  it('default: the log of a dstack guest identifies its application', () => {
    const { text, registers } = encodeSimulatedEventLog(events)
    expect(explain(() => parseDstackEventLog(text), registers)).toBe('ok')
  })

  it.each(Object.entries(dstackCodes) as [SimulatedEventLogFault, string][])('error: dstack, %s', (fault, code) => {
    const { text, registers } = encodeSimulatedEventLog(events, { fault })
    expect(explain(() => parseDstackEventLog(text), registers)).toBe(code)
  })
})
