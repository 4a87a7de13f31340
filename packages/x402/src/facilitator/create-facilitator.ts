import { type PaymentPayload, parsePaymentPayload } from '../protocol/payment-payload.js'
import { type PaymentRequirements, parsePaymentRequirements } from '../protocol/payment-requirements.js'
import { type Refusal, refusal } from '../protocol/reason.js'
import type { Facilitator } from './facilitator.js'
import type { FacilitatorScheme } from './facilitator-scheme.js'

/** Options of {@link createFacilitator}. */
export interface CreateFacilitatorOptions {
  readonly schemes: readonly FacilitatorScheme[]
}

interface Question {
  readonly ok: true
  readonly scheme: FacilitatorScheme
  readonly payload: PaymentPayload
  readonly requirements: PaymentRequirements
}

/**
 * Builds a facilitator in this process from schemes. Trouble with a chain node becomes `unexpected_verify_error` or
 * `unexpected_settle_error`; its text does not leave.
 */
export function createFacilitator(options: CreateFacilitatorOptions): Facilitator {
  const { schemes } = options

  /** Parses what came, because a server in this process may hand over anything, and finds who serves it. */
  function read(payload: PaymentPayload, requirements: PaymentRequirements): Question | Refusal {
    let wanted: PaymentRequirements
    try {
      wanted = parsePaymentRequirements(requirements)
    } catch {
      return refusal('invalid_payment_requirements', 'the requirements do not parse')
    }
    let paid: PaymentPayload
    try {
      paid = parsePaymentPayload(payload)
    } catch {
      return refusal('invalid_payload', 'the payment does not parse')
    }
    const scheme = schemes.find(
      (candidate) => candidate.scheme === wanted.scheme && candidate.network === wanted.network,
    )
    return scheme === undefined
      ? refusal('unsupported_scheme', 'no scheme of this facilitator serves it')
      : { ok: true, scheme, payload: paid, requirements: wanted }
  }

  return {
    async verify(payload, requirements) {
      const question = read(payload, requirements)
      if (!question.ok) return { isValid: false, invalidReason: question.code, invalidMessage: question.detail }
      try {
        return await question.scheme.verify(question.payload, question.requirements)
      } catch {
        return { isValid: false, invalidReason: 'unexpected_verify_error' }
      }
    },
    async settle(payload, requirements) {
      const question = read(payload, requirements)
      if (!question.ok) {
        const { code: errorReason, detail: errorMessage } = question
        return { success: false, errorReason, errorMessage, transaction: '', network: requirements.network }
      }
      const { network } = question.requirements
      try {
        return await question.scheme.settle(question.payload, question.requirements)
      } catch {
        return { success: false, errorReason: 'unexpected_settle_error', transaction: '', network }
      }
    },
    async supported() {
      return {
        kinds: schemes.map(({ scheme, network, extra }) => ({
          x402Version: 2,
          scheme,
          network,
          ...(extra === undefined ? {} : { extra }),
        })),
        extensions: [...new Set(schemes.flatMap(({ extensions = [] }) => extensions))],
        signers: { 'eip155:*': [...new Set(schemes.flatMap(({ signers }) => signers))] },
      }
    },
  }
}
