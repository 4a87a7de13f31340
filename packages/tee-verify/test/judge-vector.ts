import {
  checkPolicy,
  intelRoot,
  measurementsOf,
  type PolicyRejectionCode,
  parseCollateral,
  parseEnclaveQuote,
  parsePcsCollateral,
  parseQuote,
  QuoteError,
  type QuoteErrorCode,
  type QuotePolicy,
  type QuoteRejectionCode,
  simulatorRoot,
  type TcbStatus,
  type TrustRoot,
  type TrustRootPlatform,
  type VerifyP256,
  type VerifyStep,
  verifyEnclaveQuote,
  verifyQuote,
} from '../src/index.js'
import { parsePemChain } from '../src/x509/pem.js'

/** Reads one file of a vector's folder; undefined when there is none. */
export type ReadVectorFile = (name: string) => Uint8Array | undefined

/** What the verifier says of one vector. */
export interface VectorJudgement {
  readonly id: string
  readonly ok: boolean
  readonly status: TcbStatus | null
  readonly code: QuoteRejectionCode | QuoteErrorCode | null
  /** The check that failed, or `parse`. */
  readonly failedStep: string | null
  readonly platform: TrustRootPlatform
  /** What the default policy says of an accepted TDX quote. */
  readonly policy: 'accepted' | PolicyRejectionCode | null
  readonly advisoryIds: { readonly launch: readonly string[]; readonly current: readonly string[] } | null
  readonly expiresAt: string | null
  readonly detail: string
  readonly steps: readonly VerifyStep[]
}

/** How a vector is judged. */
export interface JudgeVectorOptions {
  readonly now?: bigint
  readonly trustRoot?: TrustRoot
  readonly verifyP256?: VerifyP256
  readonly trailingBytes?: 'zero' | 'any'
  /** Files of the vector whose measurements and report data the policy expects. */
  readonly baseline?: ReadVectorFile
}

/** Judges a vector with each form of collateral that its folder has; the first refusal counts. */
export function judgeVector(id: string, read: ReadVectorFile, options: JudgeVectorOptions = {}): VectorJudgement {
  const [pem = intelRoot.certificate] = read('root.pem') === undefined ? [] : parsePemChain(textOf(read, 'root.pem'))
  const isIntel = intelRoot.certificate.every((byte, index) => byte === pem[index])
  const trustRoot = options.trustRoot ?? (isIntel ? intelRoot : simulatorRoot(pem))
  const now = options.now ?? timeOf(JSON.parse(textOf(read, 'vector.json')).now)
  const forms = [fromPcs, fromWire].filter((form) => read(form.file) !== undefined)
  let judgement: VectorJudgement | undefined
  for (const form of forms) {
    judgement = judgeWith(id, read, { ...options, trustRoot, now, form })
    if (!judgement.ok) break
  }
  if (judgement === undefined) throw new Error(`${id}: no collateral`)
  return judgement
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

function judgeWith(
  id: string,
  read: ReadVectorFile,
  options: JudgeVectorOptions & { readonly now: bigint; readonly trustRoot: TrustRoot; readonly form: CollateralForm },
): VectorJudgement {
  const { now, trustRoot, form, baseline } = options
  const base = { id, platform: trustRoot.platform, policy: null, advisoryIds: null, expiresAt: null }
  try {
    const bytes = bytesOf(read, 'quote.bin')
    const { verifyP256 } = options
    const settings = {
      collateral: form.parse(read),
      now,
      trustRoot,
      ...(verifyP256 === undefined ? {} : { verifyP256 }),
    }
    const isEnclave = bytes.length >= 8 && bytes.subarray(4, 8).every((byte) => byte === 0)
    const verdict = isEnclave
      ? verifyEnclaveQuote(parseEnclaveQuote(bytes, { pckChain: textOf(read, 'pck_chain.pem') }), settings)
      : verifyQuote(parseQuote(bytes, { trailingBytes: options.trailingBytes ?? 'zero' }), settings)
    if (!verdict.ok) {
      const { code, detail, tcbStatus, steps } = verdict
      return { ...base, ok: false, status: tcbStatus, code, failedStep: steps.at(-1)?.name ?? null, detail, steps }
    }
    const policy = 'td' in verdict ? checkPolicy(verdict, policyOf(verdict.platform, baseline)) : null
    const { tcb, steps } = verdict
    return {
      id,
      ok: true,
      status: verdict.tcbStatus,
      code: null,
      failedStep: null,
      platform: verdict.platform,
      policy: policy === null ? null : policy.ok ? 'accepted' : policy.code,
      advisoryIds: { launch: tcb.launch.advisoryIds, current: tcb.current.advisoryIds },
      expiresAt: verdict.expiresAt.toString(),
      detail: '',
      steps,
    }
  } catch (error) {
    if (!(error instanceof QuoteError)) throw error
    return { ...base, ok: false, status: null, code: error.code, failedStep: 'parse', detail: error.message, steps: [] }
  }
}

/** The time of a vector; what is no whole number of seconds is passed on for the verifier to refuse. */
function timeOf(now: unknown): bigint {
  return typeof now === 'number' && Number.isSafeInteger(now) ? BigInt(now) : (now as bigint)
}

function jsonOf(read: ReadVectorFile, name: string): unknown {
  try {
    return JSON.parse(textOf(read, name))
  } catch (error) {
    throw new QuoteError('BAD_JSON', `${name} is not JSON`, { cause: error })
  }
}

function policyOf(platform: TrustRootPlatform, baseline: ReadVectorFile | undefined): QuotePolicy {
  if (baseline === undefined) {
    return { trustRoots: [platform], measurements: 'any-measurement', reportData: 'any-report-data' }
  }
  const { td } = parseQuote(bytesOf(baseline, 'quote.bin'))
  return { trustRoots: [platform], measurements: [measurementsOf(td)], reportData: td.reportData }
}

function bytesOf(read: ReadVectorFile, name: string): Uint8Array {
  const bytes = read(name)
  if (bytes === undefined) throw new Error(`no ${name}`)
  return bytes
}

function textOf(read: ReadVectorFile, name: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytesOf(read, name))
}
