import { type Upstream, UpstreamError } from '@og/llm/upstream'
import { encodePaymentHeader } from '@og/x402'
import { type AnswerEncoder, createAnswerEncoder } from './answer-encoder.js'
import { type Conclusion, concludeInference } from './conclude-inference.js'
import { createDelivery, type Delivery } from './delivery.js'
import { GatewayError, internalErrorOf } from './gateway-error.js'
import { type Grant, type InferenceDependencies, leaseSeconds } from './inference-context.js'
import { answerByteLimitOf, type InferenceRequest } from './inference-request.js'
import { type Meter, meterOf } from './meter.js'
import type { Reply } from './reply.js'

/** Longest generation. Together with the settlement it fits into the validity that a payment must still have (`payment.ts`). */
const generationLimitMs = 240_000

/** One granted run: what was asked, what was reserved, and where the answer goes. */
export interface RunInput {
  readonly request: InferenceRequest
  readonly grant: Grant
  readonly reply: Reply
  readonly headers: Readonly<Record<string, string>>
}

/** Runs the upstream once under a grant. Whatever happens, the attempt ends: finished with a receipt, or released uncharged. */
export async function runInference(dependencies: InferenceDependencies, input: RunInput): Promise<void> {
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
    await delivery.fail(refusal instanceof GatewayError ? refusal : internalErrorOf(error, dependencies.log))
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
