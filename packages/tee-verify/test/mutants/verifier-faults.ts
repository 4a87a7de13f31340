import { createSignatureMemory } from '../../src/cache/signature-memory.js'
import type { CollateralJson } from '../../src/collateral/collateral.js'
import { createVerifier, nodeCrypto, parseCollateral, parseQuote, verifyQuote } from '../../src/node.js'
import { checkPolicy, measurementsOf, type QuotePolicy } from '../../src/policy/check-policy.js'
import { createSimulatedPlatform } from '../../src/simulator/simulated-platform.js'
import { type AcceptedQuote, judgeAsync } from '../../src/verify/judge-quote.js'
import { createFaults } from './faults.js'

const now = 1_795_348_800n
const platform = createSimulatedPlatform({ now })
const { trustRoot } = platform
const json = platform.collateral()
const quote = platform.quote({ reportData: new Uint8Array(64) })

type Expect = ReturnType<typeof createFaults>['expect']

/** Wrong outcomes of the verifier with a memory, of its caches, of the asynchronous judgement and of the policy. */
export async function verifierFaults(): Promise<readonly string[]> {
  const { expect, found } = createFaults()
  cacheFaults(expect)
  rollbackFaults(expect)
  policyFaults(expect)
  await asyncFaults(expect)
  return found
}

function cacheFaults(expect: Expect): void {
  const verifier = createVerifier({ trustRoot })
  const judge = (bytes: Uint8Array, collateral: CollateralJson, at = now): string => {
    const verdict = verifier.verifyQuote(bytes, { collateral, now: at })
    return verdict.ok ? verdict.tcbStatus : verdict.code
  }
  const flip = (at: number): Uint8Array => quote.map((byte, index) => (index === at ? byte ^ 1 : byte))
  const text = (hex: string): string => `${hex.slice(0, -1)}${hex.endsWith('0') ? '1' : '0'}`
  expect('cache: first', 'UpToDate', () => judge(quote, json))
  expect('cache: again', 'UpToDate', () => judge(quote, json))
  expect('cache: other report data', 'QUOTE_SIGNATURE', () => judge(flip(600), json))
  expect('cache: other attestation key', 'ATTESTATION_KEY_MISMATCH', () => judge(flip(632 + 4 + 64), json))
  expect('cache: other QE report signature', 'QE_REPORT_SIGNATURE', () => judge(flip(632 + 4 + 134 + 384), json))
  expect('cache: later', 'CERTIFICATE_EXPIRED', () => judge(quote, json, 9_000_000_000n))
  expect('cache: a month later', 'CRL_EXPIRED', () => judge(quote, json, now + 2_600_000n))
  const older = createSimulatedPlatform({ now: now - 1_000_000n }).collateral()
  const mixed = { ...json, tcb_info: older.tcb_info, tcb_info_signature: older.tcb_info_signature }
  expect('cache: older TCB Info', 'UpToDate', () => judge(quote, mixed))
  expect('cache: older TCB Info later', 'TCB_INFO_EXPIRED', () => judge(quote, mixed, now + 2_000_000n))
  const identity = { ...json, qe_identity: older.qe_identity, qe_identity_signature: older.qe_identity_signature }
  expect('cache: older QE identity', 'UpToDate', () => judge(quote, identity))
  expect('cache: older QE identity later', 'QE_IDENTITY_EXPIRED', () => judge(quote, identity, now + 2_000_000n))
  const revoked = platform.collateral({ revoked: 'pck' })
  expect('cache: revoked', 'CERTIFICATE_REVOKED', () => judge(quote, { ...json, pck_crl: revoked.pck_crl }))
  const forged = { ...json, tcb_info_signature: text(json.tcb_info_signature) }
  for (const time of ['once', 'twice']) {
    expect(`cache: other signature, ${time}`, 'TCB_INFO_SIGNATURE', () => judge(quote, forged))
  }
  for (const time of ['once', 'twice']) {
    const other = platform.quote({ reportData: new Uint8Array(64), foreignQuotingEnclave: true })
    expect(`cache: other enclave, ${time}`, 'QE_IDENTITY_MISMATCH', () => judge(other, json))
  }
  expect('cache: as before', 'UpToDate', () => judge(quote, json))
  const another = (salt: number, fault?: 'qe-report-signature' | 'attestation-key'): Uint8Array => {
    const options = { reportData: new Uint8Array(64), qeAuthData: Uint8Array.of(salt) }
    return platform.quote(fault === undefined ? options : { ...options, fault })
  }
  expect('cache: another enclave of the machine', 'UpToDate', () => judge(another(1), json))
  expect('cache: one that it did not certify', 'QE_REPORT_SIGNATURE', () =>
    judge(another(2, 'qe-report-signature'), json),
  )
  expect('cache: one with another key', 'ATTESTATION_KEY_MISMATCH', () => judge(another(3, 'attestation-key'), json))
  expect('cache: one much later', 'CERTIFICATE_EXPIRED', () => judge(another(4), json, 9_000_000_000n))
  expect('cache: one after revocation', 'CERTIFICATE_REVOKED', () =>
    judge(another(5), platform.collateral({ revoked: 'pck' })),
  )

  const memory = createSignatureMemory()
  const [message, publicKey, signature] = [1, 2, 3].map((byte) => new Uint8Array(64).fill(byte))
  if (message === undefined || publicKey === undefined || signature === undefined) throw new Error('three arrays')
  memory.add({ message, publicKey, signature })
  expect('memory: the same', true, () => memory.has({ message, publicKey: publicKey.slice(), signature }))
  expect('memory: other key', false, () => memory.has({ message, publicKey: signature, signature }))
  expect('memory: other signature', false, () => memory.has({ message, publicKey, signature: publicKey }))
  expect('memory: other message', false, () => memory.has({ message: message.slice(), publicKey, signature }))
}

function rollbackFaults(expect: Expect): void {
  // The evaluation number of the simulator is fixed, so two signatures are believed: those over TCB Info.
  const numbered = (number: number): CollateralJson => ({
    ...json,
    tcb_info: json.tcb_info.replace('"tcbEvaluationDataNumber":18', `"tcbEvaluationDataNumber":${number}`),
  })
  const believing = { ...nodeCrypto, verifyP256: () => true }
  const sequence = (options: Parameters<typeof createVerifier>[0], numbers: readonly number[]): string => {
    const verifier = createVerifier({ trustRoot, crypto: believing, ...options })
    return numbers
      .map((number) => verifier.verifyQuote(quote, { collateral: numbered(number), now }))
      .map((verdict) => (verdict.ok ? 'ok' : verdict.code))
      .join()
  }
  expect('rollback: newer', 'ok,ok', () => sequence({}, [18, 19]))
  expect('rollback: newer, then older', 'ok,ok,COLLATERAL_ROLLED_BACK', () => sequence({}, [18, 19, 18]))
  expect('rollback: another family', 'FMSPC_MISMATCH', () => {
    const verifier = createVerifier({ trustRoot, crypto: believing })
    verifier.verifyQuote(quote, { collateral: numbered(19), now })
    const other = { ...json, tcb_info: json.tcb_info.replace(/"fmspc":"[0-9A-F]+"/, '"fmspc":"000000000000"') }
    const verdict = verifier.verifyQuote(quote, { collateral: other, now })
    return verdict.ok ? 'ok' : verdict.code
  })
  expect('rollback: older', 'ok,COLLATERAL_ROLLED_BACK', () => sequence({}, [19, 18]))
  expect('rollback: off', 'ok,ok', () => sequence({ rollbackGuard: false }, [19, 18]))
  expect('rollback: minimum', 'COLLATERAL_ROLLED_BACK', () => sequence({ minimumEvaluationDataNumber: 19 }, [19]))
  const day = 86_400n
  const lists = (options: Parameters<typeof platform.collateral>[0]): CollateralJson =>
    platform.collateral({ now: now + day, ...options })
  const inTurn = (collaterals: readonly CollateralJson[], at = now + 2n * day): string => {
    const verifier = createVerifier({ trustRoot })
    return collaterals
      .map((collateral) => verifier.verifyQuote(quote, { collateral, now: at }))
      .map((verdict) => (verdict.ok ? 'ok' : verdict.code))
      .join()
  }
  for (const revoked of ['pck', 'pck-ca'] as const) {
    expect(`rollback: ${revoked} revoked by a newer list`, 'ok,CERTIFICATE_REVOKED,COLLATERAL_ROLLED_BACK', () =>
      inTurn([json, lists({ revoked }), json]),
    )
    expect(`rollback: ${revoked} revoked before`, 'CERTIFICATE_REVOKED,ok', () =>
      inTurn([lists({ revoked }), platform.collateral({ now: now + 2n * day })]),
    )
  }
  expect('rollback: lists that nobody signed', 'CRL_SIGNATURE,ok', () =>
    inTurn([lists({ revoked: 'pck', fault: 'pck-list-signature' }), json]),
  )
  expect('rollback: not genuine', 'TCB_INFO_SIGNATURE,ok', () => {
    const verifier = createVerifier({ trustRoot })
    return [99, 18]
      .map((number) => verifier.verifyQuote(quote, { collateral: numbered(number), now }))
      .map((verdict) => (verdict.ok ? 'ok' : verdict.code))
      .join()
  })
}

async function asyncFaults(expect: Expect): Promise<void> {
  const message = Uint8Array.of(1)
  const check = { message, publicKey: new Uint8Array(64), signature: new Uint8Array(64) }
  for (const holds of [true, false]) {
    const crypto = { name: 'fixed', sha256: nodeCrypto.sha256, verifyP256: async () => holds }
    const verdict = await judgeAsync(crypto, (answered) => answered.verifyP256(check))
    expect(`async: ${holds}`, holds, () => verdict)
    let asked = 0
    // What was not asked for in the first run does not hold in the second.
    const changing = await judgeAsync(crypto, (answered) => {
      asked += 1
      return answered.verifyP256(asked === 1 ? check : { ...check, message: Uint8Array.of(1) })
    })
    expect('async: another question', false, () => changing)
  }
}

function policyFaults(expect: Expect): void {
  const options = { collateral: parseCollateral(json), now, trustRoot }
  const verdict = verifyQuote(parseQuote(quote), options)
  if (!verdict.ok) throw new Error(verdict.code)
  const { td } = verdict
  const policy: QuotePolicy = {
    trustRoots: ['simulated'],
    measurements: [measurementsOf(td)],
    reportData: td.reportData,
  }
  const judge = (changes: Partial<QuotePolicy>, changed: AcceptedQuote = verdict): string => {
    const judged = checkPolicy(changed, { ...policy, ...changes })
    return judged.ok ? 'ok' : judged.code
  }
  const withTd = (changes: Partial<typeof td>): AcceptedQuote => ({ ...verdict, td: { ...td, ...changes } })
  const other = `0x${'ab'.repeat(48)}` as const
  const outdated = {
    ...verdict,
    tcb: { ...verdict.tcb, current: { ...verdict.tcb.current, status: 'OutOfDate' } },
  } as const
  const cases: readonly (readonly [string, string, Partial<QuotePolicy>, AcceptedQuote?])[] = [
    ['as it is', 'ok', {}],
    ['expired', 'VERDICT_EXPIRED', { now: verdict.expiresAt + 1n }],
    ['root', 'TRUST_ROOT_NOT_ALLOWED', { trustRoots: ['intel'] }],
    ['status', 'TCB_STATUS_NOT_ALLOWED', { tcbStatuses: ['OutOfDate'] }],
    ['launched up to date', 'ok', {}, outdated],
    ['status now', 'TCB_STATUS_NOT_ALLOWED', { currentTcb: 'required' }, outdated],
    ['evaluation', 'COLLATERAL_TOO_OLD', { minimumEvaluationDataNumber: 19 }],
    ['debug', 'TD_DEBUG', {}, withTd({ debug: true })],
    ['attribute', 'TD_ATTRIBUTES_NOT_ALLOWED', {}, withTd({ attributeNames: ['SEPT_VE_DISABLE', 'KL'] })],
    ['SEPT_VE_DISABLE', 'TD_ATTRIBUTES_NOT_ALLOWED', {}, withTd({ attributeNames: [] })],
    ['XFAM', 'XFAM_NOT_ALLOWED', {}, withTd({ xfam: '0xe702060000000080' })],
    ['service TD', 'SERVICE_TD_NOT_ALLOWED', {}, withTd({ serviceTdHashes: [other] })],
    ['no measurements', 'BAD_POLICY', { measurements: [] }],
    ['measurement', 'MEASUREMENT_MISMATCH', {}, withTd({ rtMr2: other })],
    ['report data', 'REPORT_DATA_MISMATCH', { reportData: `0x${'01'.repeat(64)}` }],
    ['hardware', 'HARDWARE_NOT_ALLOWED', { acceptHardware: () => false }],
  ]
  for (const [label, code, changes, changed] of cases) expect(`policy: ${label}`, code, () => judge(changes, changed))
}
