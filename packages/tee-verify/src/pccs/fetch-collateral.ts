import { bytesOfHex, bytesOfHexDigits, type Hex, hexOf } from '../bytes/hex.js'
import type { PcsResponses } from '../collateral/pcs-collateral.js'
import type { EnclaveQuote, Quote } from '../quote/quote.js'
import { QuoteError } from '../quote-error.js'
import { intelRoot, type TrustRoot } from '../trust-root.js'
import { checkCollateralSignatures } from './check-signatures.js'
import type { CollateralCache } from './collateral-cache.js'
import { type CollateralSource, checkSourceUrl } from './collateral-source.js'
import { type FetchBytesOptions, type FetchedBytes, fetchBytes, waitFor } from './fetch-bytes.js'
import { type CollateralSubject, type FetchedCollateral, fetchedCollateralOf } from './fetched-collateral.js'
import { createSingleFlight } from './single-flight.js'

/** How collateral is fetched. */
export interface FetchCollateralOptions {
  /** Pinned: no other host is asked. */
  readonly source: CollateralSource
  readonly fetch: typeof globalThis.fetch
  /** Unix seconds. */
  readonly now: bigint
  readonly signal?: AbortSignal
  readonly cache?: CollateralCache
  /** `refresh` asks the source even if the cache has fresh collateral, for example after a refusal. Default `use`. */
  readonly cacheMode?: 'use' | 'refresh'
  /** How long before its expiry cached collateral is fetched anew. Default: a day. */
  readonly refreshAheadSeconds?: bigint
  /** How old cached collateral may be before it is fetched anew: Intel publishes before the old expires. Default: a day. */
  readonly maximumAgeSeconds?: bigint
  /** Default 2, that is three attempts. */
  readonly retries?: number
  /** Default 250, doubled with each further attempt. */
  readonly retryDelayMs?: number
  /** Of each attempt; default 10,000. */
  readonly timeoutMs?: number
  readonly wait?: FetchBytesOptions['wait']
  /** Intel's root unless another is named. */
  readonly trustRoot?: TrustRoot
}

/** Collateral, and where it came from. */
export interface CollateralResult extends FetchedCollateral {
  readonly from: 'source' | 'cache'
  /** Why the source could not renew cached collateral that is still valid; null when it was not asked or could. */
  readonly refreshError: Error | null
}

const day = 86_400n
const maximumJsonLength = 262_144
const maximumListLength = 1_048_576

/**
 * Collects what the verification of a platform's quotes needs: TCB Info, QE identity and both revocation lists, with their exact
 * bytes. Everything fetched is parsed, must be for this platform, signed under the root, not expired and not older than what the
 * cache has; only then is it cached. Calls for the same collateral at the same time are one fetch. It is *not* a judgement: give
 * `collateral` to `verifyQuote`.
 *
 * @example
 * const { collateral } = await fetchCollateral({ quote }, { source: intelPcs, fetch, now, cache })
 * verifyQuote(quote, { collateral, now })
 *
 * @throws QuoteError `COLLATERAL_UNAVAILABLE`, `COLLATERAL_REDIRECTED`, `COLLATERAL_MISMATCH`, `COLLATERAL_SIGNATURE`,
 * `COLLATERAL_STALE`, `COLLATERAL_ROLLBACK`, `TOO_LARGE`, or what parsing throws; the signal's reason when aborted
 */
export async function fetchCollateral(
  about: CollateralSubject | { readonly quote: Quote | EnclaveQuote },
  options: FetchCollateralOptions,
): Promise<CollateralResult> {
  const { now, cache, signal } = options
  if (typeof now !== 'bigint' || now < 0n) throw new QuoteError('BAD_INPUT', 'now must be a bigint of unix seconds')
  checkSourceUrl(options.source.baseUrl)
  checkSourceUrl(options.source.rootCrlUrl)
  const subject = 'quote' in about ? collateralSubjectOf(about.quote) : checkedSubject(about)
  const key = `${subject.tee}:${subject.fmspc}:${subject.ca}`
  const cached = await cache?.read(key)
  const valid = cached !== undefined && now <= cached.expiresAt ? cached : undefined
  if (valid !== undefined && options.cacheMode !== 'refresh' && isFresh(valid, options)) {
    return { ...valid, from: 'cache', refreshError: null }
  }
  try {
    const fetched = await load(subject, options)
    if (fetched.expiresAt < now) {
      throw new QuoteError('COLLATERAL_STALE', `the source serves collateral that expired at ${fetched.expiresAt}`)
    }
    if (cached !== undefined) checkProgress(cached, fetched)
    await cache?.write(key, fetched)
    return { ...fetched, from: 'source', refreshError: null }
  } catch (error) {
    signal?.throwIfAborted()
    if (valid === undefined || !(error instanceof Error)) throw error
    return { ...valid, from: 'cache', refreshError: error }
  }
}

/** Fetches under way: whoever asks for the same meanwhile, with the same cache (or, without one, `fetch`), waits for the same answer. */
const underWay = createSingleFlight<FetchedCollateral>()

function load(subject: Required<CollateralSubject>, options: FetchCollateralOptions): Promise<FetchedCollateral> {
  const { cache, fetch, now, signal, source, trustRoot = intelRoot } = options
  const key = JSON.stringify([subject, source.baseUrl, source.rootCrlUrl, hexOf(trustRoot.certificate)])
  return underWay.join({ owner: cache ?? fetch, key, signal }, async (shared) => {
    const responses = await fetchResponses(subject, { ...options, signal: shared })
    const fetched = fetchedCollateralOf(subject, { responses, fetchedAt: now })
    checkCollateralSignatures(fetched, trustRoot)
    return fetched
  })
}

/** The platforms that a quote's PCK certificate belongs to. */
export function collateralSubjectOf(quote: Quote | EnclaveQuote): Required<CollateralSubject> {
  const [pck, pckCa] = quote.evidence.pckChain
  if (pck === undefined || pck.sgx === null || pckCa === undefined) {
    throw new QuoteError('BAD_INPUT', 'the quote has no PCK certificate')
  }
  const ca = pckCa.commonName.endsWith('Processor CA') ? 'processor' : 'platform'
  return { fmspc: pck.sgx.fmspc, ca, tee: 'td' in quote ? 'tdx' : 'sgx' }
}

function checkedSubject({ fmspc, ca, tee = 'tdx' }: CollateralSubject): Required<CollateralSubject> {
  const normal: Hex = hexOf(bytesOfHex(fmspc))
  const isKnown = (ca === 'platform' || ca === 'processor') && (tee === 'tdx' || tee === 'sgx')
  if (normal.length !== 14 || !isKnown) throw new QuoteError('BAD_INPUT', 'expected an FMSPC of 6 bytes and a CA')
  return { fmspc: normal, ca, tee }
}

function isFresh(fetched: FetchedCollateral, options: FetchCollateralOptions): boolean {
  const { now, refreshAheadSeconds = day, maximumAgeSeconds = day } = options
  const age = now - fetched.fetchedAt
  return age >= 0n && age <= maximumAgeSeconds && now + refreshAheadSeconds <= fetched.expiresAt
}

/** A source cannot take back a TCB recovery or a revocation list that was already seen. */
function checkProgress({ collateral: before }: FetchedCollateral, { collateral: after }: FetchedCollateral): void {
  for (const name of ['tcbInfo', 'qeIdentity'] as const) {
    const [seen, found] = [before[name].content.evaluationDataNumber, after[name].content.evaluationDataNumber]
    if (found < seen) throw new QuoteError('COLLATERAL_ROLLBACK', `${name} of evaluation ${found} after ${seen}`)
  }
  for (const name of ['rootCrl', 'pckCrl'] as const) {
    const [seen, found] = [before[name].thisUpdate, after[name].thisUpdate]
    if (found < seen) throw new QuoteError('COLLATERAL_ROLLBACK', `${name} of ${found} after one of ${seen}`)
  }
}

async function fetchResponses(
  { fmspc, ca, tee }: Required<CollateralSubject>,
  options: FetchCollateralOptions,
): Promise<PcsResponses> {
  const { source, fetch, retries = 2, retryDelayMs = 250, timeoutMs = 10_000, wait = waitFor } = options
  // The first failure ends the others: nothing goes on in the background.
  const others = new AbortController()
  const signal = options.signal === undefined ? others.signal : AbortSignal.any([options.signal, others.signal])
  const shared = { fetch, signal, retries, retryDelayMs, timeoutMs, wait }
  const api = `${source.baseUrl}/${tee}/certification/v4`
  const json = { ...shared, maximumLength: maximumJsonLength }
  const list = { ...shared, maximumLength: maximumListLength }
  const documents = Promise.all([
    fetchBytes(`${api}/tcb?fmspc=${fmspc.slice(2)}`, json),
    fetchBytes(`${api}/qe/identity`, json),
    fetchBytes(`${source.baseUrl}/sgx/certification/v4/pckcrl?ca=${ca}&encoding=der`, list),
    fetchBytes(source.rootCrlUrl, list),
  ])
  const [tcbInfo, qeIdentity, pckCrl, rootCaCrl] = await documents.finally(() => others.abort())
  return {
    tcbInfo: textOf(tcbInfo),
    tcbInfoIssuerChain: chainOf(tcbInfo, ['TCB-Info-Issuer-Chain', 'SGX-TCB-Info-Issuer-Chain']),
    qeIdentity: textOf(qeIdentity),
    qeIdentityIssuerChain: chainOf(qeIdentity, ['SGX-Enclave-Identity-Issuer-Chain']),
    pckCrl: listOf(pckCrl),
    pckCrlIssuerChain: chainOf(pckCrl, ['SGX-PCK-CRL-Issuer-Chain']),
    rootCaCrl: listOf(rootCaCrl),
  }
}

/** The exact text: a byte order mark stays, invalid UTF-8 is refused. */
function textOf({ body }: FetchedBytes): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch (cause) {
    throw new QuoteError('BAD_COLLATERAL', 'a document is not UTF-8', { cause })
  }
}

function chainOf({ headers }: FetchedBytes, names: readonly string[]): string {
  const value = names.map((name) => headers.get(name)).find((header) => header !== null)
  if (value === undefined) throw new QuoteError('BAD_COLLATERAL', `header ${names[0]} is missing`)
  try {
    return decodeURIComponent(value ?? '')
  } catch (cause) {
    throw new QuoteError('BAD_COLLATERAL', `header ${names[0]} is not percent-encoded`, { cause })
  }
}

/** A revocation list in DER; a PCCS serves some of them in hexadecimal. */
function listOf({ body }: FetchedBytes): Uint8Array {
  if (body[0] === 0x30 && body[1] !== undefined && body[1] >= 0x80) return body
  const text = new TextDecoder().decode(body).trim()
  if (!/^30[0-9a-fA-F]*$/.test(text)) throw new QuoteError('BAD_COLLATERAL', 'a revocation list is not DER')
  return bytesOfHexDigits(text)
}
