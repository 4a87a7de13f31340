import { type ByteReader, createByteReader } from '../bytes/byte-reader.js'
import { concatBytes } from '../bytes/concat-bytes.js'
import { isZero } from '../bytes/equal-bytes.js'
import { QuoteError } from '../quote-error.js'
import { type Certificate, parseCertificate } from '../x509/certificate.js'
import { parsePemChain } from '../x509/pem.js'
import { type EnclaveReport, enclaveReportSize, parseEnclaveReport } from './enclave-report.js'
import { parseHeader, type QuoteHeader } from './header.js'
import { tdReportSize } from './td-report.js'

/** What every quote carries besides its subject: who signed it, and the chain of evidence up to Intel. */
export interface QuoteEvidence extends QuotingEnclave {
  readonly header: QuoteHeader
  /** The bytes that the attestation key signed: header, body descriptor, body. */
  readonly signed: Uint8Array
  readonly body: Uint8Array
  /** By the attestation key, r ‖ s. */
  readonly signature: Uint8Array
}

/** What is the same in every quote of one quoting enclave: its key, its report and the certificates of its platform. */
export interface QuotingEnclave {
  /** x ‖ y. */
  readonly attestationKey: Uint8Array
  readonly qeReport: EnclaveReport
  /** By the PCK key, r ‖ s. */
  readonly qeReportSignature: Uint8Array
  readonly qeAuthData: Uint8Array
  /** What the QE report has to commit to: attestation key ‖ authentication data. */
  readonly commitment: Uint8Array
  /** As embedded: PCK leaf, its CA, the root. Their number and order are judged by the verifier. */
  readonly pckChain: readonly Certificate[]
}

/** How lenient `parseQuote` is. */
export interface ParseQuoteOptions {
  /** What may follow the quote in its buffer: nothing but zero bytes (default), or anything, which is then ignored. */
  readonly trailingBytes?: 'zero' | 'any'
  /**
   * The PCK chain in PEM for a quote that only names its platform (certification data of types 1 to 3). Such a quote is refused
   * without it; in every other quote the embedded chain is used.
   */
  readonly pckChain?: string
}

/** Keeps what was read from exact bytes for the next time that they occur; see `createVerifier`. */
export interface QuoteMemory {
  /** `context` is what else the reading depends on. */
  quotingEnclave(bytes: Uint8Array, context: string, read: (bytes: Uint8Array) => QuotingEnclave): QuotingEnclave
  pckChain(bytes: Uint8Array, read: () => readonly Certificate[]): readonly Certificate[]
}

const noMemory: QuoteMemory = {
  quotingEnclave: (bytes, _context, read) => read(bytes),
  pckChain: (_bytes, read) => read(),
}

const maximumQuoteLength = 65_536
const certificationDataType = { pckChain: 5, qeReport: 6 } as const
/** Sizes of the certification data that names a platform instead of carrying its chain; Intel's sample leaves the PCE id out. */
const platformDataSizes: ReadonlyMap<number, readonly number[]> = new Map([
  [1, [34, 36]],
  [2, [276]],
  [3, [404]],
])
const bodySizes: ReadonlyMap<number, { readonly tee: 'sgx' | 'tdx'; readonly size: number }> = new Map([
  [1, { tee: 'sgx', size: enclaveReportSize }],
  [2, { tee: 'tdx', size: tdReportSize.v10 }],
  [3, { tee: 'tdx', size: tdReportSize.v15 }],
  [4, { tee: 'tdx', size: tdReportSize.v15Extended }],
])

/** Reads everything of a quote except the meaning of its body. */
export function parseQuoteEvidence(
  input: Uint8Array,
  options: ParseQuoteOptions,
  memory: QuoteMemory = noMemory,
): QuoteEvidence {
  if (!(input instanceof Uint8Array)) throw new QuoteError('BAD_INPUT', 'expected bytes')
  if (input.length > maximumQuoteLength) throw new QuoteError('TOO_LARGE', `quote of ${input.length} bytes`)
  const reader = createByteReader(input)
  const header = parseHeader(reader)
  const bodySize = bodySizeOf(header, reader)
  reader.take(bodySize)
  const signedSize = input.length - reader.remaining()
  // Whatever is kept is a copy: nobody can change the evidence between parsing and verifying.
  const signed = input.slice(0, signedSize)
  const auth = createByteReader(reader.take(reader.u32()))
  const signature = auth.take(64).slice()
  const context = `${header.version === 3 ? 3 : 4} ${header.tee} ${options.pckChain ?? ''}`
  const enclave = memory.quotingEnclave(auth.take(auth.remaining()), context, (bytes) =>
    parseQuotingEnclave(bytes.slice(), { header, options, memory }),
  )
  if (options.trailingBytes !== 'any' && !isZero(reader.take(reader.remaining()))) {
    throw new QuoteError('TRAILING_BYTES', 'bytes other than zero follow the quote')
  }
  return { header, signed, body: signed.subarray(signedSize - bodySize), signature, ...enclave }
}

function bodySizeOf(header: QuoteHeader, reader: ByteReader): number {
  if (header.version !== 5) return header.tee === 'tdx' ? tdReportSize.v10 : enclaveReportSize
  const type = reader.u16()
  const size = reader.u32()
  const expected = bodySizes.get(type)
  if (expected === undefined || expected.size !== size || expected.tee !== header.tee) {
    throw new QuoteError('BAD_BODY', `body type ${type} of ${size} bytes in a quote of TEE ${header.tee}`)
  }
  return size
}

function parseQuotingEnclave(
  bytes: Uint8Array,
  context: { readonly header: QuoteHeader; readonly options: ParseQuoteOptions; readonly memory: QuoteMemory },
): QuotingEnclave {
  const { header, options, memory } = context
  const reader = createByteReader(bytes)
  const attestationKey = reader.take(64)
  // Versions 4 and 5 wrap what follows once more (certification data of type 6).
  const inner = header.version === 3 ? reader : openCertificationData(reader, [certificationDataType.qeReport]).data
  const qeReport = parseEnclaveReport(inner.take(enclaveReportSize))
  const qeReportSignature = inner.take(64)
  const qeAuthData = inner.take(inner.u16())
  const allowed = [certificationDataType.pckChain, ...platformDataSizes.keys()]
  const pem = pckChainIn(openCertificationData(inner, allowed), options)
  const pckChain = memory.pckChain(pem, () => parsePemChain(textOf(pem)).map(parseCertificate))
  const commitment = concatBytes(attestationKey, qeAuthData)
  return { attestationKey, qeReport, qeReportSignature, qeAuthData, commitment, pckChain }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

interface CertificationData {
  readonly type: number
  readonly data: ByteReader
}

/** Opens certification data, which must be of an allowed type and reach exactly to the end of what surrounds it. */
function openCertificationData(reader: ByteReader, allowed: readonly number[]): CertificationData {
  const type = reader.u16()
  if (!allowed.includes(type)) {
    throw new QuoteError(
      'UNSUPPORTED_CERTIFICATION_DATA',
      `certification data type ${type}, expected ${allowed.join(', ')}`,
    )
  }
  const size = reader.u32()
  if (size !== reader.remaining()) {
    throw new QuoteError('BAD_AUTH_DATA', `certification data of ${size} bytes, ${reader.remaining()} are left`)
  }
  return { type, data: createByteReader(reader.take(size)) }
}

function pckChainIn({ type, data }: CertificationData, options: ParseQuoteOptions): Uint8Array {
  const bytes = data.take(data.remaining())
  const sizes = platformDataSizes.get(type)
  if (sizes === undefined) return bytes
  if (!sizes.includes(bytes.length)) {
    throw new QuoteError('BAD_AUTH_DATA', `certification data type ${type} of ${bytes.length} bytes`)
  }
  if (options.pckChain === undefined) {
    throw new QuoteError('PCK_CHAIN_ABSENT', `certification data type ${type} has no certificates: pass pckChain`)
  }
  return new TextEncoder().encode(options.pckChain)
}
