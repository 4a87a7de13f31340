import { answerOfResponse, responseOfAnswer } from './answer.js'
import { createPaywallEngine } from './paywall-engine.js'
import type { PaidContext, PaywallOptions } from './paywall-options.js'
import { type WebPaywallRequest, webPaywallRequest } from './paywall-request.js'

/** Serves a request behind the paywall: answers 402, or runs the handler once per payment. */
export type Paywall = (request: Request, handler: (context: PaidContext) => Promise<Response>) => Promise<Response>

/**
 * Builds a framework-neutral paywall over `Request` and `Response`. In this order: parse, match, look the identifier up,
 * verify locally (contract wallets through the facilitator), reserve atomically, verify on chain, run the handler,
 * settle; with `paymentFlow: "upfront"` settle before the handler. An answer of 400 or above, and a handler that throws,
 * are not charged; upfront they leave the payment good for the same request. Streams pass through as they come.
 */
export function createPaywall(options: PaywallOptions): Paywall {
  const { requirementsFor, isAllowed, settleAfter, ...common } = options
  const serve = createPaywallEngine({
    ...common,
    priceOf: ({ original }: WebPaywallRequest) => requirementsFor(original),
    ...(isAllowed === undefined ? {} : { isAllowed: ({ original }: WebPaywallRequest) => isAllowed(original) }),
    ...(settleAfter === undefined
      ? {}
      : { settlesAfter: ({ response }) => response !== undefined && settleAfter(response) }),
  })
  return async (incoming, handler) => {
    const request = webPaywallRequest(incoming)
    const answer = await serve(request, async ({ body, ...paid }) =>
      answerOfResponse(await handler({ ...paid, request: request.toRequest(body) })),
    )
    return responseOfAnswer(answer)
  }
}
