import type { NodeRequest } from '../node-http/node-messages.js'
import { createUrlReader, type NodePaywallRequest, nodePaywallRequest } from '../node-http/node-paywall-request.js'
import { type NodeHandler, serveNode } from '../node-http/serve-node.js'
import { type Answer, answerOfResponse } from '../server/answer.js'
import { DEFAULT_MAX_BODY_BYTES } from '../server/paywall-engine.js'
import type { CommonPaywallOptions, PaidCall, Price } from '../server/paywall-options.js'

/** An answer in parts. Status 200, no headers and no body when absent. */
export interface NodeAnswer {
  readonly status?: number
  /** A list where a field stands more than once. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array> | null
}

/** A paid request, as the handler sees it. */
export interface NodePaidContext extends PaidCall {
  /** What came; its `toRequest(body)` makes a `Request` of it. */
  readonly request: NodePaywallRequest
  readonly body: Uint8Array<ArrayBuffer>
}

/** Options of {@link nodePaywall}. */
export interface NodePaywallOptions extends CommonPaywallOptions {
  /** The price: one for all requests, or of a request. It must be the same for the 402 and the paid request. */
  readonly price: Price | ((request: NodePaywallRequest) => Price | Promise<Price>)
  /** Whether a request may be served at all, paid or not; every one when absent. What may not is answered 403. */
  readonly isAllowed?: (request: NodePaywallRequest) => boolean | Promise<boolean>
  /** Serves a paid request. */
  readonly handler: (paid: NodePaidContext, incoming: NodeRequest) => Promise<NodeAnswer | Response>
  /**
   * Whether an answer goes out before it is settled; `text/event-stream` does when absent. Header names are as the handler
   * gave them.
   */
  readonly settleAfter?: (answer: NodeAnswer) => boolean
  /** Origin that clients reach this server under, such as `https://api.example`; from the `Host` header when absent. */
  readonly origin?: string
}

function answerOf(given: NodeAnswer | Response): Answer {
  if (given instanceof Response) return answerOfResponse(given)
  const { status = 200, headers = {}, body = null } = given
  return { status, headers, body }
}

/**
 * A paywall for `node:http`, connect and express that makes no `Request` and no `Response`: two to three times as many
 * paid requests per second as {@link expressPaywall}. Mount it before body parsers. A handler that throws goes to `next`.
 * @example createServer((request, response) => void paid(request, response, (error) => response.destroy(error as Error)))
 */
export function nodePaywall(options: NodePaywallOptions): NodeHandler {
  const { handler, origin, price, settleAfter, ...common } = options
  const { maxBodyBytes = DEFAULT_MAX_BODY_BYTES } = options
  const readUrl = createUrlReader(origin)
  return serveNode({
    engine: {
      ...common,
      priceOf: typeof price === 'function' ? price : () => price,
      ...(settleAfter === undefined ? {} : { settlesAfter: settleAfter }),
    },
    read: (incoming, outgoing) => nodePaywallRequest(incoming, outgoing, { readUrl, maxBodyBytes }),
    run: async (paid, request, incoming) => answerOf(await handler({ ...paid, request }, incoming)),
  })
}
