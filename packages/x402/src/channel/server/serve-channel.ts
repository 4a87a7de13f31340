import type { Hex } from '../../hex.js'
import type { PaymentPayload } from '../../protocol/payment-payload.js'
import type { PaymentRequirements } from '../../protocol/payment-requirements.js'
import type { SettleResponse } from '../../protocol/settle-response.js'
import { type BodyEnd, watchBody } from '../../watch-body.js'
import type { ChannelServer, VerifiedChannelPayment } from './admission.js'

/** What a paywall hands over for a request that is paid from a channel. */
export interface ServeChannelInput {
  readonly request: Request
  readonly requestHash: Hex
  readonly payload: PaymentPayload
  readonly requirements: PaymentRequirements
  /** Runs the paid handler. */
  readonly run: (payment: VerifiedChannelPayment, charge: (amount: bigint) => void) => Promise<Response>
  /** Whether an answer goes out before it is charged. */
  readonly settleAfter: (response: Response) => boolean
  /** Writes a 402 with the reason, and what corrects the client where it may know. */
  readonly demand: (
    reason: string,
    details: { readonly settlement?: SettleResponse; readonly extra?: PaymentRequirements['extra'] },
  ) => Response
  /** Puts the outcome on an answer. */
  readonly answer: (response: Response, settlement: SettleResponse | undefined) => Response
  /** Answers a repetition of a call that was charged. */
  readonly repeated: (settlement: SettleResponse) => Response
  readonly onSettlement:
    | ((event: { readonly paymentHash: Hex; readonly settlement: SettleResponse | undefined }) => void)
    | undefined
}

/** Serves one request that is paid from a channel: the channel part of {@link createPaywall}. */
export async function serveChannel(server: ChannelServer, input: ServeChannelInput): Promise<Response> {
  const { request, requestHash, payload, requirements, settleAfter, demand, answer, onSettlement } = input
  const admission = await server.admit({ payload, requirements, requestHash, signal: request.signal })
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
      return answer(new Response(body, { headers: { 'content-type': 'application/json' } }), admission.settlement)
    }
    case 'granted':
  }
  const { payment, depositSettlement } = admission
  let charged = payment.authorized
  const charge = (amount: bigint): void => {
    charged = amount < 0n ? 0n : amount > payment.authorized ? payment.authorized : amount
  }
  const commit = async (): Promise<SettleResponse> => {
    const settlement = await admission.commit(charged)
    onSettlement?.({ paymentHash: payment.paymentHash, settlement })
    return settlement
  }

  let response: Response
  try {
    response = await input.run(payment, charge)
  } catch (error) {
    await admission.release()
    throw error
  }
  if (response.status >= 400) {
    await admission.release()
    // The deposit stays in the channel whatever became of the call; the client must know of it.
    return answer(response, depositSettlement)
  }
  if (settleAfter(response)) {
    const onEnd = (_end: BodyEnd): void => {
      commit().catch(() => onSettlement?.({ paymentHash: payment.paymentHash, settlement: undefined }))
    }
    return answer(watchBody(response, onEnd), undefined)
  }
  const settlement = await commit()
  if (!settlement.success) {
    await response.body?.cancel().catch(() => undefined)
    return demand(settlement.errorReason ?? 'unexpected_settle_error', { settlement })
  }
  return answer(response, settlement)
}
