import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { type JsonObject, sortedJsonText } from '../protocol/json.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { QUOTE_MEMBER, withoutQuote } from '../protocol/quote-member.js'
import { X402Error } from '../x402-error.js'

/** How a paywall keeps its word on prices that changed since. */
export interface QuoteOptions {
  /**
   * Keys of at least 32 random bytes, the same for all replicas. The first signs, each recognises: to rotate, add the new key behind
   * the old one everywhere, then put it in front, and drop the old one `validSeconds` later.
   */
  readonly secrets: readonly [Uint8Array, ...Uint8Array[]]
  /** How long a quoted price holds, in whole seconds. */
  readonly validSeconds: number
}

/** Quotes prices, and recognises the quotes of every replica that shares a secret. */
export interface PriceQuotes {
  /** The requirements with a quote in `extra`. */
  quote(requirements: PaymentRequirements, priceClass: string): PaymentRequirements
  /** The requirements that a payment echoes, without their quote, if they were quoted for this class and still hold. */
  recognise(payload: PaymentPayload, priceClass: string): PaymentRequirements | undefined
}

const QUOTE = /^1\.(\d{1,12})\.([0-9a-f]{64})$/
const MIN_SECRET_BYTES = 32
const MAX_VALID_SECONDS = 31_536_000

function isEqualBytes(a: Uint8Array, b: Uint8Array): boolean {
  // Takes as long for a wrong first byte as for a wrong last one.
  let difference = a.length ^ b.length
  for (let index = 0; index < a.length; index += 1) difference |= (a[index] ?? 0) ^ (b[index] ?? 0)
  return difference === 0
}

/**
 * Builds quotes of the form `1.<until>.<HMAC-SHA256>` over the price class, the last second and every member of the requirements.
 * @throws X402Error `INVALID_OPTIONS`
 */
export function createPriceQuotes(options: QuoteOptions & { readonly clock: () => bigint }): PriceQuotes {
  const { validSeconds, clock } = options
  if (options.secrets.length === 0 || options.secrets.some(({ length }) => length < MIN_SECRET_BYTES)) {
    throw new X402Error('INVALID_OPTIONS', `quotes.secrets: expected keys of at least ${MIN_SECRET_BYTES} bytes`)
  }
  if (!Number.isInteger(validSeconds) || validSeconds < 1 || validSeconds > MAX_VALID_SECONDS) {
    throw new X402Error('INVALID_OPTIONS', 'quotes.validSeconds: expected whole seconds, a year at most')
  }
  const [first, ...others] = options.secrets
  const signing = first.slice()
  const secrets = [signing, ...others.map((secret) => secret.slice())]

  function textOf(terms: PaymentRequirements, until: string, priceClass: string): Uint8Array {
    const requirements = sortedJsonText(terms as unknown as JsonObject)
    return utf8ToBytes(JSON.stringify(['og-x402-quote-1', priceClass, until, requirements]))
  }

  return {
    quote(requirements, priceClass) {
      const terms = withoutQuote(requirements)
      const until = (clock() + BigInt(validSeconds)).toString()
      const mac = bytesToHex(hmac(sha256, signing, textOf(terms, until, priceClass)))
      return { ...terms, extra: { ...terms.extra, [QUOTE_MEMBER]: `1.${until}.${mac}` } }
    },
    recognise({ accepted }, priceClass) {
      const quote = accepted.extra?.[QUOTE_MEMBER]
      const [, until, mac] = (typeof quote === 'string' ? QUOTE.exec(quote) : undefined) ?? []
      if (until === undefined || mac === undefined || BigInt(until) < clock()) return undefined
      const terms = withoutQuote(accepted)
      const text = textOf(terms, until, priceClass)
      const given = hexToBytes(mac)
      return secrets.some((secret) => isEqualBytes(hmac(sha256, secret, text), given)) ? terms : undefined
    },
  }
}
