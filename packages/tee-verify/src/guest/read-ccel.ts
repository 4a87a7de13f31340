import { readFile } from 'node:fs/promises'
import type { EventLog } from '../event-log/event-log.js'
import { parseCcel } from '../event-log/parse-ccel.js'
import { QuoteError } from '../quote-error.js'

/**
 * Reads the boot event log of the TD that it runs in, as the firmware left it in the ACPI table CCEL. `verifyEventLog` of
 * `./event-log` compares it with a quote.
 * @throws QuoteError `QUOTE_SOURCE_UNAVAILABLE` where there is none; `BAD_EVENT_LOG`, `TOO_LARGE`, `TRUNCATED`
 */
export async function readCcelEventLog(options: { readonly path?: string } = {}): Promise<EventLog> {
  const { path = '/sys/firmware/acpi/tables/data/CCEL' } = options
  let bytes: Uint8Array
  try {
    bytes = new Uint8Array(await readFile(path))
  } catch (cause) {
    throw new QuoteError('QUOTE_SOURCE_UNAVAILABLE', `no event log at ${path}`, { cause })
  }
  return parseCcel(bytes)
}
