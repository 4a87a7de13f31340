import type { PaymentRecord } from '@og/ledger'
import { encodePaymentHeader, type JsonObject, type SettleResponse } from '@og/x402'
import { stringToBytes } from 'viem'
import { admitPayment } from './admit-payment.js'
import { corsHeaders } from './cors.js'
import { errorBodyOf, GatewayError, internalErrorOf, statusOf } from './gateway-error.js'
import type { InferenceDependencies } from './inference-context.js'
import { type IncomingRequest, type InferenceRequest, parseInferenceRequest } from './inference-request.js'
import type { NodeIdentity } from './node-identity.js'
import type { PricedRequest } from './payment.js'
import type { Reply } from './reply.js'
import { type RunInput, runInference } from './run-inference.js'

/** Writes the 402's header. */
type Challenge = (reason: string, channelExtra?: JsonObject) => Promise<string>

/** Serves one paid call: check, quote or reserve, run, meter, commit, answer. */
export async function serveInference(
  dependencies: InferenceDependencies,
  incoming: IncomingRequest,
  reply: Reply,
): Promise<void> {
  const requestId = Buffer.from(dependencies.randomBytes(12)).toString('hex')
  const headers = { 'x-request-id': requestId, ...corsHeaders }
  const { metrics, prices, identity } = dependencies
  const beganAt = performance.now()
  const endSpan = dependencies.tracer.begin(incoming.endpoint)
  let outcome = 'internal_error'
  let leave: (() => void) | undefined
  let challenge: Challenge | undefined
  let deposit: SettleResponse | undefined
  try {
    const request = parseInferenceRequest(incoming, {
      mode: identity.manifest.mode,
      prices,
      keccak: dependencies.keccak,
    })
    const priced = pricedOf(request, identity)
    const header = incoming.headers['payment-signature']
    challenge = (reason, channelExtra) => dependencies.desk.challengeFor(priced, reason, channelExtra)
    if (header === undefined) {
      throw new GatewayError('payment_required', 'Payment required: the PAYMENT-REQUIRED header says how, per x402 v2.')
    }
    leave = enter(dependencies, request)
    const reserved = await admitPayment(dependencies, { request, priced, header, reply })
    if (reserved.kind === 'replay') {
      await replay(dependencies, reserved.record, { reply, headers })
      outcome = 'replayed'
    } else {
      deposit = reserved.grant.channel?.depositSettlement
      outcome = await runInference(dependencies, { request, grant: reserved.grant, reply, headers, beganAt })
    }
  } catch (error) {
    const refused = error instanceof GatewayError ? error : internalErrorOf(error, dependencies.log)
    outcome = refused.code
    await sendRefusal(reply, refused, { headers, challenge, deposit })
  } finally {
    leave?.()
    const seconds = (performance.now() - beganAt) / 1000
    metrics.countCall({ endpoint: incoming.endpoint, outcome, seconds })
    endSpan(outcome)
    if (dependencies.accessLog) {
      dependencies.log.info('call', {
        requestId,
        endpoint: incoming.endpoint,
        outcome,
        seconds: Number(seconds.toFixed(4)),
      })
    }
  }
}

const running = new WeakMap<InferenceDependencies, number>()

/** Takes a place among the paid calls, and room for vectors; what is above the limit is refused before anything is reserved. */
function enter(dependencies: InferenceDependencies, { vectorNumbers }: InferenceRequest): () => void {
  const count = running.get(dependencies) ?? 0
  if (count >= dependencies.maxConcurrentCalls) {
    throw new GatewayError('overloaded', 'The node serves as many calls as it can: try again, nothing was charged.', {
      retryAfterSeconds: 1,
    })
  }
  const giveBack = vectorNumbers === 0 ? undefined : dependencies.vectors.take(vectorNumbers)
  running.set(dependencies, count + 1)
  const end = dependencies.metrics.begin()
  return () => {
    giveBack?.()
    running.set(dependencies, (running.get(dependencies) ?? 1) - 1)
    end()
  }
}

function pricedOf(request: InferenceRequest, identity: NodeIdentity): PricedRequest {
  return {
    model: request.model,
    fallbacks: request.fallbacks,
    canonicalBody: request.canonicalBody,
    upstreamBody: request.upstreamBody,
    promptTokens: request.promptTokens,
    maxCompletionTokens: request.maxCompletionTokens,
    settlement: request.settlement,
    requestHash: request.requestHash,
    resourceUrl: `${identity.manifest.endpoint}${request.path}`,
  }
}

/** A repeated request whose payment is used up gets the same bytes again, as long as they are kept. */
async function replay(
  { vault, replays }: InferenceDependencies,
  record: PaymentRecord,
  { reply, headers }: Pick<RunInput, 'reply' | 'headers'>,
): Promise<void> {
  if (!replays.take(record.paymentHash, record.answer?.length ?? 0)) {
    throw new GatewayError('rate_limited', 'This answer has been sent too often: wait a minute.', {
      retryAfterSeconds: 60,
    })
  }
  const answer = record.answer === null ? undefined : vault.unlock(record.answer)
  if (answer === undefined) {
    throw new GatewayError(
      'answer_no_longer_stored',
      'This payment was served and its answer is no longer kept: its receipt is at /v1/receipts/{paymentHash}.',
    )
  }
  const head = {
    'content-type': answer.contentType,
    'cache-control': 'no-store, private',
    'og-replayed': 'true',
    ...headers,
  }
  await reply.whole(200, head, answer.bytes)
}

async function sendRefusal(
  reply: Reply,
  refused: GatewayError,
  {
    headers,
    challenge,
    deposit,
  }: {
    readonly headers: Readonly<Record<string, string>>
    readonly challenge: Challenge | undefined
    /** What the call brought into its channel before it failed. */
    readonly deposit: SettleResponse | undefined
  },
): Promise<void> {
  const needsAllowance = refused.wireCode === 'permit2_allowance_required'
  const payment: Record<string, string> =
    refused.code === 'payment_required' && challenge !== undefined
      ? { 'payment-required': await challenge(refused.wireCode, refused.payment.channelExtra) }
      : {}
  const settlement = refused.payment.settlement ?? deposit
  const retry: Record<string, string> =
    refused.retryAfterSeconds === undefined ? {} : { 'retry-after': refused.retryAfterSeconds.toString() }
  const head = {
    'content-type': 'application/json',
    'cache-control': 'no-store, private',
    // Clients that retry a conflict by themselves would only meet it again.
    ...(statusOf(refused) === 409 ? { 'x-should-retry': 'false' } : {}),
    ...payment,
    ...retry,
    ...(settlement === undefined ? {} : { 'payment-response': encodePaymentHeader(settlement) }),
    ...headers,
  }
  const body = stringToBytes(JSON.stringify(errorBodyOf(refused)))
  await reply.whole(needsAllowance ? 412 : statusOf(refused), head, body)
}
