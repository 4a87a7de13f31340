import { QuoteError } from '../quote-error.js'
import { type EnclaveReport, parseEnclaveReport } from './enclave-report.js'
import { type ParseQuoteOptions, parseQuoteEvidence, type QuoteEvidence, type QuoteMemory } from './quote-evidence.js'
import { parseTdReport, type TdReport } from './td-report.js'

/** A parsed TDX quote. Nothing in it is trusted before `verifyQuote` says so. */
export interface Quote {
  readonly version: 4 | 5
  readonly td: TdReport
  readonly evidence: QuoteEvidence
}

/** A parsed SGX quote. Nothing in it is trusted before `verifyEnclaveQuote` says so. */
export interface EnclaveQuote {
  readonly version: 3 | 4 | 5
  readonly enclave: EnclaveReport
  readonly evidence: QuoteEvidence
}

/**
 * Parses a TDX quote, version 4 or 5 (TD report 1.0, 1.5, 1.5 extended), with its embedded PCK chain.
 * @throws QuoteError for anything that is not exactly such a quote.
 */
export function parseQuote(bytes: Uint8Array, options: ParseQuoteOptions = {}): Quote {
  return readQuote(bytes, options)
}

/** `parseQuote` with a memory. */
export function readQuote(bytes: Uint8Array, options: ParseQuoteOptions, memory?: QuoteMemory): Quote {
  const evidence = parseQuoteEvidence(bytes, options, memory)
  const { version, tee } = evidence.header
  if (tee !== 'tdx' || version === 3) throw new QuoteError('UNSUPPORTED_TEE', 'an SGX quote: use parseEnclaveQuote')
  return { version, td: parseTdReport(evidence.body), evidence }
}

/**
 * Parses an SGX quote, version 3, 4 or 5, with its embedded PCK chain.
 * @throws QuoteError for anything that is not exactly such a quote.
 */
export function parseEnclaveQuote(bytes: Uint8Array, options: ParseQuoteOptions = {}): EnclaveQuote {
  return readEnclaveQuote(bytes, options)
}

/** `parseEnclaveQuote` with a memory. */
export function readEnclaveQuote(bytes: Uint8Array, options: ParseQuoteOptions, memory?: QuoteMemory): EnclaveQuote {
  const evidence = parseQuoteEvidence(bytes, options, memory)
  const { version, tee } = evidence.header
  if (tee !== 'sgx') throw new QuoteError('UNSUPPORTED_TEE', 'a TDX quote: use parseQuote')
  return { version, enclave: parseEnclaveReport(evidence.body), evidence }
}
