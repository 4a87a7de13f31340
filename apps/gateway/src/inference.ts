import type { PaymentRecord } from '@og/ledger'
import { type Upstream, UpstreamError } from '@og/llm/upstream'
import type { Hex } from '@og/settlement'
import { encodePaymentHeader } from '@og/x402'
import { bytesToHex, stringToBytes } from 'viem'
import { type AnswerEncoder, createAnswerEncoder } from './answer-encoder.js'
import { type Conclusion, concludeInference } from './conclude-inference.js'
import { corsHeaders } from './cors.js'
import { createDelivery, type Delivery } from './delivery.js'
import { errorBodyOf, GatewayError, statusOf } from './gateway-error.js'
import type { Grant, InferenceDependencies } from './inference-context.js'
import {
  answerByteLimitOf,
  type IncomingRequest,
  type InferenceRequest,
  parseInferenceRequest,
} from './inference-request.js'
import { type Meter, meterOf } from './meter.js'
import type { NodeIdentity } from './node-identity.js'
import type { FundsLimit, FundsQuery, PayerFunds } from './payer-funds.js'
import type { CheckedPayment, PricedRequest } from './payment.js'
import type { Reply } from './reply.js'

/** Longest time that one attempt may run before another may take the payment over. */
const leaseSeconds = 300n
/** Longest generation. Together with the settlement it fits into the validity that a payment must still have (`payment.ts`). */
const generationLimitMs = 240_000

/** Serves one paid call: check, quote or reserve, run, meter, commit, answer. */
export async function serveInference(
  dependencies: InferenceDependencies,
  incoming: IncomingRequest,
  reply: Reply,
): Promise<void> {
  const requestId = bytesToHex(dependencies.randomBytes(12)).slice(2)
  const headers = { 'x-request-id': requestId, ...corsHeaders }
  let challenge: ((reason: string) => string) | undefined
  try {
    const request = parseInferenceRequest(incoming, dependencies.identity.manifest.mode)
    const priced = pricedOf(request, dependencies.identity)
    const header = incoming.headers['payment-signature']
    challenge = (reason) => dependencies.desk.challengeFor(priced, reason)
    if (header === undefined) {
      throw new GatewayError('payment_required', 'Payment required: the PAYMENT-REQUIRED header says how, per x402 v2.')
    }
    const reserved = await admit(dependencies, { request, priced, header })
    if (reserved.kind === 'replay') await replay(dependencies, reserved.record, { reply, headers })
    else await run(dependencies, { request, grant: reserved.grant, reply, headers })
  } catch (error) {
    const refused = error instanceof GatewayError ? error : internalError(dependencies, error)
    await sendRefusal(reply, refused, { headers, challenge })
  }
}

function pricedOf(request: InferenceRequest, identity: NodeIdentity): PricedRequest {
  return {
    model: request.model,
    promptTokens: request.promptTokens,
    maxCompletionTokens: request.maxCompletionTokens,
    settlement: request.settlement,
    requestHash: request.requestHash,
    resourceUrl: `${identity.manifest.endpoint}${request.path}`,
    stream: request.stream,
  }
}

/**
 * Checks and reserves a payment. One that was served before is never answered with a new price, even when its offer or its time has run
 * out since, or the node has got new keys: the client would pay twice for one call.
 */
async function admit(
  dependencies: InferenceDependencies,
  {
    request,
    priced,
    header,
  }: { readonly request: InferenceRequest; readonly priced: PricedRequest; readonly header: string },
): Promise<Reservation> {
  const { desk, ledger } = dependencies
  let payment: CheckedPayment
  try {
    payment = desk.check(header, priced)
  } catch (error) {
    if (!(error instanceof GatewayError) || error.wireCode === 'invalid_payload') throw error
    const paymentHash = desk.identify(header)
    const record = paymentHash === undefined ? null : await ledger.lookup(paymentHash)
    if (record?.state !== 'finished') throw error
    if (record.requestHash !== request.requestHash || record.settlement !== request.settlement) throw usedElsewhere()
    return { kind: 'replay', record }
  }
  return reserve(dependencies, { request, payment })
}

function usedElsewhere(): GatewayError {
  return new GatewayError('payment_bound_to_other_request', 'This payment was already used for another request.')
}

type Reservation =
  | { readonly kind: 'granted'; readonly grant: Grant }
  | { readonly kind: 'replay'; readonly record: PaymentRecord }

/** One durable, atomic step before any work: a payment that is in use, used up or not covered ends here. */
async function reserve(
  { ledger, funds, now, randomBytes, identity }: InferenceDependencies,
  { request, payment }: { readonly request: InferenceRequest; readonly payment: CheckedPayment },
): Promise<Reservation> {
  const { authorization, payload } = payment
  const receivedAt = now()
  const salt = (): Hex => bytesToHex(randomBytes(32))
  const { asset, payTo } = payment.signedOffer.offer
  const spender =
    authorization.nonceKey.nonceContract === asset ? {} : { spender: authorization.nonceKey.nonceContract }
  for (const refresh of [false, true]) {
    const covered = await fundsOf(funds, { payer: authorization.payer, asset, ...spender, refresh })
    const result = await ledger.reserve({
      ...authorization.nonceKey,
      paymentHash: authorization.paymentHash,
      requestHash: request.requestHash,
      scheme: authorization.scheme,
      network: payload.accepted.network,
      asset,
      payTo,
      authorized: payment.authorized,
      validBefore: authorization.validBefore,
      leaseSeconds,
      // The node's own mode: a TEE node's receipts say TEE also when the caller would have taken VANILLA.
      mode: identity.manifest.mode,
      settlement: request.settlement,
      salts: { request: salt(), response: salt(), upstreamRequest: salt(), terms: salt() },
      payload: JSON.stringify(payload),
      exposureLimit: covered.amount,
    })
    switch (result.kind) {
      case 'granted':
        return { kind: 'granted', grant: { payment, attempt: result.attempt, salts: result.salts, receivedAt } }
      case 'finished':
        return { kind: 'replay', record: result.record }
      case 'running':
        throw new GatewayError('payment_in_progress', 'This payment is being served right now: wait for that answer.', {
          retryAfterSeconds: 1,
        })
      case 'conflict':
        throw usedElsewhere()
      case 'exhausted':
        if (refresh) {
          throw new GatewayError(
            'payment_required',
            'The payer cannot cover this payment together with those under way.',
            {
              wireCode: covered.boundBy === 'allowance' ? 'permit2_allowance_required' : 'insufficient_funds',
            },
          )
        }
    }
  }
  throw new GatewayError('internal_error', 'The reservation had no outcome.')
}

async function fundsOf(funds: PayerFunds, query: FundsQuery): Promise<FundsLimit> {
  try {
    return await funds.limitOf(query)
  } catch (cause) {
    throw new GatewayError('chain_unavailable', 'The payment chain cannot be read right now: try again.', {
      retryAfterSeconds: 2,
      cause,
    })
  }
}

interface RunInput {
  readonly request: InferenceRequest
  readonly grant: Grant
  readonly reply: Reply
  readonly headers: Readonly<Record<string, string>>
}

/** Runs the upstream once under a grant. Whatever happens, the attempt ends: finished with a receipt, or released uncharged. */
async function run(dependencies: InferenceDependencies, input: RunInput): Promise<void> {
  const { request, grant, reply } = input
  const { paymentHash } = grant.payment.authorization
  const upstream = dependencies.upstreamFor(request)
  const encoder = createAnswerEncoder({
    endpoint: request.endpoint,
    id: `${request.endpoint === 'completions' ? 'cmpl' : 'chatcmpl'}-${paymentHash.slice(2, 26)}`,
    created: Number(grant.receivedAt),
    model: request.model.id,
    stream: request.stream,
    includeUsage: request.includeUsage,
  })
  const meter = meterOf({ maxCompletionTokens: request.maxCompletionTokens, byteLimit: answerByteLimitOf(request) })
  const delivery = request.stream ? createDelivery(reply, input.headers) : undefined
  const answer: Generation = { upstream, encoder, meter, delivery, requestBytes: new Uint8Array(0) }
  const hasLeft = (): boolean => request.stream && reply.signal.aborted
  let conclusion: Conclusion
  try {
    try {
      await generate(dependencies, { ...input, answer, hasLeft })
    } catch (error) {
      // The client left in the middle: what it got is charged and receipted, and the receipt waits under the payment hash.
      if (!hasLeft() || !meter.hasDelivered()) throw error
    }
    if (hasLeft() && !meter.hasDelivered()) throw new Error('the client left before anything was delivered')
    conclusion = await concludeInference(dependencies, { request, grant, ...answer, aborted: hasLeft() })
  } catch (error) {
    await dependencies.ledger.release({ paymentHash, attempt: grant.attempt, reason: 'failed' })
    const refusal = error instanceof UpstreamError ? upstreamRefusalOf(error) : error
    if (delivery?.started() !== true) throw refusal
    await delivery.fail(refusal instanceof GatewayError ? refusal : internalError(dependencies, error))
    return
  } finally {
    delivery?.close()
  }
  if (delivery === undefined) await sendWhole(conclusion, input)
  else await delivery.finish(conclusion.lastEvents)
}

/** An answer while it is being made. */
interface Generation {
  readonly upstream: Upstream
  readonly encoder: AnswerEncoder
  readonly meter: Meter
  readonly delivery: Delivery | undefined
  /** The exact bytes that went to the provider. */
  requestBytes: Uint8Array
}

/**
 * Asks the provider and passes its events on, until it ends, the paid ceiling is reached, time is up, or the client of a stream is gone. An
 * unstreamed answer is made to its end even for a client that is gone: it is paid, and the repeated call gets it whole.
 */
async function generate(
  { ledger, now }: InferenceDependencies,
  {
    request,
    grant,
    reply,
    answer,
    hasLeft,
  }: RunInput & { readonly answer: Generation; readonly hasLeft: () => boolean },
): Promise<void> {
  const { encoder, meter, delivery } = answer
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), generationLimitMs)
  let leasedAt = grant.receivedAt
  try {
    const { requestBytes, events } = await answer.upstream.send(
      { endpoint: request.endpoint, model: request.model.upstreamName, body: upstreamBodyOf(request) },
      { signal: request.stream ? AbortSignal.any([reply.signal, stop.signal]) : stop.signal },
    )
    answer.requestBytes = requestBytes
    for await (const event of events) {
      const { events: kept, full } = meter.count(event)
      for (const piece of kept) {
        const text = encoder.push(piece)
        await delivery?.send(text)
      }
      if (full || hasLeft()) break
      if (now() - leasedAt > leaseSeconds / 3n) {
        leasedAt = now()
        await ledger.checkpoint({
          paymentHash: grant.payment.authorization.paymentHash,
          attempt: grant.attempt,
          leaseSeconds,
        })
      }
    }
  } catch (error) {
    // Time is up: what has come so far is the answer, cut at its length.
    if (!stop.signal.aborted || !meter.hasDelivered()) throw error
  } finally {
    clearTimeout(timer)
    stop.abort()
  }
}

/** What goes to the provider: the client's body with one ceiling that is always there, in the spelling that the endpoint knows. */
function upstreamBodyOf({ endpoint, body, maxCompletionTokens }: InferenceRequest): InferenceRequest['body'] {
  const { max_tokens: _, max_completion_tokens: newer, ...rest } = body
  const field = endpoint === 'completions' || newer == null ? 'max_tokens' : 'max_completion_tokens'
  return { ...rest, [field]: Number(maxCompletionTokens) }
}

async function sendWhole(conclusion: Conclusion, { reply, headers, grant }: RunInput): Promise<void> {
  const { accepted } = grant.payment.payload
  const { payer, paymentHash } = grant.payment.authorization
  await reply.head(200, {
    'content-type': 'application/json',
    'cache-control': 'no-store, private',
    // The money moves after the answer; the hash is where its settlement can be followed.
    'payment-response': encodePaymentHeader({
      success: true,
      transaction: '',
      network: accepted.network,
      payer,
      amount: conclusion.charged.toString(),
      extra: { paymentHash, settlement: 'queued' },
    }),
    ...headers,
  })
  await reply.write(conclusion.answer.bytes)
  await reply.end()
}

/** A repeated request whose payment is used up gets the same bytes again, as long as they are kept. */
async function replay(
  { vault }: InferenceDependencies,
  record: PaymentRecord,
  { reply, headers }: Pick<RunInput, 'reply' | 'headers'>,
): Promise<void> {
  const answer = record.answer === null ? undefined : vault.unlock(record.answer)
  if (answer === undefined) {
    throw new GatewayError(
      'answer_no_longer_stored',
      'This payment was served and its answer is no longer kept: its receipt is at /v1/receipts/{paymentHash}.',
    )
  }
  await reply.head(200, {
    'content-type': answer.contentType,
    'cache-control': 'no-store, private',
    'og-replayed': 'true',
    ...headers,
  })
  await reply.write(answer.bytes)
  await reply.end()
}

async function sendRefusal(
  reply: Reply,
  refused: GatewayError,
  {
    headers,
    challenge,
  }: {
    readonly headers: Readonly<Record<string, string>>
    readonly challenge: ((reason: string) => string) | undefined
  },
): Promise<void> {
  const needsAllowance = refused.wireCode === 'permit2_allowance_required'
  const payment: Record<string, string> =
    refused.code === 'payment_required' && challenge !== undefined
      ? { 'payment-required': challenge(refused.wireCode) }
      : {}
  const retry: Record<string, string> =
    refused.retryAfterSeconds === undefined ? {} : { 'retry-after': refused.retryAfterSeconds.toString() }
  await reply.head(needsAllowance ? 412 : statusOf(refused), {
    'content-type': 'application/json',
    'cache-control': 'no-store, private',
    // Clients that retry a conflict by themselves would only meet it again.
    ...(statusOf(refused) === 409 ? { 'x-should-retry': 'false' } : {}),
    ...payment,
    ...retry,
    ...headers,
  })
  await reply.write(stringToBytes(JSON.stringify(errorBodyOf(refused))))
  await reply.end()
}

function upstreamRefusalOf(error: UpstreamError): GatewayError {
  const retry = error.isRetryable ? { retryAfterSeconds: Math.ceil((error.retryAfterMs ?? 1000) / 1000) } : {}
  return new GatewayError(
    error.status === 504
      ? 'upstream_timeout'
      : error.status === 429
        ? 'rate_limited'
        : error.status < 500
          ? 'upstream_refused'
          : 'upstream_error',
    `${error.message} Nothing was charged; the same payment may be sent again.`,
    { wireCode: error.toBody().error.code ?? 'upstream_error', ...retry },
  )
}

function internalError({ log }: InferenceDependencies, error: unknown): GatewayError {
  log.error('inference failed', {
    error: error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : 'unknown',
  })
  return new GatewayError('internal_error', 'The request failed inside the node. Nothing was charged.')
}
