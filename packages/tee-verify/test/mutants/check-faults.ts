import type { Collateral } from '../../src/collateral/collateral.js'
import type { LevelStatus } from '../../src/collateral/tcb-status.js'
import type { Hex } from '../../src/index.js'
import { nodeCrypto, parseCollateral, parseQuote, verifyQuote } from '../../src/node.js'
import type { Quote } from '../../src/quote/quote.js'
import { createSimulatedPlatform } from '../../src/simulator/simulated-platform.js'
import { convergeStatus, relaunchStatus } from '../../src/verify/converge-status.js'
import type { JudgeOptions } from '../../src/verify/verify-evidence.js'
import type { Certificate } from '../../src/x509/certificate.js'
import { createFaults } from './faults.js'

const now = 1_795_348_800n
const platform = createSimulatedPlatform({ now })
const genuine = {
  quote: parseQuote(platform.quote({ reportData: new Uint8Array(64) })),
  newer: parseQuote(platform.quote({ reportData: new Uint8Array(64), version: 5 })),
  collateral: parseCollateral(platform.collateral()),
}
/** With signatures that always hold, what was parsed can be changed at will to reach one check alone. */
const believing = { ...nodeCrypto, verifyP256: () => true }

interface Changes {
  readonly quote?: Quote
  readonly collateral?: Collateral
  readonly options?: Partial<JudgeOptions>
}

function judge({ quote = genuine.quote, collateral = genuine.collateral, options = {} }: Changes): string {
  const { trustRoot } = platform
  const verdict = verifyQuote(quote, { collateral, now, trustRoot, crypto: believing, ...options })
  return verdict.ok ? verdict.tcbStatus : verdict.code
}

type TcbInfo = Collateral['tcbInfo']['content']
type QeIdentity = Collateral['qeIdentity']['content']

function withTcbInfo(changes: Partial<TcbInfo>): Collateral {
  const { collateral } = genuine
  return { ...collateral, tcbInfo: { ...collateral.tcbInfo, content: { ...collateral.tcbInfo.content, ...changes } } }
}

function withQeIdentity(changes: Partial<QeIdentity>): Collateral {
  const { qeIdentity, ...others } = genuine.collateral
  return { ...others, qeIdentity: { ...qeIdentity, content: { ...qeIdentity.content, ...changes } } }
}

function withChain(position: number, changes: Partial<Certificate>): Quote {
  const { evidence } = genuine.quote
  const pckChain = evidence.pckChain.map((certificate, at) =>
    at === position ? { ...certificate, ...changes } : certificate,
  )
  return { ...genuine.quote, evidence: { ...evidence, pckChain } }
}

function withSigner(name: 'tcbInfo' | 'qeIdentity', changes: Partial<Certificate>): Collateral {
  const document = genuine.collateral[name]
  const issuerChain = document.issuerChain.map((certificate, at) =>
    at === 0 ? { ...certificate, ...changes } : certificate,
  )
  return { ...genuine.collateral, [name]: { ...document, issuerChain } }
}

function withQeReport(changes: Partial<Quote['evidence']['qeReport']>): Quote {
  const { evidence } = genuine.quote
  return { ...genuine.quote, evidence: { ...evidence, qeReport: { ...evidence.qeReport, ...changes } } }
}

function withTd(quote: Quote, changes: Partial<Quote['td']>): Quote {
  return { ...quote, td: { ...quote.td, ...changes } }
}

/** Wrong outcomes of single checks. */
export function checkFaults(): readonly string[] {
  const { expect, found } = createFaults()
  expect('as it is', 'UpToDate', () => judge({}))
  certificateFaults(expect)
  documentFaults(expect)
  enclaveFaults(expect)
  tcbFaults(expect)
  verdictFaults(expect)
  return found
}

type Expect = ReturnType<typeof createFaults>['expect']

function certificateFaults(expect: Expect): void {
  const [pck, pckCa, root] = [0, 1, 2] as const
  const other = { authorityKeyId: '0x00', issuer: new Uint8Array(3) } as const
  const chainCases: readonly (readonly [number, Partial<Certificate>, string])[] = [
    [pck, { commonName: 'Other' }, 'CERTIFICATE_ROLE'],
    [pckCa, { commonName: 'Other Platform CA' }, 'CERTIFICATE_ROLE'],
    [root, { commonName: 'Other' }, 'CERTIFICATE_ROLE'],
    [pck, { issuer: other.issuer }, 'CERTIFICATE_ISSUER'],
    [pck, { authorityKeyId: other.authorityKeyId }, 'CERTIFICATE_ISSUER'],
    [pckCa, { isCa: false }, 'CERTIFICATE_ROLE'],
    [pckCa, { keyUsage: 0x04 }, 'CERTIFICATE_ROLE'],
    [root, { pathLength: 0 }, 'CERTIFICATE_ROLE'],
    [pck, { isCa: true }, 'CERTIFICATE_ROLE'],
    [pck, { pathLength: 0 }, 'CERTIFICATE_ROLE'],
    [pck, { keyUsage: 0x84 }, 'CERTIFICATE_ROLE'],
    [pck, { keyUsage: 0x82 }, 'CERTIFICATE_ROLE'],
    [pck, { keyUsage: 0x40 }, 'CERTIFICATE_ROLE'],
    [pckCa, { commonName: 'Simulated SGX PCK Processor CA' }, 'CERTIFICATE_ROLE'],
    [pck, { notBefore: now + 1n }, 'CERTIFICATE_NOT_YET_VALID'],
    [pck, { notBefore: now }, 'UpToDate'],
    [pckCa, { notAfter: now - 1n }, 'CERTIFICATE_EXPIRED'],
    [pckCa, { notAfter: now }, 'UpToDate'],
    [root, { notAfter: now - 1n }, 'CERTIFICATE_EXPIRED'],
  ]
  for (const [position, changes, code] of chainCases) {
    expect(`certificate ${position} ${Object.keys(changes)}`, code, () =>
      judge({ quote: withChain(position, changes) }),
    )
  }
  const { sgx } = genuine.quote.evidence.pckChain[0] ?? {}
  for (const name of ['tcbInfo', 'qeIdentity'] as const) {
    const cases: readonly (readonly [Partial<Certificate>, string])[] = [
      [{ commonName: 'Simulated SGX PCK Certificate' }, 'CERTIFICATE_ROLE'],
      [{ sgx: sgx ?? null }, 'CERTIFICATE_ROLE'],
      [{ authorityKeyId: '0x00' }, 'CERTIFICATE_ISSUER'],
      [{ notAfter: now - 1n }, 'CERTIFICATE_EXPIRED'],
    ]
    for (const [changes, code] of cases) {
      expect(`signer of ${name} ${Object.keys(changes)}`, code, () => judge({ collateral: withSigner(name, changes) }))
    }
    const foreign = createSimulatedPlatform({ now, seed: Uint8Array.of(1) })
    const issuerChain = parseCollateral(foreign.collateral())[name].issuerChain
    const collateral = { ...genuine.collateral, [name]: { ...genuine.collateral[name], issuerChain } }
    expect(`foreign chain of ${name}`, 'ROOT_NOT_TRUSTED', () => judge({ collateral }))
    const longer = [...genuine.collateral[name].issuerChain.slice(0, 1), ...genuine.collateral[name].issuerChain]
    const long = { ...genuine.collateral, [name]: { ...genuine.collateral[name], issuerChain: longer } }
    expect(`longer chain of ${name}`, 'CHAIN_SHAPE', () => judge({ collateral: long }))
  }
  for (const name of ['rootCrl', 'pckCrl'] as const) {
    const list = genuine.collateral[name]
    const listCases: readonly (readonly [Partial<typeof list>, string])[] = [
      [{ issuer: new Uint8Array(3) }, 'CRL_ISSUER'],
      [{ authorityKeyId: '0x00' }, 'CRL_ISSUER'],
      [{ thisUpdate: now + 1n }, 'CRL_NOT_YET_VALID'],
      [{ thisUpdate: now }, 'UpToDate'],
      [{ nextUpdate: now - 1n }, 'CRL_EXPIRED'],
      [{ nextUpdate: now }, 'UpToDate'],
    ]
    for (const [changes, code] of listCases) {
      const collateral = { ...genuine.collateral, [name]: { ...list, ...changes } }
      expect(`${name} ${Object.keys(changes)}`, code, () => judge({ collateral }))
    }
  }
  for (const revoked of ['pck', 'pck-ca', 'tcb-signer'] as const) {
    const collateral = parseCollateral(platform.collateral({ revoked }))
    expect(`revoked ${revoked}`, 'CERTIFICATE_REVOKED', () => judge({ collateral }))
  }
}

function documentFaults(expect: Expect): void {
  const cases: readonly (readonly [string, Collateral, string])[] = [
    ['TCB Info of the future', withTcbInfo({ issueDate: now + 1n }), 'TCB_INFO_NOT_YET_VALID'],
    ['TCB Info of the past', withTcbInfo({ nextUpdate: now - 1n }), 'TCB_INFO_EXPIRED'],
    ['QE identity of the future', withQeIdentity({ issueDate: now + 1n }), 'QE_IDENTITY_NOT_YET_VALID'],
    ['QE identity of the past', withQeIdentity({ nextUpdate: now - 1n }), 'QE_IDENTITY_EXPIRED'],
    ['TCB Info for SGX', withTcbInfo({ id: 'SGX' }), 'COLLATERAL_TYPE_MISMATCH'],
    ['QE identity for SGX', withQeIdentity({ id: 'QE' }), 'COLLATERAL_TYPE_MISMATCH'],
    ['other FMSPC', withTcbInfo({ fmspc: '0x000000000000' }), 'FMSPC_MISMATCH'],
    ['other PCE', withTcbInfo({ pceId: '0x0001' }), 'PCE_ID_MISMATCH'],
  ]
  for (const [label, collateral, code] of cases) expect(label, code, () => judge({ collateral }))
  const floors: readonly (readonly [number, Collateral, string])[] = [
    [18, genuine.collateral, 'UpToDate'],
    [19, genuine.collateral, 'COLLATERAL_ROLLED_BACK'],
    [19, withTcbInfo({ evaluationDataNumber: 19 }), 'COLLATERAL_ROLLED_BACK'],
    [19, withQeIdentity({ evaluationDataNumber: 19 }), 'COLLATERAL_ROLLED_BACK'],
    [Number.NaN, genuine.collateral, 'COLLATERAL_ROLLED_BACK'],
  ]
  for (const [minimumEvaluationDataNumber, collateral, code] of floors) {
    const options = { minimumEvaluationDataNumber }
    expect(`evaluation ${minimumEvaluationDataNumber}`, code, () => judge({ collateral, options }))
  }
}

function enclaveFaults(expect: Expect): void {
  const { reportData } = genuine.quote.evidence.qeReport
  const zero = '0x00000000000000000000000000000000'
  const cases: readonly (readonly [string, Changes, string])[] = [
    ['other commitment', { quote: withQeReport({ reportData: `0x${'00'.repeat(64)}` }) }, 'ATTESTATION_KEY_MISMATCH'],
    ['tail', { quote: withQeReport({ reportData: `${reportData.slice(0, -1)}1` as Hex }) }, 'ATTESTATION_KEY_MISMATCH'],
    ['signer', { quote: withQeReport({ mrSigner: '0x00' }) }, 'QE_IDENTITY_MISMATCH'],
    ['product', { quote: withQeReport({ isvProdId: 3 }) }, 'QE_IDENTITY_MISMATCH'],
    ['MISCSELECT', { quote: withQeReport({ miscSelect: '0x00000001' }) }, 'QE_IDENTITY_MISMATCH'],
    ['attributes', { quote: withQeReport({ attributes: zero }) }, 'QE_IDENTITY_MISMATCH'],
    ['debug flag', { quote: withQeReport({ debug: true }) }, 'QE_IDENTITY_MISMATCH'],
    [
      'outside the mask',
      { quote: withQeReport({ attributes: `0x15${'00'.repeat(7)}e7${'00'.repeat(7)}` }) },
      'UpToDate',
    ],
    [
      'demanded outside the mask',
      { collateral: withQeIdentity({ attributes: `0x15${'00'.repeat(15)}` }) },
      'QE_IDENTITY_MISMATCH',
    ],
    [
      'masked',
      {
        quote: withQeReport({ attributes: zero }),
        collateral: withQeIdentity({ attributes: zero, attributesMask: zero }),
      },
      'UpToDate',
    ],
    ['SVN below', { quote: withQeReport({ isvSvn: 3 }) }, 'TCB_NOT_SUPPORTED'],
  ]
  for (const [label, changes, code] of cases) expect(`QE ${label}`, code, () => judge(changes))
}

function tcbFaults(expect: Expect): void {
  const { levels, tdxModule, tdxModuleIdentities } = genuine.collateral.tcbInfo.content
  const [level] = levels
  const [identity] = tdxModuleIdentities
  if (level === undefined || identity === undefined || tdxModule === null) throw new Error('the simulator changed')
  const [pck] = genuine.quote.evidence.pckChain
  const svn = genuine.quote.td.teeTcbSvn
  const withSvn = (...start: readonly number[]): Quote =>
    withTd(genuine.quote, { teeTcbSvn: [...start, ...svn.slice(start.length)] })
  const withLevel = (changes: Partial<typeof level>): Collateral => withTcbInfo({ levels: [{ ...level, ...changes }] })
  const withModule = (changes: Partial<typeof identity>): Collateral =>
    withTcbInfo({ tdxModuleIdentities: [{ ...identity, ...changes }] })
  const withSgx = (changes: object): Quote => withChain(0, { sgx: pck?.sgx ? { ...pck.sgx, ...changes } : null })
  const above = (values: readonly number[], at: number): number[] =>
    values.map((value, index) => (index === at ? value + 1 : value))
  const components = pck?.sgx?.components ?? []
  const ones: Hex = '0xffffffffffffffff'
  const one: Hex = '0x0100000000000000'
  const noMask: Hex = '0x0000000000000000'
  const cases: readonly (readonly [string, Changes, string])[] = [
    ['module signer', { quote: withTd(genuine.quote, { mrSignerSeam: '0x01' }) }, 'TDX_MODULE_MISMATCH'],
    ['SEAM attributes', { quote: withTd(genuine.quote, { seamAttributes: one }) }, 'TDX_MODULE_MISMATCH'],
    [
      'unmasked SEAM attributes',
      { quote: withTd(genuine.quote, { seamAttributes: one }), collateral: withModule({ attributes: one }) },
      'TDX_MODULE_MISMATCH',
    ],
    ['module attributes', { collateral: withModule({ attributes: one, attributesMask: ones }) }, 'TDX_MODULE_MISMATCH'],
    [
      'module attributes, no mask',
      { collateral: withModule({ attributes: one, attributesMask: noMask }) },
      'TDX_MODULE_MISMATCH',
    ],
    ['unknown module', { quote: withSvn(5, 2) }, 'TDX_MODULE_MISMATCH'],
    ['module 10', { quote: withSvn(5, 10), collateral: withModule({ id: 'TDX_0A' }) }, 'UpToDate'],
    ['module SVN 4', { quote: withSvn(4) }, 'OutOfDate'],
    ['module SVN 2', { quote: withSvn(2) }, 'OutOfDate'],
    ['module SVN 1', { quote: withSvn(1) }, 'TCB_NOT_SUPPORTED'],
    ['module 0', { quote: withSvn(5, 0) }, 'UpToDate'],
    [
      'module 0 below',
      { quote: withSvn(1, 0), collateral: withLevel({ tdxComponents: above(svn, 1) }) },
      'TCB_NOT_SUPPORTED',
    ],
    ['module 1 above', { collateral: withLevel({ tdxComponents: above(svn, 0) }) }, 'UpToDate'],
    ['loader below', { collateral: withLevel({ tdxComponents: above(svn, 2) }) }, 'TCB_NOT_SUPPORTED'],
    ['last component', { collateral: withLevel({ tdxComponents: above(svn, 15) }) }, 'TCB_NOT_SUPPORTED'],
    ['first SGX component', { collateral: withLevel({ sgxComponents: above(components, 0) }) }, 'TCB_NOT_SUPPORTED'],
    ['last SGX component', { collateral: withLevel({ sgxComponents: above(components, 15) }) }, 'TCB_NOT_SUPPORTED'],
    ['PCE SVN', { quote: withSgx({ pceSvn: 12 }) }, 'TCB_NOT_SUPPORTED'],
    ['revoked level', { collateral: withLevel({ status: 'Revoked' }) }, 'TCB_REVOKED'],
    [
      'revoked current module',
      {
        quote: withTd(genuine.newer, { teeTcbSvn2: [4, ...svn.slice(1)] }),
        collateral: withModule({
          levels: identity.levels.map((each) => ({ ...each, status: each.isvSvn === 2 ? 'Revoked' : each.status })),
        }),
      },
      'TCB_REVOKED',
    ],
    ['relaunch', { quote: withTd(genuine.newer, { teeTcbSvn: [4, ...svn.slice(1)] }) }, 'TDRelaunchAdvised'],
    ['current unknown', { quote: withTd(genuine.newer, { teeTcbSvn2: [1, ...svn.slice(1)] }) }, 'TCB_NOT_SUPPORTED'],
  ]
  for (const [label, changes, code] of cases) expect(label, code, () => judge(changes))
  const tables: readonly (readonly [LevelStatus, LevelStatus, string, string])[] = [
    ['OutOfDate', 'UpToDate', 'OutOfDate', 'TDRelaunchAdvised'],
    ['OutOfDate', 'ConfigurationNeeded', 'OutOfDate', 'TDRelaunchAdvisedConfigurationNeeded'],
    [
      'OutOfDateConfigurationNeeded',
      'UpToDate',
      'OutOfDateConfigurationNeeded',
      'TDRelaunchAdvisedConfigurationNeeded',
    ],
    ['UpToDate', 'OutOfDate', 'OutOfDate', 'UpToDate'],
    ['OutOfDate', 'OutOfDate', 'OutOfDate', 'OutOfDate'],
    ['UpToDate', 'Revoked', 'Revoked', 'Revoked'],
    ['Revoked', 'UpToDate', 'Revoked', 'Revoked'],
    ['ConfigurationNeeded', 'OutOfDate', 'OutOfDateConfigurationNeeded', 'ConfigurationNeeded'],
  ]
  for (const [left, right, converged, relaunched] of tables) {
    expect(`converge ${left} ${right}`, converged, () => convergeStatus(left, [right]))
    expect(`relaunch ${left} ${right}`, relaunched, () => relaunchStatus(left, right))
  }
}

function verdictFaults(expect: Expect): void {
  for (const time of [Number(now), `${now}`, undefined, null, Number.NaN, -1n, new Date()]) {
    expect(`time ${String(time)}`, 'INVALID_TIME', () => judge({ options: { now: time as bigint } }))
  }
  const verdictOf = ({ quote = genuine.quote, collateral = genuine.collateral }: Changes) => {
    const verdict = verifyQuote(quote, { collateral, now, trustRoot: platform.trustRoot, crypto: believing })
    if (!verdict.ok) throw new Error(verdict.code)
    return verdict
  }
  const soon = now + 5n
  const { rootCrl, pckCrl } = genuine.collateral
  const expiring: readonly (readonly [string, Changes])[] = [
    ['root list', { collateral: { ...genuine.collateral, rootCrl: { ...rootCrl, nextUpdate: soon } } }],
    ['PCK list', { collateral: { ...genuine.collateral, pckCrl: { ...pckCrl, nextUpdate: soon } } }],
    ['TCB Info', { collateral: withTcbInfo({ nextUpdate: soon }) }],
    ['QE identity', { collateral: withQeIdentity({ nextUpdate: soon }) }],
    ['PCK', { quote: withChain(0, { notAfter: soon }) }],
    ['signer', { collateral: withSigner('qeIdentity', { notAfter: soon }) }],
  ]
  for (const [label, changes] of expiring) expect(`expiry of ${label}`, soon, () => verdictOf(changes).expiresAt)
  expect(
    'evaluation number',
    17,
    () => verdictOf({ collateral: withQeIdentity({ evaluationDataNumber: 17 }) }).tcb.evaluationDataNumber,
  )
  const impostor = { ...platform.trustRoot, platform: 'intel' } as const
  expect('label of a root', 'simulated', () => {
    const verdict = verifyQuote(genuine.quote, {
      collateral: genuine.collateral,
      now,
      trustRoot: impostor,
      crypto: believing,
    })
    return verdict.ok ? verdict.platform : verdict.code
  })
  let asked = 0
  const codes = Array.from({ length: 9 }, (_, refused) => {
    asked = 0
    const crypto = { ...nodeCrypto, verifyP256: () => asked++ !== refused }
    const verdict = verifyQuote(genuine.quote, {
      collateral: genuine.collateral,
      now,
      trustRoot: platform.trustRoot,
      crypto,
    })
    return verdict.ok ? 'accepted' : verdict.code
  })
  const certificates = Array(3).fill('CERTIFICATE_SIGNATURE')
  const documents = ['TCB_INFO_SIGNATURE', 'QE_IDENTITY_SIGNATURE', 'QE_REPORT_SIGNATURE', 'QUOTE_SIGNATURE']
  const signatures = [...certificates, 'CRL_SIGNATURE', 'CRL_SIGNATURE', ...documents]
  expect('signatures', signatures.join(), () => codes.join())
  // A signer of its own for the QE identity has a signature of its own.
  expect('two signers', 10, () => {
    asked = 0
    const crypto = { ...nodeCrypto, verifyP256: () => asked++ >= 0 }
    const collateral = withSigner('qeIdentity', { der: new Uint8Array(3) })
    verifyQuote(genuine.quote, { collateral, now, trustRoot: platform.trustRoot, crypto })
    return asked
  })
}
