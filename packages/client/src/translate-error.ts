import { isLlmError } from '@og/llm'
import { ChannelError } from '@og/tee-verify/channel'
import { X402Error } from '@og/x402'
import { ClientError, clientErrorOf } from './client-error.js'
import { VerificationError } from './verification-error.js'

/** Turns whatever a layer below threw into the error that callers see. Nothing that could hold an answer is kept as its cause. */
export function failureOf(error: unknown, options: { readonly signal?: AbortSignal | undefined }): ClientError {
  const known = clientErrorOf(error)
  if (known !== undefined) return known
  if (options.signal?.aborted)
    return new ClientError('ABORTED', 'the call was aborted', { cause: options.signal.reason })
  if (error instanceof X402Error) {
    return new ClientError('PAYMENT_REFUSED', `nothing was paid: ${error.message}`, {
      reason: error.code,
      cause: error,
    })
  }
  if (error instanceof ChannelError) {
    return new VerificationError('VERIFICATION_CHANNEL', `the sealed exchange does not hold: ${error.message}`, {
      reason: error.code,
      cause: error,
    })
  }
  if (isLlmError(error)) {
    const reason = error.api?.code ?? error.code
    const details = { status: error.status, reason }
    if (error.status === 402 || error.status === 412) {
      return new ClientError('PAYMENT_REJECTED', `the node did not take the payment: ${error.message}`, details)
    }
    if (error.code === 'CONNECTION')
      return new ClientError('NETWORK', 'the node could not be reached', { cause: error.cause })
    if (error.code === 'BAD_REQUEST' && error.status === undefined) {
      return new ClientError('INVALID_REQUEST', error.message, { reason })
    }
    if (error.code === 'INVALID_TOOL') return new ClientError('INVALID_REQUEST', error.message, { reason })
    return new ClientError('NODE_ERROR', `the node refused or failed: ${error.message}`, details)
  }
  // `fetch` reports every network failure as a TypeError.
  if (error instanceof TypeError) return new ClientError('NETWORK', 'the node could not be reached', { cause: error })
  if (error instanceof Error) return new ClientError('NODE_ERROR', `the call failed: ${error.name}`)
  return new ClientError('NODE_ERROR', 'the call failed')
}

/** Codes of network failures at which no byte of a request can have left. Browsers do not tell. */
const UNDELIVERED: readonly unknown[] = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]

/** True when an error shows that no connection was made, so that nobody has what was to be sent. */
export function isUndelivered(error: unknown): boolean {
  let current: unknown = error
  for (let depth = 0; depth < 8 && current instanceof Error; depth += 1) {
    if ('code' in current && UNDELIVERED.includes(current.code)) return true
    current = current instanceof AggregateError ? current.errors[0] : current.cause
  }
  return false
}
