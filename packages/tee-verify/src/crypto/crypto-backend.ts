/** One question to a backend: is `signature` over SHA-256 of `message` by `publicKey`? */
export interface SignatureCheck {
  /** x ‖ y, 64 bytes. */
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  /** r ‖ s, 64 bytes. */
  readonly signature: Uint8Array
}

/**
 * The cryptography that verification needs, synchronous. `verifyP256` accepts a high s, which Intel's signers do not normalise,
 * and answers `false` to any malformed input; it never throws.
 */
export interface CryptoBackend {
  readonly name: string
  sha256(bytes: Uint8Array): Uint8Array
  verifyP256(check: SignatureCheck): boolean
}

/** The same with signatures judged asynchronously, as WebCrypto does. */
export interface AsyncCryptoBackend {
  readonly name: string
  sha256(bytes: Uint8Array): Uint8Array
  verifyP256(check: SignatureCheck): Promise<boolean>
}
