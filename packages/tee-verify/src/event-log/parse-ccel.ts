import { type ByteReader, createByteReader } from '../bytes/byte-reader.js'
import { equalBytes, isZero } from '../bytes/equal-bytes.js'
import { hexOf } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'
import { type EventLog, type LogEvent, maximumEvents, maximumPayloadLength, type RegisterIndex } from './event-log.js'

const maximumCcelLength = 4_194_304
const maximumAlgorithms = 8
const maximumDigestLength = 64
const noAction = 3
const sha384Algorithm = 0x000c
const signature = new TextEncoder().encode('Spec ID Event03\0')

/** Digest sizes that TCG fixes; any other algorithm has the size that the header states. */
const knownDigestLengths: ReadonlyMap<number, number> = new Map([
  [0x0004, 20],
  [0x000b, 32],
  [sha384Algorithm, 48],
  [0x000d, 64],
  [0x0012, 32],
])

/**
 * Parses a confidential-computing event log (ACPI table CCEL, crypto-agile format of TCG PC Client Platform Firmware Profile
 * §10.4.5). Every event must carry each announced digest once, SHA-384 among them; whatever follows the last event must be
 * unused memory (all 0xFF or all zero).
 * @throws QuoteError `BAD_EVENT_LOG`, `TOO_LARGE`, `TRUNCATED`
 */
export function parseCcel(bytes: Uint8Array): EventLog {
  if (bytes.length > maximumCcelLength) throw new QuoteError('TOO_LARGE', `event log of ${bytes.length} bytes`)
  const reader = createByteReader(bytes)
  const digestLengths = parseHeader(reader)
  const events: LogEvent[] = []
  while (!isUnused(bytes.subarray(bytes.length - reader.remaining()))) {
    if (events.length === maximumEvents) throw new QuoteError('TOO_LARGE', `more than ${maximumEvents} events`)
    events.push(parseEvent(reader, digestLengths))
  }
  return { format: 'ccel', events }
}

/** Memory behind the last event: nothing, all 0xFF (EDK II), or all zero (td-shim). */
function isUnused(rest: Uint8Array): boolean {
  if (rest.length === 0 || !rest.subarray(0, 4).every((byte) => byte === 0xff)) return isZero(rest)
  if (rest.every((byte) => byte === 0xff)) return true
  throw new QuoteError('BAD_EVENT_LOG', 'bytes follow the end of the log')
}

/** TCG_PCR_EVENT (SHA-1 layout) with TCG_EfiSpecIDEvent: which digests each event carries. */
function parseHeader(reader: ByteReader): ReadonlyMap<number, number> {
  const register = reader.u32()
  const type = reader.u32()
  const digest = reader.take(20)
  const body = createByteReader(reader.take(reader.u32()))
  if (register > 4 || type !== noAction || !isZero(digest) || !equalBytes(body.take(16), signature)) {
    throw new QuoteError('BAD_EVENT_LOG', 'the log does not start with "Spec ID Event03"')
  }
  body.take(4) // platform class
  const [, major] = body.take(4) // minor and major version, errata, size of UINTN
  const count = body.u32()
  if (major !== 2 || count === 0 || count > maximumAlgorithms) {
    throw new QuoteError('BAD_EVENT_LOG', `version ${major} with ${count} algorithms`)
  }
  const digestLengths = new Map<number, number>()
  for (let index = 0; index < count; index += 1) {
    const algorithm = body.u16()
    const length = body.u16()
    const known = knownDigestLengths.get(algorithm) ?? length
    if (length !== known || length === 0 || length > maximumDigestLength || digestLengths.has(algorithm)) {
      throw new QuoteError('BAD_EVENT_LOG', `algorithm ${algorithm} with digests of ${length} bytes`)
    }
    digestLengths.set(algorithm, length)
  }
  if (!digestLengths.has(sha384Algorithm)) throw new QuoteError('BAD_EVENT_LOG', 'the log has no SHA-384 digests')
  const [vendorLength = 0] = body.take(1)
  body.take(vendorLength)
  if (body.remaining() !== 0) throw new QuoteError('BAD_EVENT_LOG', 'the header has unexpected bytes')
  return digestLengths
}

/** TCG_PCR_EVENT2; register n of the log is RTMR n - 1 (Intel TDX Virtual Firmware Design Guide §8.1.2, 0 is MRTD). */
function parseEvent(reader: ByteReader, digestLengths: ReadonlyMap<number, number>): LogEvent {
  const index = reader.u32()
  const type = reader.u32()
  const count = reader.u32()
  if (count !== digestLengths.size) {
    throw new QuoteError('BAD_EVENT_LOG', `an event has ${count} digests, expected ${digestLengths.size}`)
  }
  const digests = new Map<number, Uint8Array>()
  for (let digest = 0; digest < count; digest += 1) {
    const algorithm = reader.u16()
    const length = digestLengths.get(algorithm)
    if (length === undefined || digests.has(algorithm)) {
      throw new QuoteError('BAD_EVENT_LOG', `an event has an unexpected digest of algorithm ${algorithm}`)
    }
    digests.set(algorithm, reader.take(length))
  }
  const payloadLength = reader.u32()
  if (payloadLength > maximumPayloadLength) throw new QuoteError('TOO_LARGE', `an event of ${payloadLength} bytes`)
  const payload = reader.take(payloadLength)
  const common = { type, digest: hexOf(digests.get(sha384Algorithm) ?? new Uint8Array()), name: '', payload }
  return { ...common, register: type === noAction ? null : registerOf(index), digestVersion: null }
}

function registerOf(index: number): RegisterIndex {
  if (index === 1 || index === 2 || index === 3 || index === 4) return (index - 1) as RegisterIndex
  throw new QuoteError('BAD_EVENT_LOG', `an event extends register ${index}, and a log can extend 1 to 4`)
}
