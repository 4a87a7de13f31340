import { AsyncLocalStorage } from 'node:async_hooks'
import type { SettlementQuestion, SettlementRecord, SettlementStore } from '@og/ledger/x402'
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
import type { BatchStore, ChainWriter } from '@og/x402/evm'
import type { Facilitator } from '@og/x402/facilitator'
import { paymentNameOf } from './payment-name.js'

/** Settlements that survive this process. */
export interface SettlementRecorder {
  /** Records each settlement's end. */
  recordAnswers(facilitator: Facilitator): Facilitator
  /** For the writer that a scheme gets: a payment that it wants sent has a good signature, and is whose it says to be. */
  recordCalls(writer: ChainWriter): ChainWriter
  /** Records what is about to be sent alone, before it is sent. What never gets that far leaves no record. */
  recordSending(writer: ChainWriter): ChainWriter
  /** The same for what is about to be sent in a batch, which is kept before it is sent. */
  recordBatches(store: BatchStore): BatchStore
  /** Asks again what was open when a process before this one ended, or is still; a hundred at once. Answers how many there were. */
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

function reasonOf({ errorReason = 'unexpected_settle_error' }: SettleResponse): string {
  return errorReason
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
  /** What is being sent now, by the key under which it is. */
  const calls = new Map<string, SettlementQuestion>()
  const begun = new WeakSet<SettlementQuestion>()

  async function begin(keys: readonly string[]): Promise<void> {
    const questions = keys.flatMap((key) => calls.get(key.toLowerCase()) ?? [])
    for (const question of questions) begun.add(question)
    await Promise.all(questions.map((question) => settlements.begin(question)))
  }

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
    // A question that got nowhere may be a stranger's, with somebody else's nonce and a signature of its own.
    if (!begun.has(question)) return
    const reason = reasonOf(answer)
    await settlements.conclude(paymentHash, {
      state: OPEN_REASONS.includes(reason) ? 'open' : 'failed',
      reason,
      ...transaction,
    })
  }

  async function resumeOne(facilitator: Facilitator, { paymentHash, question }: SettlementRecord): Promise<void> {
    let asked: { readonly payload: PaymentPayload; readonly requirements: PaymentRequirements }
    try {
      const { payload, requirements } = JSON.parse(question ?? '') as { payload: unknown; requirements: unknown }
      asked = { payload: parsePaymentPayload(payload), requirements: parsePaymentRequirements(requirements) }
    } catch (error) {
      onError(error)
      await settlements.conclude(paymentHash, { state: 'failed', reason: 'invalid_payload' })
      return
    }
    const answer = await facilitator.settle(asked.payload, asked.requirements)
    if (answer.success) return
    // What cannot be settled any more: nothing of it was sent just now that would have said so. What is open still goes behind the others.
    const reason = reasonOf(answer)
    await settlements.conclude(paymentHash, { state: OPEN_REASONS.includes(reason) ? 'open' : 'failed', reason })
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
    recordCalls: (writer) => ({
      ...writer,
      async execute(call) {
        const question = asked.getStore()
        if (question === undefined) return writer.execute(call)
        const key = question.paymentHash.toLowerCase()
        calls.set(key, question)
        try {
          return await writer.execute(call)
        } finally {
          if (calls.get(key) === question) calls.delete(key)
        }
      },
    }),
    recordSending: (writer) => ({
      ...writer,
      async execute(call) {
        await begin([call.dedupeKey])
        return writer.execute(call)
      },
    }),
    recordBatches: (store) => ({
      find: (key) => store.find(key),
      async keep(keys, batch) {
        await begin(keys)
        await store.keep(keys, batch)
      },
    }),
    async resume(facilitator, { untouchedSince }) {
      const open = await settlements.listOpen({ untouchedSince, limit: RESUMED_AT_ONCE })
      await Promise.all(open.map((record) => resumeOne(facilitator, record).catch(onError)))
      return open.length
    },
  }
}
