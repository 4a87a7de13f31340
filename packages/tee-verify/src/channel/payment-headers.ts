import { type Bytes, concatBytes, uint16Of, uint32Of, utf8BytesOf } from './bytes.js'
import { ChannelError } from './channel-error.js'
import { type HeaderField, parseFields } from './header-fields.js'
import type { PaymentHeaders } from './payment-names.js'
import { PAYMENT_LABEL } from './protocol.js'

/** Headers as servers have them: pairs, `Headers`, or Node's record, in which a repeated header may be a list. */
export type OuterHeaders =
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * Picks the payment headers out of outer headers, sorted by name.
 * @throws {ChannelError} `MALFORMED` for a header that stands twice or that HTTP forbids.
 */
export function paymentFieldsIn(headers: OuterHeaders, names: ReadonlySet<string>): readonly HeaderField[] {
  const pairs = isIterable(headers) ? [...headers] : Object.entries(headers).flatMap(pairsOf)
  const found = pairs
    .map(([name, value]): HeaderField => [name.toLowerCase(), trimmed(value)])
    .filter(([name]) => names.has(name))
    .sort(([left], [right]) => (left < right ? -1 : 1))
  if (new Set(found.map(([name]) => name)).size !== found.length) {
    throw new ChannelError('MALFORMED', 'a payment header stands twice outside the seal')
  }
  return parseFields(found)
}

/**
 * What a seal over a message with these outer payment headers covers besides: nothing without any, else
 * `label ‖ 0x00 ‖ count ‖ (uint16 length ‖ name ‖ uint32 length ‖ value) …` in the order of the names.
 */
export function encodePaymentFields(fields: readonly HeaderField[]): Bytes {
  if (fields.length === 0) return new Uint8Array(0)
  const parts = fields.flatMap(([name, value]) => {
    const [nameBytes, valueBytes] = [utf8BytesOf(name), utf8BytesOf(value)]
    return [uint16Of(nameBytes.length), nameBytes, uint32Of(valueBytes.length), valueBytes]
  })
  return concatBytes(utf8BytesOf(PAYMENT_LABEL), new Uint8Array([0, fields.length]), ...parts)
}

/** @throws {ChannelError} `SEALER_MISUSE` for anything but the two words. */
export function checkPaymentHeaders(mode: PaymentHeaders): PaymentHeaders {
  if (mode === 'outside' || mode === 'inside') return mode
  throw new ChannelError('SEALER_MISUSE', "paymentHeaders is 'outside' or 'inside'")
}

function pairsOf([name, value]: readonly [string, string | readonly string[] | undefined]): HeaderField[] {
  if (value === undefined) return []
  return typeof value === 'string' ? [[name, value]] : value.map((item): HeaderField => [name, item])
}

function isIterable(headers: OuterHeaders): headers is Iterable<readonly [string, string]> {
  return typeof (headers as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function'
}

// RFC 9110 §5.5: white space around a value is not part of it, and whoever carries it may drop it.
function trimmed(value: string): string {
  let [start, end] = [0, value.length]
  while (start < end && isSpace(value.charCodeAt(start))) start += 1
  while (end > start && isSpace(value.charCodeAt(end - 1))) end -= 1
  return value.slice(start, end)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}
