/** What went wrong: see the table in the README. */
export type DevchainErrorCode = 'ANVIL_NOT_FOUND' | 'ANVIL_FAILED' | 'RPC_FAILED' | 'REVERTED' | 'NOT_A_DEV_CHAIN'

/** The one error class of this package. */
export class DevchainError extends Error {
  override readonly name = 'DevchainError'
  readonly code: DevchainErrorCode

  constructor(code: DevchainErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
