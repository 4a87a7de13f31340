import type { SettleResponse } from '../protocol/settle-response.js'
import { watchStream } from '../watch-body.js'
import { type Answer, discardAnswer, failureAnswer, paidAnswer } from './answer.js'
import type { AnswerKey } from './answer-store.js'
import type { IdentifiedCalls } from './identified-call.js'
import type { PaidCall, SettlementEvent } from './paywall-options.js'
import type { AttemptKey, ReservationStore } from './reservation-store.js'
import { isUnknown, type SettleCall, type SettledCall } from './settle-call.js'

/** A reserved call on its way through the paywall. */
export interface Call extends SettledCall {
  readonly key: AttemptKey
  readonly answerKey: AnswerKey | undefined
  demand(error: string, settlement?: SettleResponse): Promise<Answer>
  /** Runs the handler. */
  run(charge: PaidCall['charge']): Promise<Answer>
}

/** What runs and settles reserved calls. */
export interface CallRunner {
  /** Settles after the handler, or after its answer. */
  serveAuthorized(call: Call): Promise<Answer>
  /** Settles before the handler. */
  serveUpfront(call: Call): Promise<Answer>
  /** Frees a payment that was not charged for the same request. */
  release(call: Pick<Call, 'key' | 'answerKey'>): Promise<void>
}

/** Keeps a stated charge within 0 and the ceiling. */
export function chargeWithin(amount: bigint, ceiling: bigint): bigint {
  return amount < 0n ? 0n : amount > ceiling ? ceiling : amount
}

/** Calls back when an answer has been read or cannot be read any more, and passes it on unbuffered. */
export function whenSent(answer: Answer, onEnd: () => void): Answer {
  const { body } = answer
  return body instanceof ReadableStream ? { ...answer, body: watchStream(body, onEnd) } : { ...answer, onSent: onEnd }
}

/** Builds the runner of a paywall. */
export function createCallRunner(options: {
  readonly store: ReservationStore
  readonly settle: SettleCall
  readonly settlesAfter: (answer: Answer) => boolean
  readonly identified: IdentifiedCalls | undefined
  readonly onSettlement: ((event: SettlementEvent) => void) | undefined
}): CallRunner {
  const { store, settle, settlesAfter, identified, onSettlement } = options

  const release: CallRunner['release'] = async ({ key, answerKey }) => {
    await store.release(key)
    if (answerKey !== undefined) await identified?.abandon(answerKey)
  }

  function record({ answerKey }: Call, answer: Answer): Answer {
    return answerKey === undefined || identified === undefined ? answer : identified.record(answer, answerKey)
  }

  /** Runs the handler; when it fails, the payment is free for the same request again. */
  async function runHandler(call: Call, charge: PaidCall['charge']): Promise<Answer> {
    try {
      const answer = await call.run(charge)
      if (answer.status >= 400) await release(call)
      return answer
    } catch (error) {
      await release(call)
      throw error
    }
  }

  return {
    release,
    async serveUpfront(call) {
      const settlement = await settle(call, call.payment.authorized)
      if (settlement === undefined || isUnknown(settlement)) {
        // Sent again, the same payment finds out what became of it; nothing is sent twice.
        await release(call)
        return failureAnswer('settlement_pending', 'the payment is being settled: send the same request again', {
          settlement,
          headers: { 'retry-after': '2' },
        })
      }
      if (!settlement.success) {
        await release(call)
        return call.demand(settlement.errorReason ?? 'unexpected_settle_error', settlement)
      }
      const answer = await runHandler(call, () => undefined)
      if (answer.status >= 400) return paidAnswer(answer, settlement)
      await store.finish({ ...call.key, settlement })
      return record(call, paidAnswer(answer, settlement))
    },
    async serveAuthorized(call) {
      const { payment } = call
      let charged = payment.authorized
      const answer = await runHandler(call, (amount) => {
        charged = chargeWithin(amount, payment.authorized)
      })
      if (answer.status >= 400) return paidAnswer(answer, undefined)
      const settleCharge = async (): Promise<SettleResponse | undefined> => {
        const settlement = await settle(call, payment.scheme === 'upto' ? charged : payment.authorized)
        await store.finish({ ...call.key, settlement })
        return settlement
      }
      if (settlesAfter(answer)) {
        // Whatever was delivered is charged: at the end, on a client that goes away, and on a stream that breaks.
        const onEnd = (): void => {
          settleCharge().catch(() => onSettlement?.({ paymentHash: payment.paymentHash, settlement: undefined }))
        }
        return record(call, paidAnswer(whenSent(answer, onEnd), undefined))
      }
      const settlement = await settleCharge()
      // An unknown outcome or a pending transaction is never answered with a 402, which would ask for a second payment.
      if (settlement !== undefined && !settlement.success && !isUnknown(settlement)) {
        await discardAnswer(answer)
        if (call.answerKey !== undefined) await identified?.abandon(call.answerKey)
        return call.demand(settlement.errorReason ?? 'unexpected_settle_error', settlement)
      }
      return record(call, paidAnswer(answer, settlement))
    },
  }
}
