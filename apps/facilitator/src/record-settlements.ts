import { AsyncLocalStorage } from 'node:async_hooks'
import type { SettlementQuestion, SettlementStore } from '@og/ledger/x402'
import {
  amountOf,
  isHex,
  type PaymentPayload,
  type PaymentRequirements,
  parseAddress,
  parsePaymentPayload,
  parsePaymentRequirements,
  type SettleResponse,
} from '@og/x402'
import type { ChainWriter } from '@og/x402/evm'
import type { Facilitator } from '@og/x402/facilitator'
import { paymentNameOf } from './payment-name.js'

/** Settlements that survive this process. */
export interface SettlementRecorder {
  /** Records each settlement's end. */
  recordAnswers(facilitator: Facilitator): Facilitator
  /** Records what is about to be sent, before it is sent. What never gets that far leaves no record. */
  recordSending(writer: ChainWriter): ChainWriter
  /** Asks again what was open when a process before this one ended, or is still. Answers how many there were. */
  resume(facilitator: Facilitator, options: { readonly untouchedSince: bigint }): Promise<number>
}

const RESUMED_AT_ONCE = 100
/** The outcome is not known yet: the same question finds it out. */
const OPEN_REASONS: readonly string[] = ['settlement_pending', 'unexpected_settle_error']

function questionOf(payload: PaymentPayload, requirements: PaymentRequirements): SettlementQuestion | undefined {
  const name = paymentNameOf(payload, requirements)
  if (name === undefined) return undefined
  try {
    return {
      ...name,
      scheme: requirements.scheme,
      network: requirements.network,
      payTo: parseAddress(requirements.payTo),
      asset: parseAddress(requirements.asset),
      amount: amountOf(requirements),
      question: JSON.stringify({ payload, requirements }),
    }
  } catch {
    return undefined
  }
}

function amountIn({ amount }: SettleResponse): bigint | undefined {
  return amount !== undefined && /^\d{1,78}$/.test(amount) ? BigInt(amount) : undefined
}

/** Creates a recorder. `onError` hears of records that could not be written after the fact. */
export function createSettlementRecorder(options: {
  readonly settlements: SettlementStore
  readonly onError: (error: unknown) => void
}): SettlementRecorder {
  const { settlements, onError } = options
  const asked = new AsyncLocalStorage<SettlementQuestion>()

  async function conclude(question: SettlementQuestion, answer: SettleResponse): Promise<void> {
    const { paymentHash } = question
    const transaction = isHex(answer.transaction, 32) ? { transaction: answer.transaction } : {}
    if (answer.success) {
      // Nothing moved: there is nothing to look up, and anybody can ask for that.
      if (answer.transaction === '') return
      const amount = amountIn(answer)
      // It may have been settled by somebody else, without a record here.
      await settlements.begin(question)
      await settlements.conclude(paymentHash, {
        state: 'settled',
        ...transaction,
        ...(amount === undefined ? {} : { amount }),
      })
      return
    }
    const reason = answer.errorReason ?? 'unexpected_settle_error'
    await settlements.conclude(paymentHash, {
      state: OPEN_REASONS.includes(reason) ? 'open' : 'failed',
      reason,
      ...transaction,
    })
  }

  return {
    recordAnswers: (facilitator) => ({
      ...facilitator,
      async settle(payload, requirements) {
        const question = questionOf(payload, requirements)
        if (question === undefined) return facilitator.settle(payload, requirements)
        const answer = await asked.run(question, () => facilitator.settle(payload, requirements))
        // Money has moved or not: a record that fails now changes no answer, and an open one is asked again.
        await conclude(question, answer).catch(onError)
        return answer
      },
    }),
    recordSending: (writer) => ({
      ...writer,
      async execute(call) {
        const question = asked.getStore()
        if (question !== undefined) await settlements.begin(question)
        return writer.execute(call)
      },
    }),
    async resume(facilitator, { untouchedSince }) {
      const open = await settlements.listOpen({ untouchedSince, limit: RESUMED_AT_ONCE })
      await Promise.all(
        open.map(async ({ paymentHash, question }) => {
          try {
            const { payload, requirements } = JSON.parse(question ?? '') as { payload: unknown; requirements: unknown }
            await facilitator.settle(parsePaymentPayload(payload), parsePaymentRequirements(requirements))
          } catch (error) {
            onError(error)
            await settlements.conclude(paymentHash, { state: 'failed', reason: 'invalid_payload' }).catch(onError)
          }
        }),
      )
      return open.length
    },
  }
}
