import type { Hex } from '../hex.js'
import { keccakBytes, keccakHex } from '../keccak.js'
import { type JsonObject, sortedJsonText } from '../protocol/json.js'
import { paymentIdentifierOf } from '../protocol/payment-identifier.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import { readBody } from '../read-body.js'
import type { AnswerKey, AnswerStore, KnownAnswer, StoredAnswer } from './answer-store.js'

/** How a paywall implements payment identifiers. */
export interface PaymentIdentifierOptions {
  readonly store: AnswerStore
  /** Refuses payments without an identifier; false when absent. */
  readonly required?: boolean
  /** Largest answer body that is kept, in bytes; 1 MiB when absent. A longer one is given once only. */
  readonly maxAnswerBytes?: number
  /** How long a duplicate waits for the first to end, in milliseconds; 30 000 when absent. */
  readonly waitMs?: number
}

const POLL_MS = 50

/** Names the call of a payment with an identifier: this payment, for this request. */
export function answerKeyOf(payload: PaymentPayload, requestHash: Hex): AnswerKey | 'malformed' | undefined {
  const identifier = paymentIdentifierOf(payload)
  if (identifier === undefined || identifier === 'malformed') return identifier
  const text = sortedJsonText(payload as unknown as JsonObject)
  const encode = (part: string): Uint8Array => keccakBytes(new TextEncoder().encode(part))
  return { id: identifier.id, fingerprint: keccakHex(encode(text), encode(requestHash)) }
}

/** Looks a call up; waits while it runs, and with `isRunning` while the store does not know of it yet. */
export async function findAnswer(
  key: AnswerKey,
  options: PaymentIdentifierOptions & { readonly now: () => bigint; readonly isRunning?: boolean },
): Promise<KnownAnswer> {
  const { store, now, waitMs = 30_000, isRunning = false } = options
  const until = Date.now() + waitMs
  for (;;) {
    const known = await store.find({ ...key, now: now() })
    const isUnderWay = known.kind === 'running' || (isRunning && known.kind === 'unknown')
    if (!isUnderWay || Date.now() >= until) return known
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** A stored answer as a response. */
export function responseOf({ status, headers, body }: StoredAnswer): Response {
  const bodiless = status === 204 || status === 205 || status === 304
  return new Response(bodiless ? null : new Uint8Array(body), {
    status,
    headers: [...headers.map(([name, value]): [string, string] => [name, value]), ['og-replayed', 'true']],
  })
}

/** Keeps a copy of an answer as it passes through; also when its reader goes away. */
export function recordAnswer(
  response: Response,
  key: AnswerKey,
  { store, maxAnswerBytes = 1024 * 1024 }: PaymentIdentifierOptions,
): Response {
  const copy = response.clone()
  const keep = async (): Promise<void> => {
    const body = await readBody(copy, maxAnswerBytes).catch(() => undefined)
    const answer = body === undefined ? undefined : { status: copy.status, headers: [...copy.headers], body }
    await store.complete({ ...key, answer })
  }
  // A store that fails costs the replay, not the answer.
  keep().catch(() => undefined)
  return response
}
