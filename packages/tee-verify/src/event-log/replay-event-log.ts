import { sha384 } from '@noble/hashes/sha2.js'
import { concatBytes } from '../bytes/concat-bytes.js'
import { bytesOfHex, hexOf } from '../bytes/hex.js'
import { QuoteError } from '../quote-error.js'
import { digestOf } from './event-digest.js'
import type { EventLog, Registers } from './event-log.js'

/**
 * Computes what the registers hold after these events: each starts at zero and becomes SHA-384(register ‖ digest) with each event.
 * @throws QuoteError `BAD_EVENT_LOG` when a dstack event claims a digest that its content does not have.
 */
export function replayEventLog(log: EventLog): Registers {
  const registers = [0, 1, 2, 3].map((): Uint8Array => new Uint8Array(48))
  for (const event of log.events) {
    if (event.register === null) continue
    const digest = digestOf(event)
    if (digest === null) throw new QuoteError('BAD_EVENT_LOG', `the digest of event "${event.name}" is not its own`)
    registers[event.register] = sha384(concatBytes(registers[event.register] ?? new Uint8Array(48), bytesOfHex(digest)))
  }
  const [rtMr0, rtMr1, rtMr2, rtMr3] = registers.map(hexOf)
  if (rtMr0 === undefined || rtMr1 === undefined || rtMr2 === undefined || rtMr3 === undefined) {
    throw new QuoteError('BAD_EVENT_LOG', 'a register is missing')
  }
  return { rtMr0, rtMr1, rtMr2, rtMr3 }
}
