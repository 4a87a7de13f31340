import { parseQeIdentity } from '../src/collateral/qe-identity.js'
import { parseTcbInfo } from '../src/collateral/tcb-info.js'
import {
  type Collateral,
  type EnclaveQuote,
  parseCollateral,
  type Quote,
  QuoteError,
  simulatorRoot,
  type TrustRoot,
} from '../src/index.js'
import {
  createVerifier,
  nodeCrypto,
  parseEnclaveQuote,
  parseQuote,
  verifyEnclaveQuote,
  verifyQuote,
} from '../src/node.js'
import type { QuoteVerdict } from '../src/verify/judge-quote.js'
import { parseCertificate } from '../src/x509/certificate.js'
import { parseCrl } from '../src/x509/crl.js'
import { parsePemChain } from '../src/x509/pem.js'
import { joinBytes, mutateBytes, mutateChain, mutateDer, mutateJson, tokensOf } from './fuzz-mutate.js'
import { createRandom, type Random } from './fuzz-random.js'
import { vectorFile, vectorJson } from './vector-files.js'

/** What a run of the fuzzer saw. */
export interface FuzzReport {
  readonly executions: number
  /** How often each outcome came up: `accepted`, a code of a verdict or of a QuoteError. */
  readonly outcomes: ReadonlyMap<string, number>
  readonly slowestMs: number
}

interface Subject {
  readonly quote: Uint8Array
  readonly isEnclave: boolean
  readonly collateral: Collateral
  readonly now: bigint
  readonly trustRoot: TrustRoot
  readonly parsed: EnclaveQuote | Quote
  readonly crls: { readonly rootCrl: Uint8Array; readonly pckCrl: Uint8Array }
  /** Of TCB Info and QE identity. */
  readonly tokens: { readonly tcbInfo: readonly string[]; readonly qeIdentity: readonly string[] }
}

/** No execution may take longer: a reader that runs away on some input hangs. */
const hangMs = 2000

/** With signatures that always hold a changed input gets to the checks behind them. */
const believing = { ...nodeCrypto, verifyP256: () => true }

function subjectOf(kind: 'real' | 'synthetic', name: string): Subject {
  const [root = new Uint8Array()] = parsePemChain(new TextDecoder().decode(vectorFile(kind, name, 'root.pem')))
  const quote = vectorFile(kind, name, 'quote.bin')
  const isEnclave = name.includes('sgx')
  const collateral = parseCollateral(vectorJson(kind, name, 'collateral.json'))
  const { json } = collateral
  const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
  return {
    quote,
    isEnclave,
    collateral,
    now: BigInt(Number(vectorJson(kind, name, 'vector.json')['now'])),
    trustRoot: simulatorRoot(root),
    parsed: isEnclave ? parseEnclaveQuote(quote) : parseQuote(quote),
    crls: { rootCrl: bytesOf(json.root_ca_crl), pckCrl: bytesOf(json.pck_crl) },
    tokens: { tcbInfo: tokensOf(json.tcb_info), qeIdentity: tokensOf(json.qe_identity) },
  }
}

/**
 * Feeds changed quotes and collateral to parsers and verifier.
 * @throws Error, with the seed, at the first input that makes them throw anything but QuoteError, hang, or accept a forgery.
 */
export function fuzz(options: { readonly executions: number; readonly seed: number }): FuzzReport {
  const random = createRandom(options.seed)
  const subjects: readonly [Subject, ...Subject[]] = [
    subjectOf('real', 'near-mpc-v4'),
    subjectOf('synthetic', 'P03'),
    subjectOf('synthetic', 'S11'),
    subjectOf('real', 'phala-sgx-v3'),
  ]
  const verifiers = new Map(subjects.map((subject) => [subject, createVerifier({ trustRoot: subject.trustRoot })]))
  const outcomes = new Map<string, number>()
  let slowestMs = 0
  for (let execution = 0; execution < options.executions; execution += 1) {
    const subject = random.pick(subjects)
    const other = random.pick(subjects).quote
    const started = performance.now()
    let outcome: string
    try {
      outcome = execute(random, { subject, other, verifier: verifiers.get(subject) ?? createVerifier() })
    } catch (error) {
      if (!(error instanceof QuoteError)) {
        throw new Error(`execution ${execution} of seed ${options.seed}: not a QuoteError`, { cause: error })
      }
      outcome = error.code
    }
    const elapsed = performance.now() - started
    if (elapsed > hangMs) throw new Error(`execution ${execution} of seed ${options.seed} took ${elapsed} ms`)
    slowestMs = Math.max(slowestMs, elapsed)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  return { executions: options.executions, outcomes, slowestMs }
}

interface Target {
  readonly subject: Subject
  readonly other: Uint8Array
  readonly verifier: ReturnType<typeof createVerifier>
}

function execute(random: Random, { subject, other, verifier }: Target): string {
  const { quote, collateral } = subject
  switch (random.below(8)) {
    case 0:
    case 1:
      return judge(subject, { quote: mutateBytes(random, quote, other) })
    case 2: {
      const changed = mutateBytes(random, quote, other)
      return refuseForgery(subject, changed, verifier)
    }
    case 3:
      return judge(subject, { quote: withChain(random, subject, other) })
    case 4:
      return judge(subject, { collateral: { ...collateral, tcbInfo: tcbInfoOf(random, subject) } })
    case 5:
      return judge(subject, { collateral: { ...collateral, qeIdentity: qeIdentityOf(random, subject) } })
    case 6: {
      const name = random.pick(['rootCrl', 'pckCrl'] as const)
      const crl = parseCrl(mutateDer(random, subject.crls[name], other))
      return judge(subject, { collateral: { ...collateral, [name]: crl } })
    }
    default: {
      const chain = mutateChain(
        random,
        collateral.tcbInfo.issuerChain.map(({ der }) => der),
        other,
      )
      const issuerChain = parsePemChain(chain).map(parseCertificate)
      return judge(subject, { collateral: { ...collateral, tcbInfo: { ...collateral.tcbInfo, issuerChain } } })
    }
  }
}

function judge(subject: Subject, changes: { readonly quote?: Uint8Array; readonly collateral?: Collateral }): string {
  const { quote = subject.quote, collateral = subject.collateral } = changes
  const { now, trustRoot } = subject
  const settings = { collateral, now, trustRoot, crypto: believing }
  const parsed =
    changes.quote === undefined ? subject.parsed : subject.isEnclave ? parseEnclaveQuote(quote) : parseQuote(quote)
  const verdict = 'td' in parsed ? verifyQuote(parsed, settings) : verifyEnclaveQuote(parsed, settings)
  return verdict.ok ? 'accepted' : verdict.code
}

/** Judges with real signatures and caches: nothing but the genuine quote, with zeros after it, may be accepted. */
function refuseForgery(subject: Subject, changed: Uint8Array, verifier: Target['verifier']): string {
  const input = { collateral: subject.collateral, now: subject.now }
  const verdict: Pick<QuoteVerdict, 'ok'> & { readonly code?: string } = subject.isEnclave
    ? verifier.verifyEnclaveQuote(changed, input)
    : verifier.verifyQuote(changed, input)
  if (verdict.ok && withoutPadding(changed) !== withoutPadding(subject.quote)) throw new Error('a forgery was accepted')
  return verdict.ok ? 'accepted' : (verdict.code ?? '')
}

function withoutPadding(bytes: Uint8Array): string {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end -= 1
  return Buffer.from(bytes.subarray(0, end)).toString('latin1')
}

/** A quote with another PCK chain, every length around it right. */
function withChain(random: Random, { parsed, isEnclave }: Subject, other: Uint8Array): Uint8Array {
  const { evidence } = parsed
  const chain = evidence.pckChain.map(({ der }) => der)
  const pem = new TextEncoder().encode(mutateChain(random, chain, other))
  const { qeReport, qeReportSignature, qeAuthData, attestationKey, signature, signed } = evidence
  const authData = joinBytes(littleEndian(qeAuthData.length, 2), qeAuthData)
  const certificates = joinBytes(littleEndian(5, 2), littleEndian(pem.length, 4), pem)
  const inner = joinBytes(qeReport.raw, qeReportSignature, authData, certificates)
  const wrapped = isEnclave ? inner : joinBytes(littleEndian(6, 2), littleEndian(inner.length, 4), inner)
  const auth = joinBytes(signature, attestationKey, wrapped)
  return joinBytes(signed, littleEndian(auth.length, 4), auth)
}

function littleEndian(value: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (value >>> (8 * index)) & 0xff)
}

function tcbInfoOf(random: Random, { collateral, tokens }: Subject): Collateral['tcbInfo'] {
  const text = mutateJson(random, tokens.tcbInfo)
  return { ...collateral.tcbInfo, content: parseTcbInfo(text), signed: new TextEncoder().encode(text) }
}

function qeIdentityOf(random: Random, { collateral, tokens }: Subject): Collateral['qeIdentity'] {
  const text = mutateJson(random, tokens.qeIdentity)
  return { ...collateral.qeIdentity, content: parseQeIdentity(text), signed: new TextEncoder().encode(text) }
}
