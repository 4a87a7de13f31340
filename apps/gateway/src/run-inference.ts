import { type Upstream, UpstreamError } from '@og/llm/upstream'
import { encodePaymentHeader } from '@og/x402'
import { type AnswerEncoder, createAnswerEncoder, encodeStreamFailure, type FinishedAnswer } from './answer-encoder.js'
import { type Conclusion, concludeInference } from './conclude-inference.js'
import { createDelivery, type Delivery } from './delivery.js'
import { embeddingsAnswerOf } from './embeddings-answer.js'
import { errorText } from './error-text.js'
import { errorBodyOf, GatewayError, internalErrorOf } from './gateway-error.js'
import { beginGeneration, type GenerationTime } from './generation-time.js'
import { type Grant, type InferenceDependencies, leaseSeconds } from './inference-context.js'
import { answerByteLimitOf, type InferenceRequest } from './inference-request.js'
import { type Meter, meterOf } from './meter.js'
import { passOn } from './pass-on.js'
import type { Model } from './prices.js'
import type { Reply } from './reply.js'
import { createStreamWitness } from './stream-checkpoint.js'
import { upstreamBodyOf } from './upstream-body.js'

/** One granted run: what was asked, what was reserved, and where the answer goes. */
export interface RunInput {
  readonly request: InferenceRequest
  readonly grant: Grant
  readonly reply: Reply
  readonly headers: Readonly<Record<string, string>>
  /** When the request came in, in monotonic milliseconds. */
  readonly beganAt: number
}

/**
 * Runs the upstream once under a grant. Whatever happens, the attempt ends: finished with a receipt, or released uncharged. Returns how, in
 * the words of the metrics.
 */
export async function runInference(dependencies: InferenceDependencies, input: RunInput): Promise<string> {
  const { request, grant, reply } = input
  const { payer } = grant.payment.authorization
  const meter = meterOf({ maxCompletionTokens: request.maxCompletionTokens, byteLimit: answerByteLimitOf(request) })
  const delivery = request.stream ? deliveryOf(dependencies, input) : undefined
  const hasLeft = (): boolean => request.stream && reply.signal().aborted
  const answer: Partial<Generation> & Pick<Generation, 'meter' | 'delivery'> = { meter, delivery }
  let conclusion: Conclusion
  try {
    try {
      const make = request.embeddings === undefined ? generate : embed
      await make(dependencies, { answer, hasLeft, ...input })
    } catch (error) {
      // The client left in the middle: what it got is charged and receipted, and the receipt waits under the payment hash.
      if (!hasLeft() || !meter.hasDelivered()) throw error
    }
    if (!isGeneration(answer) || (hasLeft() && !meter.hasDelivered())) {
      throw new Error('the client left before anything was delivered')
    }
    const { upstream, model, requestBytes, encoder } = answer
    const aborted = hasLeft()
    const made = { request, grant, upstream, model, requestBytes, meter, encoder, aborted }
    conclusion = await concludeInference(dependencies, made)
  } catch (error) {
    await releaseAttempt(dependencies, grant)
    // Also when the client left: the provider has been asked, and its bill does not know that nobody waits.
    dependencies.failures.countFailure(payer)
    const refusal = error instanceof UpstreamError ? upstreamRefusalOf(error) : error
    if (delivery?.started() !== true) throw refusal
    const told = refusal instanceof GatewayError ? refusal : internalErrorOf(error, dependencies.log)
    await delivery.fail(encodeStreamFailure(request.endpoint, errorBodyOf(told)))
    return told.code
  } finally {
    delivery?.close()
  }
  if (delivery === undefined) await sendWhole(conclusion, input)
  else await delivery.finish(conclusion.lastEvents)
  return conclusion.outcome
}

/** Ends an attempt uncharged. When even that fails, its lease ends it, and the ledger says later how it ended; the caller is told what failed first. */
async function releaseAttempt(
  { ledger, log }: InferenceDependencies,
  { payment, attempt, channel }: Grant,
): Promise<void> {
  let isKnown = false
  try {
    await ledger.release({ paymentHash: payment.authorization.paymentHash, attempt, reason: 'failed' })
    isKnown = true
  } catch (error) {
    log.warn('attempt not released', { error: errorText(error) })
  }
  await channel?.giveUp({ isKnown })
}

function deliveryOf({ metrics, now, keccak }: InferenceDependencies, input: RunInput): Delivery {
  const { paymentHash } = input.grant.payment.authorization
  const { attempt, identity } = input.grant
  return createDelivery(input.reply, {
    headers: { ...openGradientHeaders(input), ...input.headers },
    witness: createStreamWitness({ identity, paymentHash, attempt, now, keccak }),
    onFirstEvent: () => metrics.countFirstByte((performance.now() - input.beganAt) / 1000),
  })
}

/** A run, what it makes, and whether anybody still waits for it. */
interface GenerateInput extends RunInput {
  readonly answer: Partial<Generation> & Pick<Generation, 'meter' | 'delivery'>
  readonly hasLeft: () => boolean
}

/** An answer while it is being made; who makes it is known once a provider has begun. */
interface Generation {
  upstream: Upstream
  model: Model
  encoder: FinishedAnswer
  /** The exact bytes that went to the provider. */
  requestBytes: Uint8Array
  readonly meter: Meter
  readonly delivery: Delivery | undefined
}

function isGeneration(answer: Partial<Generation> & Pick<Generation, 'meter' | 'delivery'>): answer is Generation {
  return answer.encoder !== undefined
}

/**
 * Asks the provider and passes its events on, until it ends, the paid ceiling is reached, time is up, or the client of a stream is gone. An
 * unstreamed answer is made to its end even for a client that is gone: it is paid, and the repeated call gets it whole.
 */
async function generate(
  { ledger, now, pool }: InferenceDependencies,
  { request, grant, reply, answer, hasLeft }: GenerateInput,
): Promise<void> {
  const { meter, delivery } = answer
  const time = generationOf(grant, now)
  let leasedAt = grant.receivedAt
  let isWhole = false
  try {
    const { upstream, model, requestBytes, batches } = await pool.ask({
      models: [request.model, ...request.fallbacks],
      endpoint: request.endpoint === 'completions' ? 'completions' : 'chat.completions',
      body: upstreamBodyOf(request),
      signal: request.stream ? AbortSignal.any([reply.signal(), time.signal]) : time.signal,
    })
    const encoder = encoderOf({ request, grant, model })
    Object.assign(answer, { upstream, model, requestBytes, encoder })
    for await (const batch of batches) {
      const passed = passOn(batch, { meter, delivery, encoder, signal: time.signal })
      const isFull = delivery === undefined ? await passed : await time.wait(passed)
      if (isFull !== false || hasLeft()) return
      if (now() - leasedAt > leaseSeconds / 3n) {
        leasedAt = now()
        await ledger.checkpoint({
          paymentHash: grant.payment.authorization.paymentHash,
          attempt: grant.attempt,
          leaseSeconds,
        })
      }
    }
    isWhole = true
  } catch (error) {
    // Time is up: what has come so far is the answer, cut at its length.
    if (!time.signal.aborted || !meter.hasDelivered()) throw error
  } finally {
    time.end({ isWhole })
  }
}

function generationOf({ payment }: Grant, now: () => bigint): GenerationTime {
  return beginGeneration({ now: now(), validBefore: payment.authorization.validBefore })
}

/** Asks for vectors. They come as a whole: there is nothing to stop in between. */
async function embed({ pool, now }: InferenceDependencies, { request, grant, answer }: GenerateInput): Promise<void> {
  const { embeddings } = request
  if (embeddings === undefined) return
  const { input, dimensions } = embeddings
  const time = generationOf(grant, now)
  const asked = { models: [request.model, ...request.fallbacks], request: { input, dimensions } } as const
  const made = await pool.embed({ ...asked, signal: time.signal }).finally(() => time.end({ isWhole: true }))
  const { promptTokens } = made
  if (promptTokens !== undefined) {
    const usage = { promptTokens, cachedPromptTokens: 0, completionTokens: 0, reasoningTokens: 0 }
    answer.meter.count({ type: 'usage', usage })
  }
  const { upstream, model, requestBytes } = made
  const encoder = embeddingsAnswerOf(made, { model: model.id, request: embeddings })
  Object.assign(answer, { upstream, model, requestBytes, encoder })
}

const idPrefixes = { 'chat.completions': 'chatcmpl-', completions: 'cmpl-', responses: 'resp_' } as const

function encoderOf({
  request,
  grant,
  model,
}: Pick<RunInput, 'request' | 'grant'> & { readonly model: Model }): AnswerEncoder {
  const { paymentHash } = grant.payment.authorization
  const endpoint = request.endpoint === 'embeddings' ? 'chat.completions' : request.endpoint
  return createAnswerEncoder({
    endpoint,
    responses: request.responses,
    id: `${idPrefixes[endpoint]}${paymentHash.slice(2, 26)}`,
    created: Number(grant.receivedAt),
    model: model.id,
    stream: request.stream,
    includeUsage: request.includeUsage,
  })
}

/** The name of the payment where OpenGradient's clients look for it. */
function openGradientHeaders({ request, grant }: RunInput): Record<string, string> {
  if (request.openGradientHash === undefined) return {}
  return { 'x-processing-hash': grant.payment.authorization.paymentHash }
}

async function sendWhole(conclusion: Conclusion, input: RunInput): Promise<void> {
  const { reply, headers, grant } = input
  const { accepted } = grant.payment.payload
  const { payer, paymentHash } = grant.payment.authorization
  const head = {
    'content-type': 'application/json',
    'cache-control': 'no-store, private',
    // The money moves after the answer; the hash is where its settlement can be followed.
    'payment-response': encodePaymentHeader(
      conclusion.settlement === undefined
        ? {
            success: true,
            transaction: '',
            network: accepted.network,
            payer,
            amount: conclusion.charged.toString(),
            extra: { paymentHash, settlement: 'queued' },
          }
        : { ...conclusion.settlement, extra: { ...conclusion.settlement.extra, paymentHash } },
    ),
    ...openGradientHeaders(input),
    ...headers,
  }
  await reply.whole(200, head, conclusion.answer.bytes)
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
