import type { Answer } from '../server/answer.js'
import { createPaywallEngine, type EnginePaidCall, type PaywallEngineOptions } from '../server/paywall-engine.js'
import type { PaywallRequest } from '../server/paywall-request.js'
import type { NodeRequest, NodeResponse } from './node-messages.js'
import { sendAnswer } from './send-answer.js'

/** A handler of `node:http`, connect and express. */
export type NodeHandler = (
  request: NodeRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => Promise<void>

/** Options of {@link serveNode}. */
export interface ServeNodeOptions<R extends PaywallRequest> {
  readonly engine: PaywallEngineOptions<R>
  /** What the paywall sees of a request. */
  readonly read: (incoming: NodeRequest, outgoing: NodeResponse) => R
  /** Serves a paid call. */
  readonly run: (paid: EnginePaidCall, request: R, incoming: NodeRequest) => Promise<Answer>
}

/** Builds a handler whose paid calls `run` serves. What throws before the head is out goes to `next`. */
export function serveNode<R extends PaywallRequest>(options: ServeNodeOptions<R>): NodeHandler {
  const { read, run } = options
  const serve = createPaywallEngine(options.engine)
  return async (incoming, outgoing, next) => {
    let answer: Answer
    try {
      const request = read(incoming, outgoing)
      answer = await serve(request, (paid) => run(paid, request, incoming))
    } catch (error) {
      next(error)
      return
    }
    try {
      await sendAnswer(answer, outgoing)
    } catch (error) {
      // The head is out: all that is left to say is that the body is not whole.
      outgoing.destroy(error instanceof Error ? error : undefined)
    }
  }
}
