import { concatBytes } from '../bytes/concat-bytes.js'
import { QuoteError } from '../quote-error.js'

/** How one document is fetched. */
export interface FetchBytesOptions {
  readonly fetch: typeof globalThis.fetch
  readonly maximumLength: number
  /** Of each attempt. */
  readonly timeoutMs: number
  /** How often a failed attempt is repeated. */
  readonly retries: number
  /** Before the first repetition; doubled with each further one. */
  readonly retryDelayMs: number
  readonly wait: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>
  readonly signal?: AbortSignal | undefined
}

/** A document as served. */
export interface FetchedBytes {
  readonly body: Uint8Array
  readonly headers: Headers
}

const maximumDelayMs = 10_000

/** Failures that a later attempt may not have: the source was not reached, or says that it is busy. */
class TransientFailure extends Error {}

/**
 * Fetches one document: status 200 only, no redirects, at most `maximumLength` bytes.
 * @throws QuoteError `COLLATERAL_UNAVAILABLE`, `COLLATERAL_REDIRECTED`, `TOO_LARGE`; the signal's reason when aborted
 */
export async function fetchBytes(url: string, options: FetchBytesOptions): Promise<FetchedBytes> {
  for (let attempt = 0; ; attempt += 1) {
    options.signal?.throwIfAborted()
    try {
      return await attemptFetch(url, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (!(error instanceof TransientFailure)) throw error
      if (attempt >= options.retries) {
        const detail = `${url}: ${error.message}, after ${attempt + 1} attempts`
        throw new QuoteError('COLLATERAL_UNAVAILABLE', detail, { cause: error.cause })
      }
      await options.wait(Math.min(options.retryDelayMs * 2 ** attempt, maximumDelayMs), options.signal)
    }
  }
}

/** Waits, or throws the signal's reason. */
export async function waitFor(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, milliseconds)
    function done(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    signal?.addEventListener('abort', done)
  })
  signal?.throwIfAborted()
}

async function attemptFetch(url: string, options: FetchBytesOptions): Promise<FetchedBytes> {
  const timeout = AbortSignal.timeout(options.timeoutMs)
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout])
  try {
    const response = await options.fetch(url, { redirect: 'manual', signal, credentials: 'omit' })
    await checkStatus(url, response)
    return { body: await readBody(url, response, options.maximumLength), headers: response.headers }
  } catch (error) {
    if (error instanceof QuoteError || error instanceof TransientFailure) throw error
    throw new TransientFailure('the source cannot be reached', { cause: error })
  }
}

async function checkStatus(url: string, response: Response): Promise<void> {
  const { status } = response
  if (status === 200 && !response.redirected) return
  await response.body?.cancel()
  if (response.type === 'opaqueredirect' || response.redirected || (status >= 300 && status < 400)) {
    throw new QuoteError('COLLATERAL_REDIRECTED', `${url} redirects, and redirects are not followed`)
  }
  if (status === 408 || status === 429 || status >= 500) throw new TransientFailure(`status ${status}`)
  throw new QuoteError('COLLATERAL_UNAVAILABLE', `${url}: status ${status}`)
}

async function readBody(url: string, response: Response, maximumLength: number): Promise<Uint8Array> {
  const reader = response.body?.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  while (reader !== undefined) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > maximumLength) {
      await reader.cancel()
      throw new QuoteError('TOO_LARGE', `${url}: more than ${maximumLength} bytes`)
    }
    parts.push(value)
  }
  return concatBytes(...parts)
}
