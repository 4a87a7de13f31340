import type { Hex, IntentKind } from '../ledger.js'

/** What is kept already when an intent of a payment is written. */
export interface KeptTexts {
  readonly paymentHash: Hex
  readonly payload: string
  /** The receipt of the intent's attempt. */
  readonly receipt: string
}

/** A body as it is kept: whole, or what stands before and behind the text that it quotes. */
export interface QuotedBody {
  readonly body: string
  readonly quotes: 'payload' | 'receipt' | null
  readonly tail: string | null
}

/** Below this it is not worth it. */
const MIN_LENGTH = 64

/** Leaves out of a body what is kept elsewhere, word for word and for good. */
export function quoteBody(body: string, kind: IntentKind, kept: KeptTexts | undefined): QuotedBody {
  const whole = { body, quotes: null, tail: null }
  if (kept === undefined) return whole
  // Who owes for an attempt cannot begin another one, which would bring another payload. Receipts never change.
  const quotes = kind === 'payment' ? 'payload' : 'receipt'
  const text = kept[quotes]
  // Whole objects only, so that nothing is cut inside of a character.
  if (text.length < MIN_LENGTH || !text.startsWith('{') || !text.endsWith('}')) return whole
  const at = body.indexOf(text)
  return at < 0 ? whole : { body: body.slice(0, at), quotes, tail: body.slice(at + text.length) }
}

/** The body of an intent as it was given. */
export const WHOLE_BODY = `CASE intent.quotes
    WHEN 'payload' THEN body || (SELECT payload FROM payment_payload WHERE payment_payload.payment_id = intent.payment_id) || body_tail
    WHEN 'receipt' THEN body || (SELECT receipt_json FROM receipt
      WHERE receipt.payment_id = intent.payment_id AND receipt.attempt = intent.attempt) || body_tail
    ELSE body END`
