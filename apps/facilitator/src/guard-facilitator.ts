import type { PaymentPayload, PaymentRequirements } from '@og/x402'
import type { RecoverPublicKey } from '@og/x402/evm'
import type { Facilitator } from '@og/x402/facilitator'
import type { FairGate } from './fair-gate.js'
import type { Metrics } from './metrics.js'
import { isForPayees } from './payees.js'
import { paymentNameOf } from './payment-name.js'
import { provenPayerOf } from './proven-payer.js'
import { currentRequest } from './request-context.js'

/** What stands between the HTTP side and the schemes. */
export interface GuardOptions {
  readonly gate: FairGate
  readonly metrics: Pick<Metrics, 'countVerdict'>
  readonly recover: RecoverPublicKey
  readonly clock: () => bigint
  /** Smallest price or ceiling that is brought on chain, in atomic units; any when absent. */
  readonly minAmount?: bigint
}

/** Channels have a bound of their own, for deposits. */
const PRICED_SCHEMES: readonly string[] = ['exact', 'upto']
const TOO_SMALL = { reason: 'invalid_payment_requirements', message: 'less than this facilitator settles' } as const
const OTHER_PAYEE = { reason: 'payee_not_allowed', message: 'the key is not for payments to this payee' } as const

const SCHEMES: readonly string[] = ['exact', 'upto', 'batch-settlement']

/** Lets questions through payer by payer, refuses what its caller may not ask, and notes what came of them. @throws BusyError */
export function guardFacilitator(facilitator: Facilitator, options: GuardOptions): Facilitator {
  const { gate, metrics, recover, clock, minAmount = 0n } = options

  function isTooSmall(payload: PaymentPayload, { scheme, amount }: PaymentRequirements): boolean {
    if (!PRICED_SCHEMES.includes(scheme)) return false
    // What an `upto` call really costs may be little.
    const price = scheme === 'upto' ? payload.accepted.amount : amount
    return /^\d{1,78}$/.test(price) && BigInt(price) < minAmount
  }

  function faultOf(
    payload: PaymentPayload,
    requirements: PaymentRequirements,
  ): { readonly reason: string; readonly message: string } | undefined {
    const payees = currentRequest()?.payees
    if (payees !== undefined && !isForPayees(payees, { payload, requirements })) return OTHER_PAYEE
    return isTooSmall(payload, requirements) ? TOO_SMALL : undefined
  }

  async function watched<T>(
    action: 'verify' | 'settle',
    question: { readonly payload: PaymentPayload; readonly requirements: PaymentRequirements },
    ask: { readonly work: () => Promise<T>; readonly resultOf: (answer: T) => string },
  ): Promise<T> {
    const { payload, requirements } = question
    const request = currentRequest()
    const payer = provenPayerOf(payload, requirements, { now: clock(), recover })
    const started = performance.now()
    const answer = await gate.pass(payer ?? `caller ${request?.caller ?? ''}`, ask.work, request?.caller)
    const result = ask.resultOf(answer)
    const scheme = SCHEMES.includes(requirements.scheme) ? requirements.scheme : 'other'
    metrics.countVerdict({ action, scheme, result, seconds: (performance.now() - started) / 1000 })
    if (request !== undefined) {
      const { network, payTo, asset, amount } = requirements
      Object.assign(request.fields, { scheme, network, payTo, asset, amount, result })
      const name = paymentNameOf(payload, requirements)
      if (name !== undefined) request.fields['paymentHash'] = name.paymentHash
    }
    return answer
  }

  return {
    verify: (payload, requirements) =>
      watched(
        'verify',
        { payload, requirements },
        {
          work: async () => {
            const fault = faultOf(payload, requirements)
            return fault === undefined
              ? facilitator.verify(payload, requirements)
              : { isValid: false, invalidReason: fault.reason, invalidMessage: fault.message }
          },
          resultOf: ({ isValid, invalidReason = 'invalid' }) => (isValid ? 'valid' : invalidReason),
        },
      ),
    settle: async (payload, requirements) => {
      const answer = await watched(
        'settle',
        { payload, requirements },
        {
          work: async () => {
            const fault = faultOf(payload, requirements)
            if (fault === undefined) return facilitator.settle(payload, requirements)
            const { reason: errorReason, message: errorMessage } = fault
            return { success: false, errorReason, errorMessage, transaction: '', network: requirements.network }
          },
          resultOf: ({ success, errorReason = 'failed' }) => (success ? 'settled' : errorReason),
        },
      )
      const request = currentRequest()
      if (request !== undefined && answer.transaction !== '') request.fields['transaction'] = answer.transaction
      return answer
    },
    supported: () => facilitator.supported(),
  }
}
