import type { NodeRequest, NodeResponse } from '../node-http/node-messages.js'
import { createUrlReader, webRequestOf } from '../node-http/node-paywall-request.js'
import { type NodeHandler, serveNode } from '../node-http/serve-node.js'
import { answerOfResponse } from '../server/answer.js'
import type { PaidContext, PaywallOptions } from '../server/paywall-options.js'
import { type WebPaywallRequest, webPaywallRequest } from '../server/paywall-request.js'

/** The part of an express (or plain `node:http`) request that is used. */
export type ExpressRequest = NodeRequest

/** The part of an express (or plain `node:http`) response that is used. */
export type ExpressResponse = NodeResponse

/** Options of {@link expressPaywall}. */
export interface ExpressPaywallOptions extends PaywallOptions {
  /** Serves a paid request. Its answer is a `Response`, so that it can be settled and streamed. */
  readonly handler: (paid: PaidContext, request: ExpressRequest) => Promise<Response>
  /** Origin that clients reach this server under, such as `https://api.example`; from the `Host` header when absent. */
  readonly origin?: string
}

/**
 * A paywall as an express handler, which also fits `node:http` and connect. Mount it before body parsers: it reads the
 * body itself. The handler answers with a `Response`; streams pass through chunk by chunk. A handler that throws goes to
 * `next`. `nodePaywall` of `./node` does the same without `Request` and `Response`, and is faster.
 * @example app.post('/v1/chat', expressPaywall({ requirementsFor, store, facilitator, handler }))
 */
export function expressPaywall(options: ExpressPaywallOptions): NodeHandler {
  const { handler, origin, requirementsFor, isAllowed, settleAfter, ...common } = options
  const readUrl = createUrlReader(origin)
  return serveNode({
    engine: {
      ...common,
      priceOf: ({ original }: WebPaywallRequest) => requirementsFor(original),
      ...(isAllowed === undefined ? {} : { isAllowed: ({ original }: WebPaywallRequest) => isAllowed(original) }),
      ...(settleAfter === undefined
        ? {}
        : { settlesAfter: ({ response }) => response !== undefined && settleAfter(response) }),
    },
    read: (incoming, outgoing) => webPaywallRequest(webRequestOf(incoming, outgoing, { readUrl })),
    run: async ({ body, ...paid }, request, incoming) =>
      answerOfResponse(await handler({ ...paid, request: request.toRequest(body) }, incoming)),
  })
}
