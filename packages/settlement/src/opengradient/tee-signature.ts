import { decodeBase64, encodeBase64 } from '../base64.js'
import { bytesOf, type Hex } from '../hex.js'

/** The part of WebCrypto that is needed: `crypto.subtle` of a browser, of Node or of a worker. */
export type RsaCrypto = Pick<SubtleCrypto, 'importKey' | 'sign' | 'verify'>

// RSA-PSS over SHA-256 with MGF1-SHA256 and a salt of 32 bytes, as OpenGradient's gateway signs.
const algorithm = { name: 'RSA-PSS', hash: 'SHA-256' } as const
const parameters = { name: 'RSA-PSS', saltLength: 32 } as const
/** Longest signature that is looked at, in base64 characters: an RSA key of 8192 bits. */
export const MAX_TEE_SIGNATURE = 1368
const MIN_MODULUS_BITS = 2048

/** What {@link signTeeMessage} signs with. */
export interface TeeSigner {
  readonly subtle: RsaCrypto
  /** An RSA-PSS key with SHA-256. */
  readonly privateKey: CryptoKey
}

/**
 * Signs a message hash with the enclave's RSA key; the signature is base64, and another one each time (PSS is salted).
 *
 * @throws SettlementError `INVALID_HEX`; what WebCrypto throws for a key of another kind.
 */
export async function signTeeMessage(messageHash: Hex, { subtle, privateKey }: TeeSigner): Promise<string> {
  const message = bytesOf(messageHash, 32)
  return encodeBase64(new Uint8Array(await subtle.sign(parameters, privateKey, message.slice())))
}

/** What {@link verifyTeeSignature} judges. */
export interface TeeSignatureClaim {
  readonly messageHash: Hex
  /** Base64. */
  readonly signature: string
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
}

/** Tells whether the RSA key signed the message hash. Never throws because of its input; keys below 2048 bits never did. */
export async function verifyTeeSignature(
  claim: TeeSignatureClaim,
  { subtle }: { readonly subtle: RsaCrypto },
): Promise<boolean> {
  if (claim.signature.length > MAX_TEE_SIGNATURE) return false
  try {
    const signature = decodeBase64(claim.signature)
    const message = bytesOf(claim.messageHash, 32)
    const key = await subtle.importKey('spki', claim.publicKey.slice(), algorithm, true, ['verify'])
    if (!isLongEnough(key)) return false
    return await subtle.verify(parameters, key, signature.slice(), message.slice())
  } catch {
    return false
  }
}

function isLongEnough({ algorithm: found }: CryptoKey): boolean {
  return 'modulusLength' in found && typeof found.modulusLength === 'number' && found.modulusLength >= MIN_MODULUS_BITS
}
