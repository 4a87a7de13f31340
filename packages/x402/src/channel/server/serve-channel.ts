import type { Hex } from '../../hex.js'
import type { PaymentPayload } from '../../protocol/payment-payload.js'
import type { PaymentRequirements } from '../../protocol/payment-requirements.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import { type Answer, discardAnswer } from '../../server/answer.js'
import { chargeWithin, whenSent } from '../../server/run-call.js'
import type { AdmitInput, ChannelServer, VerifiedChannelPayment } from './admission.js'

/** What a paywall hands over for a request that is paid from a channel. */
export interface ServeChannelInput {
  /** Its signal is aborted when the client goes away. */
  readonly request: { readonly signal: AbortSignal | undefined }
  readonly requestHash: Hex
  readonly payload: PaymentPayload
  readonly requirements: PaymentRequirements
  /** Runs the paid handler. */
  readonly run: (payment: VerifiedChannelPayment, charge: (amount: bigint) => void) => Promise<Answer>
  /** Whether an answer goes out before it is charged. */
  readonly settlesAfter: (answer: Answer) => boolean
  /** Writes a 402 with the reason, and what corrects the client where it may know. */
  readonly demand: (
    reason: string,
    details: { readonly settlement?: SettleResponse; readonly extra?: PaymentRequirements['extra'] },
  ) => Promise<Answer>
  /** Puts the outcome on an answer. */
  readonly answer: (answer: Answer, settlement: SettleResponse | undefined) => Answer
  /** Answers a repetition of a call that was charged. */
  readonly repeated: (settlement: SettleResponse) => Answer
  readonly onSettlement:
    | ((event: { readonly paymentHash: Hex; readonly settlement: SettleResponse | undefined }) => void)
    | undefined
}

/**
 * What a channel server judges, with a signal that is made when it is asked for. A class, because an object literal with a
 * getter is of a new shape each time, and engines keep such a shape, and with it all of the call, until a full collection.
 */
class JudgedCall implements AdmitInput {
  readonly payload: PaymentPayload
  readonly requirements: PaymentRequirements
  readonly requestHash: Hex
  readonly #request: ServeChannelInput['request']

  constructor({ payload, requirements, requestHash, request }: ServeChannelInput) {
    this.payload = payload
    this.requirements = requirements
    this.requestHash = requestHash
    this.#request = request
  }

  get signal(): AbortSignal | undefined {
    return this.#request.signal
  }
}

/** Serves one request that is paid from a channel: the channel part of {@link createPaywall}. */
export async function serveChannel(server: ChannelServer, input: ServeChannelInput): Promise<Answer> {
  const { settlesAfter, demand, answer, onSettlement } = input
  const admission = await server.admit(new JudgedCall(input))
  switch (admission.kind) {
    case 'refused': {
      const { settlement } = admission
      return demand(admission.refusal.code, settlement === undefined ? {} : { settlement })
    }
    case 'corrective':
      return demand(admission.refusal.code, { extra: admission.extra ?? null })
    case 'finished':
      return input.repeated(admission.settlement)
    case 'refunded': {
      const body = JSON.stringify({ message: 'Refund acknowledged', channelId: admission.channelId })
      const headers = { 'content-type': 'application/json' }
      return answer({ status: 200, headers, body }, admission.settlement)
    }
    case 'granted':
  }
  const { payment, depositSettlement } = admission
  let charged = payment.authorized
  const charge = (amount: bigint): void => {
    charged = chargeWithin(amount, payment.authorized)
  }
  const commit = async (): Promise<SettleResponse> => {
    const settlement = await admission.commit(charged)
    onSettlement?.({ paymentHash: payment.paymentHash, settlement })
    return settlement
  }

  let given: Answer
  try {
    given = await input.run(payment, charge)
  } catch (error) {
    await admission.release()
    throw error
  }
  if (given.status >= 400) {
    await admission.release()
    // The deposit stays in the channel whatever became of the call; the client must know of it.
    return answer(given, depositSettlement)
  }
  if (settlesAfter(given)) {
    const onEnd = (): void => {
      commit().catch(() => onSettlement?.({ paymentHash: payment.paymentHash, settlement: undefined }))
    }
    return answer(whenSent(given, onEnd), undefined)
  }
  const settlement = await commit()
  if (!settlement.success) {
    await discardAnswer(given)
    return demand(settlement.errorReason ?? 'unexpected_settle_error', { settlement })
  }
  return answer(given, settlement)
}
