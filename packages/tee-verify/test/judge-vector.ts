import {
  checkPolicy,
  type EnclaveQuote,
  type EnclaveVerdict,
  intelRoot,
  type JudgeOptions,
  measurementsOf,
  type PolicyRejectionCode,
  parseCollateral,
  parseEnclaveQuote,
  parsePcsCollateral,
  parseQuote,
  type Quote,
  QuoteError,
  type QuoteErrorCode,
  type QuotePolicy,
  type QuoteRejectionCode,
  type QuoteVerdict,
  simulatorRoot,
  type TcbStatus,
  type TrustRoot,
  type TrustRootPlatform,
} from '../src/index.js'
import { parsePemChain } from '../src/x509/pem.js'

/** Reads one file of a vector's folder; undefined when there is none. */
export type ReadVectorFile = (name: string) => Uint8Array | undefined

/** The functions under test, on one kind of cryptography. */
export interface VectorVerifier {
  verifyQuote(quote: Quote, options: JudgeOptions): QuoteVerdict | Promise<QuoteVerdict>
  verifyEnclaveQuote(quote: EnclaveQuote, options: JudgeOptions): EnclaveVerdict | Promise<EnclaveVerdict>
}

/** What the verifier and the default policy say of one vector. */
export interface VectorJudgement {
  readonly id: string
  /** Accepted by the verifier and by the default policy. */
  readonly ok: boolean
  /** Given whenever the cryptography held, also of what is refused. */
  readonly status: TcbStatus | null
  readonly code: QuoteRejectionCode | QuoteErrorCode | PolicyRejectionCode | null
  /** The check that failed, `policy-` before those of the policy, or `parse`. */
  readonly failedStep: string | null
  readonly platform: TrustRootPlatform
}

/** A judgement with what else the tests compare. */
export interface DetailedJudgement extends VectorJudgement {
  readonly detail: string
  readonly advisoryIds: { readonly launch: readonly string[]; readonly current: readonly string[] } | null
  readonly expiresAt: bigint | null
}

/** How a vector is judged. */
export interface JudgeVectorOptions {
  readonly trailingBytes?: 'zero' | 'any'
  /** Files of the vector whose measurements and report data the policy expects; both are waived when left out. */
  readonly baseline?: ReadVectorFile
}

const refused = { ok: false, status: null, advisoryIds: null, expiresAt: null } as const

/** Judges a vector with each form of collateral that its folder has; the first refusal counts. Never throws. */
export async function judgeVector(
  id: string,
  read: ReadVectorFile,
  verifier: VectorVerifier,
  options: JudgeVectorOptions = {},
): Promise<DetailedJudgement> {
  let platform: TrustRootPlatform = 'simulated'
  try {
    const trustRoot = trustRootIn(read)
    platform = trustRoot.platform
    const now = timeOf(jsonOf(read, 'vector.json'))
    const forms = [fromPcs, fromWire].filter((form) => read(form.file) !== undefined)
    let judgement: Omit<DetailedJudgement, 'id' | 'platform'> | undefined
    for (const form of forms) {
      judgement = await judgeWith(read, verifier, { ...options, collateral: form.parse(read), now, trustRoot })
      if (!judgement.ok) break
    }
    if (judgement === undefined) throw new QuoteError('BAD_COLLATERAL', 'the folder has no collateral')
    return { id, platform, ...judgement }
  } catch (error) {
    if (!(error instanceof QuoteError)) throw error
    return { id, platform, ...refused, code: error.code, failedStep: 'parse', detail: error.message }
  }
}

interface CollateralForm {
  readonly file: string
  readonly parse: (read: ReadVectorFile) => ReturnType<typeof parseCollateral>
}

const fromWire: CollateralForm = {
  file: 'collateral.json',
  parse: (read) => parseCollateral(jsonOf(read, 'collateral.json')),
}

const fromPcs: CollateralForm = {
  file: 'tcbinfo.json',
  parse: (read) =>
    parsePcsCollateral({
      tcbInfo: textOf(read, 'tcbinfo.json'),
      tcbInfoIssuerChain: textOf(read, 'tcb_chain.pem'),
      qeIdentity: textOf(read, 'qeidentity.json'),
      qeIdentityIssuerChain: textOf(read, 'qe_chain.pem'),
      pckCrl: bytesOf(read, 'pck_crl.der'),
      pckCrlIssuerChain: '',
      rootCaCrl: bytesOf(read, 'root_ca_crl.der'),
    }),
}

async function judgeWith(
  read: ReadVectorFile,
  verifier: VectorVerifier,
  options: JudgeVectorOptions & JudgeOptions & { readonly trustRoot: TrustRoot },
): Promise<Omit<DetailedJudgement, 'id' | 'platform'>> {
  const bytes = bytesOf(read, 'quote.bin')
  const isEnclave = bytes.length >= 8 && bytes.subarray(4, 8).every((byte) => byte === 0)
  const verdict = isEnclave
    ? await verifier.verifyEnclaveQuote(parseEnclaveQuote(bytes, pckChainIn(read)), options)
    : await verifier.verifyQuote(parseQuote(bytes, { trailingBytes: options.trailingBytes ?? 'zero' }), options)
  if (!verdict.ok) {
    const { code, detail, tcbStatus, steps } = verdict
    return { ...refused, status: tcbStatus, code, failedStep: steps.at(-1)?.name ?? null, detail }
  }
  const { tcb, tcbStatus: status, expiresAt } = verdict
  const advisoryIds = { launch: tcb.launch.advisoryIds, current: tcb.current.advisoryIds }
  const known = { status, advisoryIds, expiresAt }
  const refusal = refusalOf(verdict, options.baseline)
  return refusal === null
    ? { ok: true, code: null, failedStep: null, detail: '', ...known }
    : { ok: false, ...refusal, ...known }
}

/** The chain for an SGX quote that embeds none; where one is embedded, this is not used. */
function pckChainIn(read: ReadVectorFile): { readonly pckChain?: string } {
  return read('pck_chain.pem') === undefined ? {} : { pckChain: textOf(read, 'pck_chain.pem') }
}

/** What the default policy has against a genuine quote; for an SGX quote, which has no policy here, status and debug. */
function refusalOf(
  verdict: (QuoteVerdict | EnclaveVerdict) & { readonly ok: true },
  baseline: ReadVectorFile | undefined,
): { readonly code: PolicyRejectionCode; readonly failedStep: string; readonly detail: string } | null {
  if ('td' in verdict) {
    const policy = checkPolicy(verdict, policyOf(verdict.platform, baseline))
    if (policy.ok) return null
    return { code: policy.code, failedStep: `policy-${policy.steps.at(-1)?.name}`, detail: policy.detail }
  }
  if (verdict.tcbStatus !== 'UpToDate') {
    return { code: 'TCB_STATUS_NOT_ALLOWED', failedStep: 'policy-tcb-status', detail: verdict.tcbStatus }
  }
  const debug = { code: 'TD_DEBUG', failedStep: 'policy-debug', detail: 'the enclave runs under debug' } as const
  return verdict.enclave.debug ? debug : null
}

function policyOf(platform: TrustRootPlatform, baseline: ReadVectorFile | undefined): QuotePolicy {
  if (baseline === undefined) {
    return { trustRoots: [platform], measurements: 'any-measurement', reportData: 'any-report-data' }
  }
  const { td } = parseQuote(bytesOf(baseline, 'quote.bin'))
  return { trustRoots: [platform], measurements: [measurementsOf(td)], reportData: td.reportData }
}

/** The root that the folder names; Intel's when it names none. */
function trustRootIn(read: ReadVectorFile): TrustRoot {
  if (read('root.pem') === undefined) return intelRoot
  const [der, ...others] = parsePemChain(textOf(read, 'root.pem'))
  if (der === undefined || others.length > 0) throw new QuoteError('BAD_PEM', 'root.pem holds one certificate')
  const isIntel =
    der.length === intelRoot.certificate.length && der.every((byte, at) => byte === intelRoot.certificate[at])
  return isIntel ? intelRoot : simulatorRoot(der)
}

/** The time of a vector; what is no whole number of seconds is passed on for the verifier to refuse. */
function timeOf(vector: unknown): bigint {
  const now = typeof vector === 'object' && vector !== null && 'now' in vector ? vector.now : undefined
  return typeof now === 'number' && Number.isSafeInteger(now) ? BigInt(now) : (now as bigint)
}

function jsonOf(read: ReadVectorFile, name: string): unknown {
  try {
    return JSON.parse(textOf(read, name))
  } catch (error) {
    if (error instanceof QuoteError) throw error
    throw new QuoteError('BAD_JSON', `${name} is not JSON`, { cause: error })
  }
}

function bytesOf(read: ReadVectorFile, name: string): Uint8Array {
  const bytes = read(name)
  if (bytes === undefined) throw new QuoteError('BAD_COLLATERAL', `the folder has no ${name}`)
  return bytes
}

function textOf(read: ReadVectorFile, name: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytesOf(read, name))
}
