import { checkTimes, inspectAuthorization } from '../evm/inspect-authorization.js'
import type { ServerSignatureTools } from '../evm/signature.js'
import { createServerVerifier, type VerifiedAuthorization, verifiedOf } from '../evm/verify-authorization.js'
import type { Facilitator } from '../facilitator/facilitator.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import type { Refusal } from '../protocol/reason.js'

/** A payment, and the server's own requirements that it accepts. */
export interface MatchedCall {
  readonly payload: PaymentPayload
  readonly requirements: PaymentRequirements
}

/** The verdict on a payment before it is reserved. */
type PaymentJudgement =
  | {
      readonly payment: VerifiedAuthorization
      /** Whether nothing more is to be asked before the handler runs. */
      readonly isVerified: boolean
    }
  | { readonly code: string }

/** Judges payments for a paywall. */
export interface PaymentJudge {
  /** Plain accounts are judged here, contract wallets where a chain can be asked. */
  judge(call: MatchedCall): PaymentJudgement | Promise<PaymentJudgement>
  /** Why the facilitator refuses a payment; `undefined` when it does not. */
  askFacilitator(call: MatchedCall): Promise<string | undefined>
}

/** Builds a judge that trusts signatures alone (`local`) or asks the facilitator as well. */
export function createPaymentJudge(options: {
  readonly facilitator: Facilitator
  readonly clock: () => bigint
  readonly verify: 'chain' | 'local'
  readonly tools: ServerSignatureTools
}): PaymentJudge {
  const { facilitator, clock, verify } = options
  const isLocal = verify === 'local'
  const verifyLocally = createServerVerifier(options.tools)

  async function askFacilitator({ payload, requirements }: MatchedCall): Promise<string | undefined> {
    try {
      const verdict = await facilitator.verify(payload, requirements)
      return verdict.isValid ? undefined : (verdict.invalidReason ?? 'invalid_payload')
    } catch {
      return 'unexpected_verify_error'
    }
  }

  /** Perhaps a wallet contract's (ERC-1271, EIP-7702, ERC-6492). Asked before anything is reserved in its name. */
  async function judgeWallet(call: MatchedCall, now: bigint): Promise<PaymentJudgement> {
    const inspected = inspectAuthorization(call.payload, call.requirements)
    if (!inspected.ok) return { code: inspected.code }
    const invalid = checkTimes(inspected.authorization, { now })?.code ?? (await askFacilitator(call))
    return invalid === undefined ? { payment: verifiedOf(inspected), isVerified: true } : { code: invalid }
  }

  function judgeVerdict(
    call: MatchedCall,
    payment: VerifiedAuthorization | Refusal,
    now: bigint,
  ): PaymentJudgement | Promise<PaymentJudgement> {
    if (payment.ok) return { payment, isVerified: isLocal }
    const isSignature = payment.code === 'invalid_exact_evm_signature' || payment.code === 'invalid_permit2_signature'
    return isSignature && !isLocal ? judgeWallet(call, now) : { code: payment.code }
  }

  return {
    askFacilitator,
    judge(call) {
      const now = clock()
      const verdict = verifyLocally(call, { now })
      return verdict instanceof Promise
        ? verdict.then((payment) => judgeVerdict(call, payment, now))
        : judgeVerdict(call, verdict, now)
    },
  }
}
