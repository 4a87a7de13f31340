import { type CacheCounts, type CacheSizes, createEvidenceCache } from '../cache/evidence-cache.js'
import type { Collateral, CollateralJson } from '../collateral/collateral.js'
import type { AsyncCryptoBackend, CryptoBackend } from '../crypto/crypto-backend.js'
import { readEnclaveQuote, readQuote } from '../quote/quote.js'
import type { ParseQuoteOptions, QuoteEvidence } from '../quote/quote-evidence.js'
import type { TrustRoot } from '../trust-root.js'
import { type EnclaveVerdict, judgeAsync, judgeEnclaveQuote, judgeQuote, type QuoteVerdict } from './judge-quote.js'
import { createRollbackMemory } from './rollback-memory.js'
import type { EvaluationFloors } from './verification.js'
import type { AcceptedEvidence, JudgeOptions, JudgeSettings, RejectedEvidence } from './verify-evidence.js'
import type { VerifyStepName } from './verify-step.js'

/** How a verifier judges everything that it is given. */
export interface VerifierOptions {
  /** Intel's root unless another is named. */
  readonly trustRoot?: TrustRoot
  /** For the synchronous methods. */
  readonly crypto?: CryptoBackend
  /** For the asynchronous methods. */
  readonly asyncCrypto?: AsyncCryptoBackend
  /** What it keeps between quotes; `false` keeps nothing. The verdicts are the same either way. */
  readonly cache?: CacheSizes | false
  /** The least `tcbEvaluationDataNumber` of TCB Info and QE identity. Default: whatever Intel signed. */
  readonly minimumEvaluationDataNumber?: number
  /**
   * Refuses a document with a lower `tcbEvaluationDataNumber` than this verifier has already seen, genuine and fresh, for the
   * same platform family; and a certificate that the newest genuine list revokes, whatever the list beside the quote says. Default: true.
   */
  readonly rollbackGuard?: boolean
}

/** One quote to judge. */
export interface VerifierInput extends ParseQuoteOptions {
  /** Parsed or in the wire shape; only its texts are used. */
  readonly collateral: Collateral | CollateralJson
  /** Unix seconds. */
  readonly now: bigint
}

/**
 * A verifier with a memory. Every check runs on every quote, and all times are compared with `now` each time: what is kept is
 * parsed evidence, found by the SHA-256 of its exact bytes, and which signatures over it held.
 */
export interface Verifier {
  /**
   * Parses and judges a TDX quote.
   * @throws QuoteError for bytes that are no such quote, and for collateral that cannot be read.
   */
  verifyQuote(quote: Uint8Array, input: VerifierInput): QuoteVerdict
  /** The verdict of `verifyQuote` on asynchronous cryptography. */
  verifyQuoteAsync(quote: Uint8Array, input: VerifierInput): Promise<QuoteVerdict>
  /** Parses and judges an SGX quote. */
  verifyEnclaveQuote(quote: Uint8Array, input: VerifierInput): EnclaveVerdict
  /** The verdict of `verifyEnclaveQuote` on asynchronous cryptography. */
  verifyEnclaveQuoteAsync(quote: Uint8Array, input: VerifierInput): Promise<EnclaveVerdict>
  /** How much is kept at the moment. */
  cacheCounts(): CacheCounts
}

/** `VerifierOptions` of which the entry point has chosen the cryptography. */
export type ResolvedVerifierOptions = VerifierOptions & {
  readonly crypto: CryptoBackend
  readonly asyncCrypto: AsyncCryptoBackend
}

const nothing: CacheSizes = { collateral: 0, pckChains: 0, quotingEnclaves: 0 }

/** Creates a verifier on the given cryptography. */
export function createVerifierWith(options: ResolvedVerifierOptions): Verifier {
  const {
    crypto,
    asyncCrypto,
    trustRoot,
    cache: sizes = {},
    minimumEvaluationDataNumber,
    rollbackGuard = true,
  } = options
  const cache = createEvidenceCache(sizes === false ? nothing : sizes, (bytes) => crypto.sha256(bytes))
  const rollback = createRollbackMemory(minimumEvaluationDataNumber ?? 0)

  function settingsOf({ collateral, now }: VerifierInput): JudgeOptions {
    const parsed = cache.collateral('json' in collateral ? collateral.json : collateral)
    return { collateral: parsed, now, ...(trustRoot === undefined ? {} : { trustRoot }) }
  }
  function floorsOf(collateral: Collateral): EvaluationFloors {
    if (rollbackGuard) return rollback.floorsOf(collateral)
    const minimum = minimumEvaluationDataNumber ?? 0
    return { tcbInfo: minimum, qeIdentity: minimum }
  }
  /** Only what passed every check of its own is remembered: of a platform that is revoked, the lists that say so. */
  function remember(verdict: AcceptedEvidence | RejectedEvidence, collateral: Collateral): void {
    const hasPassed = (check: VerifyStepName): boolean => verdict.steps.some(({ name, ok }) => name === check && ok)
    if (hasPassed('revocation-lists')) rollback.rememberLists(collateral)
    if (hasPassed('rollback')) rollback.remember(collateral)
  }
  /** Everything but the quote's own signature may be asked for again. */
  function remembering(quote: QuoteEvidence): CryptoBackend {
    return {
      name: crypto.name,
      sha256: cache.sha256,
      verifyP256(check) {
        if (check.message === quote.signed) return crypto.verifyP256(check)
        if (cache.signatures.has(check)) return true
        const holds = crypto.verifyP256(check)
        if (holds) cache.signatures.add(check)
        return holds
      },
    }
  }
  const rememberingAsync: AsyncCryptoBackend = {
    name: asyncCrypto.name,
    sha256: cache.sha256,
    async verifyP256(check) {
      if (cache.signatures.has(check)) return true
      const holds = await asyncCrypto.verifyP256(check)
      if (holds) cache.signatures.add(check)
      return holds
    },
  }
  function run<Verdict extends AcceptedEvidence | RejectedEvidence>(
    { evidence }: { readonly evidence: QuoteEvidence },
    input: VerifierInput,
    judge: (settings: JudgeSettings) => Verdict,
  ): Verdict {
    const settings = settingsOf(input)
    const { collateral } = settings
    const settled = cache.settled(collateral, evidence)
    const verdict = judge({ ...settings, floors: floorsOf(collateral), crypto: remembering(evidence), settled })
    remember(verdict, collateral)
    return verdict
  }
  async function runAsync<Verdict extends AcceptedEvidence | RejectedEvidence>(
    input: VerifierInput,
    judge: (settings: JudgeSettings) => Verdict,
  ): Promise<Verdict> {
    const settings = settingsOf(input)
    const verdict = await judgeAsync(rememberingAsync, (answered) =>
      judge({ ...settings, floors: floorsOf(settings.collateral), crypto: answered }),
    )
    remember(verdict, settings.collateral)
    return verdict
  }
  return {
    verifyQuote(bytes, input) {
      const quote = readQuote(bytes, input, cache)
      return run(quote, input, (settings) => judgeQuote(quote, settings))
    },
    async verifyQuoteAsync(bytes, input) {
      const quote = readQuote(bytes, input, cache)
      return runAsync(input, (settings) => judgeQuote(quote, settings))
    },
    verifyEnclaveQuote(bytes, input) {
      const quote = readEnclaveQuote(bytes, input, cache)
      return run(quote, input, (settings) => judgeEnclaveQuote(quote, settings))
    },
    async verifyEnclaveQuoteAsync(bytes, input) {
      const quote = readEnclaveQuote(bytes, input, cache)
      return runAsync(input, (settings) => judgeEnclaveQuote(quote, settings))
    },
    cacheCounts: cache.counts,
  }
}
