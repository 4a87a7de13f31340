import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { concatBytes } from '../bytes/concat-bytes.js'
import { bytesOfHex, type Hex, hexOf } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'

/** How dstack's guest agent turns data into report data. */
export type DstackHash = 'sha512' | 'sha384' | 'sha256' | 'keccak256' | 'raw'

const dstackHashes: Readonly<Record<Exclude<DstackHash, 'raw'>, (bytes: Uint8Array) => Uint8Array>> = {
  sha512,
  sha384,
  sha256,
  keccak256: keccak_256,
}

/**
 * dstack: the hash of `tag ‖ ":" ‖ data`, zeros behind it. The agent's default tag is `app-data`, its default hash SHA-512. With
 * `raw` the data stands for itself, without a tag, at most 64 bytes.
 * @throws QuoteError `BAD_INPUT`
 */
export function dstackReportData(input: {
  readonly data: Uint8Array
  readonly tag?: string
  readonly hash?: DstackHash
}): Hex {
  const { data, tag = 'app-data', hash = 'sha512' } = input
  if (hash === 'raw') return padded(data)
  // Object.hasOwn: a name from outside must not reach the prototype.
  if (!Object.hasOwn(dstackHashes, hash)) throw new QuoteError('BAD_INPUT', 'unknown hash')
  return padded(dstackHashes[hash](concatBytes(new TextEncoder().encode(`${tag}:`), data)))
}

/**
 * NEAR AI: the signing address, filled with zeros to 32 bytes, and the caller's nonce of 32 bytes.
 * @throws QuoteError `BAD_INPUT`
 */
export function nearReportData(input: { readonly signingAddress: Hex; readonly nonce: Hex }): Hex {
  return padded(concatBytes(exactly(input.signingAddress, 20), new Uint8Array(12), exactly(input.nonce, 32)))
}

/**
 * Tinfoil: SHA-256 of the TLS key (SubjectPublicKeyInfo, DER) and the HPKE key of 32 bytes.
 * @throws QuoteError `BAD_INPUT`
 */
export function tinfoilReportData(input: { readonly tlsPublicKeyInfo: Uint8Array; readonly hpkeKey: Hex }): Hex {
  return padded(concatBytes(sha256(input.tlsPublicKeyInfo), exactly(input.hpkeKey, 32)))
}

/**
 * teekit: SHA-512 of nonce, time of issue and X25519 key, each as the bytes that the service gave.
 * @throws QuoteError `BAD_INPUT` unless the key is 32 bytes
 */
export function teekitReportData(input: {
  readonly nonce: Uint8Array
  readonly issuedAt: Uint8Array
  readonly publicKey: Hex
}): Hex {
  return hexOf(sha512(concatBytes(input.nonce, input.issuedAt, exactly(input.publicKey, 32))))
}

/**
 * A nonce alone, as in Google's samples: filled with zeros to 64 bytes. It proves freshness and binds no key.
 * @throws QuoteError `BAD_INPUT` for more than 64 bytes
 */
export function nonceReportData(nonce: Hex): Hex {
  return padded(bytesOfHex(nonce))
}

/**
 * nitriding, which OpenGradient's deployed nodes use on AWS Nitro: the user data of a document names the TLS certificate and the
 * application's signing key by SHA-256, each behind the multihash prefix `12 20`.
 */
export function nitridingUserData(input: {
  /** DER. */
  readonly tlsCertificate: Uint8Array
  /** SubjectPublicKeyInfo, DER. */
  readonly signingKeyInfo: Uint8Array
}): Hex {
  const prefix = Uint8Array.of(0x12, 0x20)
  return hexOf(concatBytes(prefix, sha256(input.tlsCertificate), prefix, sha256(input.signingKeyInfo)))
}

function exactly(hex: Hex, length: number): Uint8Array {
  const bytes = bytesOfHex(hex)
  if (bytes.length !== length) throw new QuoteError('BAD_INPUT', `expected ${length} bytes, got ${bytes.length}`)
  return bytes
}

function padded(bytes: Uint8Array): Hex {
  if (bytes.length > 64) throw new QuoteError('BAD_INPUT', `report data has 64 bytes, got ${bytes.length}`)
  return hexOf(concatBytes(bytes, new Uint8Array(64 - bytes.length)))
}
