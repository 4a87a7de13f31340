import { hexOf } from '../bytes/hex.js'
import { parseQuote } from '../quote/quote.js'
import { QuoteError } from '../quote-error.js'
import { systemTsmFiles, type TsmFiles } from './tsm-files.js'

/** Makes quotes of the TD that it runs in: 64 bytes of report data in, the bytes of a quote out. */
export type QuoteSource = (reportData: Uint8Array) => Promise<Uint8Array>

/** Where and how to ask the kernel. */
export interface ConfigfsTsmOptions {
  /** Default `/sys/kernel/config/tsm/report`: a Linux 6.7 or newer with configfs mounted. */
  readonly root?: string
  /** How often a request is made anew when somebody else interfered or the host was busy; default 4. */
  readonly retries?: number
  /** Before the first repetition; doubled with each further one. Default 50. */
  readonly retryDelayMs?: number
  readonly randomBytes?: (length: number) => Uint8Array
  readonly wait?: (milliseconds: number) => Promise<void>
  /** Default: the file system. */
  readonly files?: TsmFiles
}

const reportDataLength = 64
const maximumQuoteLength = 65_536
/** Somebody has the entry, the host's quoting service is busy or did not answer in time, a signal came. */
const passingCodes: ReadonlySet<unknown> = new Set(['EEXIST', 'EBUSY', 'EAGAIN', 'EINTR', 'ETIMEDOUT'])

/** A failure that another attempt may not have. */
class PassingFailure extends Error {}

/**
 * Creates a source of quotes on Linux's `configfs-tsm` (Documentation/ABI/testing/configfs-tsm-report). Each request has an
 * entry of its own, which is gone afterwards. A quote counts only if nothing was written to the entry meanwhile
 * (`generation`), if the provider is `tdx_guest`, and if it carries the report data that was asked for.
 *
 * @example
 * const quoteOf = configfsTsmQuoteSource()
 * const quote = await quoteOf(reportData)
 *
 * @throws QuoteError from the function that it returns: `BAD_INPUT`; `QUOTE_SOURCE_UNAVAILABLE` outside a TD; `QUOTE_SOURCE_BUSY`
 * when every attempt was interfered with; `QUOTE_SOURCE_MISMATCH` for a quote of other report data; and those of `parseQuote`
 */
export function configfsTsmQuoteSource(options: ConfigfsTsmOptions = {}): QuoteSource {
  const { root = '/sys/kernel/config/tsm/report', retries = 4, retryDelayMs = 50 } = options
  const { files = systemTsmFiles, randomBytes = systemRandomBytes, wait = systemWait } = options

  async function attempt(reportData: Uint8Array): Promise<Uint8Array> {
    const entry = `${root}/og-${hexOf(randomBytes(8)).slice(2)}`
    await orFailure('make a report entry', files.makeFolder(entry))
    try {
      return await quoteIn(entry, reportData, files)
    } finally {
      await orFailure('remove the report entry', files.removeFolder(entry))
    }
  }
  return async (reportData) => {
    if (!(reportData instanceof Uint8Array) || reportData.length !== reportDataLength) {
      throw new QuoteError('BAD_INPUT', `report data is ${reportDataLength} bytes`)
    }
    // The caller may reuse its buffer while the kernel is asked.
    const asked = reportData.slice()
    for (let failures = 0; ; failures += 1) {
      try {
        return await attempt(asked)
      } catch (error) {
        if (!(error instanceof PassingFailure)) throw error
        if (failures >= retries) {
          const detail = `${error.message}, after ${failures + 1} attempts`
          throw new QuoteError('QUOTE_SOURCE_BUSY', detail, { cause: error.cause })
        }
        await wait(retryDelayMs * 2 ** failures)
      }
    }
  }
}

async function quoteIn(entry: string, reportData: Uint8Array, files: TsmFiles): Promise<Uint8Array> {
  const readGeneration = async (): Promise<number> => {
    const text = (await orFailure('read the generation', files.readText(`${entry}/generation`))).trim()
    if (!/^\d{1,15}$/.test(text)) throw new QuoteError('QUOTE_SOURCE_UNAVAILABLE', `generation "${text.slice(0, 32)}"`)
    return Number(text)
  }
  const provider = (await orFailure('read the provider', files.readText(`${entry}/provider`))).trim()
  if (provider !== 'tdx_guest') {
    throw new QuoteError('QUOTE_SOURCE_UNAVAILABLE', `reports are made by "${provider.slice(0, 32)}", not by tdx_guest`)
  }
  const before = await readGeneration()
  await orFailure('write the report data', files.writeBytes(`${entry}/inblob`, reportData))
  // One write, ours, counts the generation up by one.
  if ((await readGeneration()) !== before + 1) throw new PassingFailure('somebody else wrote to the report entry')
  const quote = await orFailure('read the quote', files.readBytes(`${entry}/outblob`))
  if ((await readGeneration()) !== before + 1) throw new PassingFailure('the report entry changed while it was read')
  if (quote.length > maximumQuoteLength) throw new QuoteError('TOO_LARGE', `quote of ${quote.length} bytes`)
  if (parseQuote(quote).td.reportData !== hexOf(reportData)) {
    throw new QuoteError('QUOTE_SOURCE_MISMATCH', 'the quote carries other report data than was asked for')
  }
  return quote
}

async function orFailure<Value>(what: string, operation: Promise<Value>): Promise<Value> {
  try {
    return await operation
  } catch (cause) {
    const code = codeOf(cause)
    if (passingCodes.has(code)) throw new PassingFailure(`could not ${what}: ${String(code)}`, { cause })
    throw new QuoteError('QUOTE_SOURCE_UNAVAILABLE', `could not ${what}: ${String(code)}`, { cause })
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : error
}

function systemRandomBytes(length: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(length))
}

function systemWait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
