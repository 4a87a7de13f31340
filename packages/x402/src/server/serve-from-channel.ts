import type { ChannelServer } from '../channel/server/admission.js'
import { type ServeChannelInput, serveChannel } from '../channel/server/serve-channel.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import type { SettleResponse } from '../protocol/settle-response.js'
import { type Answer, failureAnswer, paidAnswer } from './answer.js'
import type { AnswerKey } from './answer-store.js'
import type { IdentifiedCalls } from './identified-call.js'
import type { MatchedCall } from './judge-payment.js'
import type { DemandDetails } from './payment-demand.js'
import type { SettlementEvent } from './paywall-options.js'

/** A call that is paid from a channel. */
export interface ChannelCall extends MatchedCall, Pick<ServeChannelInput, 'request' | 'requestHash' | 'run'> {
  readonly accepts: readonly PaymentRequirements[]
  readonly answerKey: AnswerKey | undefined
  demand(details: DemandDetails): Promise<Answer>
}

/** The requirements of a 402 with what corrects the client in those that it tried. */
function corrected(call: ChannelCall, extra: PaymentRequirements['extra']): readonly PaymentRequirements[] {
  if (extra === undefined || extra === null) return call.accepts
  const { accepts, requirements: tried } = call
  // Who paid an earlier price is corrected in today's.
  const isTried = accepts.includes(tried)
    ? (offered: PaymentRequirements) => offered === tried
    : ({ scheme, network, asset, payTo }: PaymentRequirements) =>
        scheme === tried.scheme && network === tried.network && asset === tried.asset && payTo === tried.payTo
  return accepts.map((offered) => (isTried(offered) ? { ...offered, extra: { ...offered.extra, ...extra } } : offered))
}

/** Serves a call that is paid from a channel, and keeps its answer where it has a name. */
export async function serveFromChannel(
  call: ChannelCall,
  using: {
    readonly server: ChannelServer
    readonly clock: () => bigint
    readonly settlesAfter: (answer: Answer) => boolean
    readonly identified: IdentifiedCalls | undefined
    readonly onSettlement: ((event: SettlementEvent) => void) | undefined
  },
): Promise<Answer> {
  const { payload, requirements, requestHash, request, run, answerKey } = call
  const { server, clock, settlesAfter, onSettlement } = using
  const identified = answerKey === undefined ? undefined : using.identified
  if (answerKey !== undefined) {
    const taken = await identified?.begin(answerKey, clock() + BigInt(requirements.maxTimeoutSeconds))
    if (taken !== undefined) return taken
  }
  const abandon = async (): Promise<void> => {
    if (answerKey !== undefined) await identified?.abandon(answerKey)
  }
  try {
    const answer = await serveChannel(server, {
      request,
      requestHash,
      payload,
      requirements,
      run,
      settlesAfter,
      demand: (error, { settlement, extra }) => call.demand({ error, settlement, accepts: corrected(call, extra) }),
      answer: paidAnswer,
      repeated: (settlement: SettleResponse) =>
        failureAnswer('payment_already_used', 'this payment has had its answer', { settlement }),
      onSettlement,
    })
    if (answer.status >= 200 && answer.status < 300) {
      return answerKey === undefined || identified === undefined ? answer : identified.record(answer, answerKey)
    }
    await abandon()
    return answer
  } catch (error) {
    await abandon()
    throw error
  }
}
