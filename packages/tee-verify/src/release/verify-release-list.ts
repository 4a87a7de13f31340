import { ed25519 } from '@noble/curves/ed25519.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bytesOfHex, type Hex, hexOf } from '../bytes/hex.js'
import type { PcrTuple } from '../nitro/check-enclave-policy.js'
import type { MeasurementTuple } from '../policy/check-policy.js'
import {
  canonicalReleaseList,
  type ReleaseKeyAlgorithm,
  type ReleaseList,
  type SignedReleaseList,
} from './release-list.js'

/** A key that may vouch for releases. */
export interface ReleaseKey {
  readonly algorithm: ReleaseKeyAlgorithm
  readonly publicKey: Hex
}

/** What the judgement of a release list depends on. */
export interface VerifyReleaseListOptions {
  /** The keys that may sign. */
  readonly keys: readonly ReleaseKey[]
  readonly product: string
  /** Unix seconds. */
  readonly now: bigint
  /** The highest version seen before, or 1 the first time: an older list could bring a withdrawn build back. */
  readonly minimumVersion: number
}

/** Why a release list is not accepted. */
export type ReleaseListRejectionCode =
  | 'INVALID_OPTIONS'
  | 'KEY_NOT_TRUSTED'
  | 'LIST_SIGNATURE'
  | 'PRODUCT_MISMATCH'
  | 'VERSION_ROLLBACK'
  | 'LIST_NOT_YET_VALID'
  | 'LIST_EXPIRED'
  | 'LIST_EMPTY'

/** The judgement of `verifyReleaseList`. */
export type ReleaseListVerdict =
  | {
      readonly ok: true
      readonly list: ReleaseList
      /** For `QuotePolicy.measurements`. */
      readonly tdx: readonly MeasurementTuple[]
      /** For `EnclavePolicy.measurements`. */
      readonly nitro: readonly PcrTuple[]
    }
  | { readonly ok: false; readonly code: ReleaseListRejectionCode; readonly detail: string }

/** What stands before the canonical JSON in what is signed, so that the signature cannot be one over anything else. */
const domain = 'OpenGradient release list 1\n'

/**
 * Judges whether a release list is by a trusted key, for this product, current, and not older than what was seen. Keep
 * `list.version` and pass it as `minimumVersion` the next time.
 *
 * @example
 * const verdict = verifyReleaseList(parseReleaseList(text), { keys, product: 'gateway', now, minimumVersion: 7 })
 * // { ok: true, tdx: [{ mrTd: '0x…', … }], nitro: [], list }
 */
export function verifyReleaseList(signed: SignedReleaseList, options: VerifyReleaseListOptions): ReleaseListVerdict {
  const { list, algorithm, publicKey } = signed
  const { keys, product, now, minimumVersion } = options
  const reject = (code: ReleaseListRejectionCode, detail: string): ReleaseListVerdict => ({ ok: false, code, detail })
  if (typeof now !== 'bigint' || !Number.isSafeInteger(minimumVersion) || minimumVersion < 1) {
    return reject('INVALID_OPTIONS', 'now must be a bigint of unix seconds, minimumVersion a positive integer')
  }
  const isTrusted = keys.some((key) => key.algorithm === algorithm && key.publicKey.toLowerCase() === publicKey)
  if (!isTrusted) return reject('KEY_NOT_TRUSTED', `${algorithm} key ${publicKey}`)
  if (!isSigned(signed)) return reject('LIST_SIGNATURE', 'the list is not signed by its key')
  if (list.product !== product) return reject('PRODUCT_MISMATCH', `the list is for ${list.product}`)
  if (list.version < minimumVersion) {
    return reject('VERSION_ROLLBACK', `version ${list.version}, and ${minimumVersion} was seen`)
  }
  if (now < list.notBefore) return reject('LIST_NOT_YET_VALID', `valid from ${list.notBefore}, and it is ${now}`)
  if (now > list.notAfter) return reject('LIST_EXPIRED', `valid until ${list.notAfter}, and it is ${now}`)
  const tdx = list.releases.flatMap((release) => release.tdx)
  const nitro = list.releases.flatMap((release) => release.nitro)
  if (tdx.length + nitro.length === 0) return reject('LIST_EMPTY', 'no release is good')
  return { ok: true, list, tdx, nitro }
}

/** Signs a release list. The secret key is 32 bytes; with secp256k1 the signature is over SHA-256 and has a low s. */
export function signReleaseList(
  list: ReleaseList,
  key: { readonly algorithm: ReleaseKeyAlgorithm; readonly secretKey: Uint8Array },
): SignedReleaseList {
  const { algorithm, secretKey } = key
  const message = signedBytesOf(list)
  const isEd25519 = algorithm === 'ed25519'
  const signature = isEd25519 ? ed25519.sign(message, secretKey) : secp256k1.sign(message, secretKey)
  const publicKey = isEd25519 ? ed25519.getPublicKey(secretKey) : secp256k1.getPublicKey(secretKey, true)
  return { list, algorithm, publicKey: hexOf(publicKey), signature: hexOf(signature) }
}

function isSigned({ list, algorithm, publicKey, signature }: SignedReleaseList): boolean {
  try {
    const message = signedBytesOf(list)
    const [key, value] = [bytesOfHex(publicKey), bytesOfHex(signature)]
    // zip215: false is the strict reading of RFC 8032; secp256k1 accepts a low s alone. Both leave a signature one spelling.
    return algorithm === 'ed25519'
      ? ed25519.verify(value, message, key, { zip215: false })
      : secp256k1.verify(value, message, key)
  } catch {
    return false
  }
}

function signedBytesOf(list: ReleaseList): Uint8Array {
  return new TextEncoder().encode(`${domain}${canonicalReleaseList(list)}`)
}
