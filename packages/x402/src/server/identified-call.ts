import type { Hex } from '../hex.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import { type Answer, failureAnswer } from './answer.js'
import type { AnswerKey } from './answer-store.js'
import {
  answerKeyOf,
  answerOfStored,
  findAnswer,
  type PaymentIdentifierOptions,
  recordAnswer,
} from './recorded-call.js'

const conflict = (): Answer =>
  failureAnswer('payment_identifier_conflict', 'this payment identifier was used for another call')

/** What a payment's identifier does to a call. */
export interface IdentifiedCalls {
  /** The call's name, or the answer to one that has none, or the wrong one. */
  nameOf(payload: PaymentPayload, requestHash: Hex): AnswerKey | Answer | undefined
  /** What was answered before; with `isRunning` also when the store does not know of the call yet. */
  replay(key: AnswerKey, isRunning?: boolean): Promise<Answer | undefined>
  /** Claims the name; an answer when it is another call's. */
  begin(key: AnswerKey, expiresAt: bigint): Promise<Answer | undefined>
  /** The call failed uncharged. */
  abandon(key: AnswerKey): Promise<void>
  record(answer: Answer, key: AnswerKey): Answer
}

/** Tells an answer from a name. */
export function isAnswer(value: AnswerKey | Answer): value is Answer {
  return 'status' in value
}

/** Builds the keeping of answers by payment identifier. */
export function createIdentifiedCalls(options: PaymentIdentifierOptions, clock: () => bigint): IdentifiedCalls {
  return {
    nameOf(payload, requestHash) {
      const named = answerKeyOf(payload, requestHash)
      if (named === 'malformed') {
        return failureAnswer('payment_identifier_malformed', 'the payment identifier has not the right shape')
      }
      if (named === undefined && options.required === true) {
        return failureAnswer('payment_identifier_required', 'this resource takes payments with an identifier only')
      }
      return named
    },
    async replay(key, isRunning = false) {
      const known = await findAnswer(key, { ...options, now: clock, isRunning })
      switch (known.kind) {
        case 'answered':
          return answerOfStored(known.answer)
        case 'conflict':
          return conflict()
        case 'running':
          return failureAnswer('payment_in_progress', 'a request with this payment is running', {
            headers: { 'retry-after': '1' },
          })
        case 'lost':
          return failureAnswer('payment_already_used', 'this payment has had its answer')
        case 'unknown':
          return undefined
      }
    },
    async begin(key, expiresAt) {
      const known = await options.store.begin({ ...key, now: clock(), expiresAt })
      return known.kind === 'conflict' ? conflict() : undefined
    },
    abandon: (key) => options.store.abandon(key),
    record: (answer, key) => recordAnswer(answer, key, options),
  }
}
