import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { Hex } from '../hex.js'
import { keccakBytes, keccakHex } from '../keccak.js'
import { type JsonObject, sortedJsonText } from '../protocol/json.js'
import { paymentIdentifierOf } from '../protocol/payment-identifier.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import { readBody } from '../read-body.js'
import type { Answer } from './answer.js'
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

/** A stored answer, marked as one that was given before. */
export function answerOfStored({ status, headers, body }: StoredAnswer): Answer {
  const bodiless = status === 204 || status === 205 || status === 304
  const fields: Record<string, string | string[]> = { 'og-replayed': 'true' }
  for (const [name, value] of headers) {
    const known = fields[name]
    if (known === undefined) fields[name] = value
    else if (typeof known === 'string') fields[name] = [known, value]
    else known.push(value)
  }
  return { status, headers: fields, body: bodiless ? null : new Uint8Array(body) }
}

function headersOf(answer: Answer): StoredAnswer['headers'] {
  return Object.entries(answer.headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : value.map((item): [string, string] => [name, item]),
  )
}

/** Keeps a copy of an answer as it passes through; also when its reader goes away. */
export function recordAnswer(
  answer: Answer,
  key: AnswerKey,
  { store, maxAnswerBytes = 1024 * 1024 }: PaymentIdentifierOptions,
): Answer {
  const { status, body } = answer
  const keep = async (whole: Promise<Uint8Array | undefined>): Promise<void> => {
    const bytes = await whole.catch(() => undefined)
    const kept = bytes === undefined || bytes.length > maxAnswerBytes ? undefined : bytes
    await store.complete({
      ...key,
      answer: kept === undefined ? undefined : { status, headers: headersOf(answer), body: kept },
    })
  }
  // A store that fails costs the replay, not the answer.
  const start = (whole: Promise<Uint8Array | undefined>): void => void keep(whole).catch(() => undefined)
  if (body instanceof ReadableStream) {
    const [mine, theirs] = body.tee()
    start(readBody(new Response(mine), maxAnswerBytes))
    return { ...answer, body: theirs }
  }
  start(Promise.resolve(typeof body === 'string' ? utf8ToBytes(body) : (body ?? new Uint8Array(0))))
  return answer
}
