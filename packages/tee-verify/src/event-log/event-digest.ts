import { sha384 } from '@noble/hashes/sha2.js'
import { concatBytes } from '../bytes/concat-bytes.js'
import { type Hex, hexOf } from '../bytes/hex.js'
import { dstackEventType, type LogEvent } from './event-log.js'

/**
 * The SHA-384 digest with which dstack's guest extends RTMR3.
 * Version 1: `le32(type) ‖ ":" ‖ name ‖ ":" ‖ payload`. Version 2: the canonical JSON (RFC 8785) of name, payload and type.
 */
export function hashDstackEvent(
  event: { readonly name: string; readonly payload: Uint8Array },
  version: 1 | 2 = 1,
): Hex {
  const encoder = new TextEncoder()
  if (version === 2) {
    // JSON.stringify writes a string as RFC 8785 demands, and these three members are in its order.
    const payload = hexOf(event.payload).slice(2)
    return hexOf(
      sha384(encoder.encode(`{"name":${JSON.stringify(event.name)},"payload":"${payload}","type":${dstackEventType}}`)),
    )
  }
  const type = Uint8Array.of(0x01, 0x00, 0x00, 0x08)
  return hexOf(sha384(concatBytes(type, encoder.encode(`:${event.name}:`), event.payload)))
}

/**
 * The digest of an event as far as it can be computed: of a dstack event from its name and payload, of any other the claimed
 * one. Null when a dstack event claims a digest that its content does not have.
 */
export function digestOf(event: LogEvent): Hex | null {
  if (event.type !== dstackEventType || event.register !== 3) return event.digest
  const versions = event.digestVersion === null ? ([1, 2] as const) : ([event.digestVersion] as const)
  const [first] = versions
  if (event.digest === null) return hashDstackEvent(event, first)
  return versions.map((version) => hashDstackEvent(event, version)).find((digest) => digest === event.digest) ?? null
}

/** Says whether the digest of an event is that of its payload, so that the payload may be read as what was measured. */
export function isPayloadMeasured(event: LogEvent): boolean {
  if (event.type === dstackEventType && event.register === 3) return digestOf(event) !== null
  return event.digest === hexOf(sha384(event.payload))
}
