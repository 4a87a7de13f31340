import { type PaymentPayload, parsePaymentPayload } from '../protocol/payment-payload.js'
import { type PaymentRequirements, parsePaymentRequirements } from '../protocol/payment-requirements.js'
import { parseSettleResponse, type SettleResponse } from '../protocol/settle-response.js'
import { parseSupportedResponse, type SupportedKind } from '../protocol/supported-response.js'
import { parseVerifyResponse, type VerifyResponse } from '../protocol/verify-response.js'
import { X402Error } from '../x402-error.js'
import type { Facilitator } from './facilitator.js'

/** The part of the official packages' `FacilitatorClient` that their servers use, whatever version wrote its types. */
export interface OfficialFacilitatorClient {
  verify(paymentPayload: object, paymentRequirements: object): Promise<VerifyResponse>
  settle(paymentPayload: object, paymentRequirements: object): Promise<SettleResponse>
  getSupported(): Promise<{
    kinds: SupportedKind[]
    extensions: string[]
    signers: Record<string, string[]>
  }>
}

/** An official `FacilitatorClient`, as far as it is asked. */
export interface ForeignFacilitatorClient {
  // Their messages are ours, with types of their own.
  verify(paymentPayload: never, paymentRequirements: never): Promise<unknown>
  settle(paymentPayload: never, paymentRequirements: never): Promise<unknown>
  getSupported(): Promise<unknown>
}

interface Question {
  readonly payload: PaymentPayload
  readonly requirements: PaymentRequirements
}

function parseQuestion(payload: unknown, requirements: unknown): Question | undefined {
  try {
    return { payload: parsePaymentPayload(payload), requirements: parsePaymentRequirements(requirements) }
  } catch {
    return undefined
  }
}

/**
 * Makes a facilitator of this package, in this process or over HTTP, one for the official resource servers:
 * `new x402ResourceServer(officialFacilitatorClient(facilitator))`.
 */
export function officialFacilitatorClient(facilitator: Facilitator): OfficialFacilitatorClient {
  return {
    async verify(paymentPayload, paymentRequirements) {
      const question = parseQuestion(paymentPayload, paymentRequirements)
      return question === undefined
        ? { isValid: false, invalidReason: 'invalid_payload' }
        : facilitator.verify(question.payload, question.requirements)
    },
    async settle(paymentPayload, paymentRequirements) {
      const question = parseQuestion(paymentPayload, paymentRequirements)
      return question === undefined
        ? { success: false, errorReason: 'invalid_payload', transaction: '', network: 'eip155:0' }
        : facilitator.settle(question.payload, question.requirements)
    },
    async getSupported() {
      const { kinds, extensions, signers } = await facilitator.supported()
      return {
        kinds: [...kinds],
        extensions: [...extensions],
        signers: Object.fromEntries(Object.entries(signers).map(([network, accounts]) => [network, [...accounts]])),
      }
    },
  }
}

/** The verdict in an error that official clients throw for a verdict under an error status. */
function verdictIn(
  error: unknown,
  key: 'invalidReason' | 'errorReason',
): Readonly<Record<string, unknown>> | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined
  const verdict: Readonly<Record<string, unknown>> = { ...error }
  return typeof verdict[key] === 'string' ? verdict : undefined
}

/**
 * Makes an official `FacilitatorClient`, such as their `HTTPFacilitatorClient`, a facilitator for this package's
 * paywalls. Its answers are parsed as strictly as those over HTTP.
 * @throws X402Error from its methods: `FACILITATOR_UNREACHABLE`, `FACILITATOR_BAD_ANSWER`
 */
export function facilitatorOfOfficial(client: ForeignFacilitatorClient): Facilitator {
  async function asked<T>(ask: () => Promise<unknown>, parse: (answer: unknown) => T): Promise<T> {
    let answer: unknown
    try {
      answer = await ask()
    } catch (cause) {
      const verdict = verdictIn(cause, 'invalidReason') ?? verdictIn(cause, 'errorReason')
      if (verdict === undefined)
        throw new X402Error('FACILITATOR_UNREACHABLE', 'the facilitator did not answer', { cause })
      answer = 'invalidReason' in verdict ? { ...verdict, isValid: false } : { ...verdict, success: false }
    }
    try {
      // Their objects may hold what JSON would drop.
      return parse(JSON.parse(JSON.stringify(answer)))
    } catch (cause) {
      throw new X402Error('FACILITATOR_BAD_ANSWER', 'the answer does not parse', { cause })
    }
  }
  return {
    verify: (payload, requirements) =>
      asked(() => client.verify(payload as never, requirements as never), parseVerifyResponse),
    settle: (payload, requirements) =>
      asked(() => client.settle(payload as never, requirements as never), parseSettleResponse),
    supported: () => asked(() => client.getSupported(), parseSupportedResponse),
  }
}
