import { equalBytes } from '../bytes/equal-bytes.js'
import { QuoteError } from '../quote-error.js'
import { type CborValue, parseCbor } from './cbor-reader.js'
import { encodeCborArray, encodeCborBytes, encodeCborText } from './cbor-writer.js'

/** A COSE_Sign1 message (RFC 9052 §4.2) whose algorithm is ES384. */
export interface CoseSign1 {
  readonly payload: Uint8Array
  /** r ‖ s, 96 bytes. */
  readonly signature: Uint8Array
}

/** The protected header { 1: -35 }, ES384 (RFC 9053 §2.1): the only one that is accepted. */
const es384Header = Uint8Array.of(0xa1, 0x01, 0x38, 0x22)
const coseSign1Tag = 0xd2

/**
 * Reads a COSE_Sign1 message, tagged (18) or not: protected header ES384 and nothing else, empty unprotected header.
 * @throws QuoteError `BAD_CBOR`, `BAD_ATTESTATION_DOCUMENT`
 */
export function parseCoseSign1(bytes: Uint8Array): CoseSign1 {
  const message = parseCbor(bytes[0] === coseSign1Tag ? bytes.subarray(1) : bytes)
  const [header, unprotected, payload, signature, ...others] = isList(message) ? message : []
  if (
    !(header instanceof Uint8Array && unprotected instanceof Map && payload instanceof Uint8Array) ||
    !(signature instanceof Uint8Array) ||
    others.length > 0
  ) {
    throw new QuoteError('BAD_ATTESTATION_DOCUMENT', 'not a COSE_Sign1 message')
  }
  if (!equalBytes(header, es384Header) || unprotected.size > 0) {
    throw new QuoteError('BAD_ATTESTATION_DOCUMENT', 'the COSE header is not ES384 alone')
  }
  if (signature.length !== 96) {
    throw new QuoteError('BAD_ATTESTATION_DOCUMENT', `a signature of ${signature.length} bytes, expected 96`)
  }
  return { payload, signature }
}

/** The bytes that a COSE_Sign1 signature covers: the Sig_structure of RFC 9052 §4.4, without external data. */
export function signedBytesOf(payload: Uint8Array): Uint8Array {
  const empty = new Uint8Array()
  const parts = [es384Header, empty, payload].map(encodeCborBytes)
  return encodeCborArray([encodeCborText('Signature1'), ...parts])
}

/** Writes a COSE_Sign1 message, untagged as the Nitro hypervisor does. */
export function encodeCoseSign1({ payload, signature }: CoseSign1): Uint8Array {
  const emptyMap = Uint8Array.of(0xa0)
  return encodeCborArray([encodeCborBytes(es384Header), emptyMap, encodeCborBytes(payload), encodeCborBytes(signature)])
}

function isList(value: CborValue): value is readonly CborValue[] {
  return Array.isArray(value)
}
