import { type Hex, hexOf } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'
import { type CborMap, type CborValue, parseCbor } from './cbor-reader.js'
import { type CoseSign1, parseCoseSign1 } from './cose-sign1.js'
import { type P384Certificate, parseP384Certificate } from './p384-certificate.js'

/** What a Nitro enclave says of itself. Parsed, but not yet trusted: `verifyAttestationDocument` judges it. */
export interface AttestationDocument {
  readonly moduleId: string
  /** Unix milliseconds at which the hypervisor made the document. */
  readonly timestampMs: bigint
  /** 48-byte registers by number; 0, 1 and 2 are always there. */
  readonly pcrs: ReadonlyMap<number, Hex>
  /** The certificate of the key that signed the document. */
  readonly certificate: P384Certificate
  /** The root first, the issuer of `certificate` last. */
  readonly caBundle: readonly P384Certificate[]
  readonly publicKey: Hex | null
  readonly userData: Hex | null
  readonly nonce: Hex | null
  /** The message that all of it was read from. */
  readonly message: CoseSign1
}

const maximumDocumentLength = 16_384
const maximumPcrs = 32
const maximumBundle = 8

/** The most bytes of the fields that the enclave fills in (AWS Nitro Enclaves: attestation document specification; what the hypervisor really allows is a little more). */
const maximumLengths = { public_key: 1024, user_data: 4096, nonce: 1024 } as const

const members: readonly (string | bigint)[] = [
  ...['module_id', 'digest', 'timestamp', 'pcrs', 'certificate', 'cabundle', 'public_key', 'user_data', 'nonce'],
]

/**
 * Parses an attestation document of the Nitro hypervisor: a COSE_Sign1 message (ES384) over a CBOR map.
 * @throws QuoteError `TOO_LARGE`, `BAD_CBOR`, `BAD_ATTESTATION_DOCUMENT`, `BAD_DER`, `BAD_CERTIFICATE`
 */
export function parseAttestationDocument(input: Uint8Array): AttestationDocument {
  if (input.length > maximumDocumentLength) throw new QuoteError('TOO_LARGE', `document of ${input.length} bytes`)
  const message = parseCoseSign1(input.slice())
  const map = parseCbor(message.payload)
  if (!isMap(map)) fail('the payload is no map')
  const unknown = [...map.keys()].find((key) => !members.includes(key))
  if (unknown !== undefined) fail(`unknown member ${String(unknown)}`)
  const moduleId = map.get('module_id')
  const timestampMs = map.get('timestamp')
  if (typeof moduleId !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(moduleId)) fail('module_id: expected a name')
  if (typeof timestampMs !== 'bigint' || timestampMs <= 0n) fail('timestamp: expected unix milliseconds')
  if (map.get('digest') !== 'SHA384') fail('digest: expected SHA384')
  const bundle = map.get('cabundle')
  if (!isList(bundle) || bundle.length === 0 || bundle.length > maximumBundle) {
    fail(`cabundle: expected 1 to ${maximumBundle} certificates`)
  }
  return {
    moduleId,
    timestampMs,
    pcrs: pcrsOf(map.get('pcrs')),
    certificate: certificateOf(map.get('certificate')),
    caBundle: bundle.map(certificateOf),
    publicKey: optionalBytes(map, 'public_key'),
    userData: optionalBytes(map, 'user_data'),
    nonce: optionalBytes(map, 'nonce'),
    message,
  }
}

function pcrsOf(value: CborValue | undefined): ReadonlyMap<number, Hex> {
  if (!isMap(value) || value.size > maximumPcrs) fail(`pcrs: expected a map of at most ${maximumPcrs}`)
  const pcrs = new Map<number, Hex>()
  for (const [index, register] of value) {
    if (typeof index !== 'bigint' || index < 0n || index >= BigInt(maximumPcrs)) fail('pcrs: unexpected index')
    if (!(register instanceof Uint8Array) || register.length !== 48) fail('pcrs: expected 48 bytes each')
    pcrs.set(Number(index), hexOf(register))
  }
  if (!pcrs.has(0) || !pcrs.has(1) || !pcrs.has(2)) fail('pcrs: 0, 1 or 2 is missing')
  return pcrs
}

function certificateOf(value: CborValue | undefined): P384Certificate {
  return value instanceof Uint8Array ? parseP384Certificate(value) : fail('certificate: expected DER')
}

function optionalBytes(map: CborMap, name: keyof typeof maximumLengths): Hex | null {
  const value = map.get(name) ?? null
  if (value === null) return null
  if (!(value instanceof Uint8Array) || value.length > maximumLengths[name]) {
    fail(`${name}: expected at most ${maximumLengths[name]} bytes`)
  }
  return hexOf(value)
}

function isMap(value: CborValue | undefined): value is CborMap {
  return value instanceof Map
}

function isList(value: CborValue | undefined): value is readonly CborValue[] {
  return Array.isArray(value)
}

function fail(reason: string): never {
  throw new QuoteError('BAD_ATTESTATION_DOCUMENT', reason)
}
