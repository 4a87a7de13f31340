import { LedgerError } from '../ledger-error.js'

/** The SQLSTATE, or the code of the operating system. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Whether the error carries the SQLSTATE. */
export function hasCode(error: unknown, code: string): boolean {
  return codeOf(error) === code
}

/**
 * A lost race, after which the whole transaction may simply run again: serialisation failure, deadlock, a unique key
 * that another transaction took meanwhile, a plan from before a migration.
 */
export function isRetryable(error: unknown): boolean {
  return ['40001', '40P01', '23505', '0A000'].includes(codeOf(error))
}

/** The connection is of no use any more: gone, timed out, or the server is shutting down. */
export function isConnectionLoss(error: unknown): boolean {
  const code = codeOf(error)
  // Errors of the server have five characters and a severity; everything else came from the socket or the driver.
  return /^(08|57P)/.test(code) || !(error instanceof LedgerError || /^[0-9A-Z]{5}$/.test(code))
}

/** The one error that users see of all this. */
export function unavailable(error: unknown): LedgerError {
  const code = codeOf(error)
  const detail = code === '42501' ? 'the role has no right to do this: let the owner migrate and grant first' : ''
  return new LedgerError(
    'STORE_UNAVAILABLE',
    `the ledger database could not be read or written${code === '' ? '' : ` (${code})`}${detail === '' ? '' : `: ${detail}`}`,
    { cause: error },
  )
}
