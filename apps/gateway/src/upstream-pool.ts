import {
  type EmbeddingsAnswer,
  type EmbeddingsRequest,
  type Upstream,
  type UpstreamAnswer,
  UpstreamError,
  type UpstreamEvent,
  type UpstreamRequest,
} from '@og/llm/upstream'
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.js'
import { GatewayError } from './gateway-error.js'
import type { Model } from './prices.js'

/** One provider that a model can be asked of. */
export interface PoolMember {
  readonly id: string
  /** Families that it serves; empty means every family. */
  readonly families: readonly string[]
  /** Most calls at once; above it the next provider is asked. */
  readonly maxConcurrent: number
  /** The provider as it can be called now; `undefined` while its key is not there. */
  readonly upstream: () => Upstream | undefined
}

/** Providers with what keeps their failures from callers. */
export interface UpstreamPool {
  /**
   * Asks for an answer: of the first model, then of those that the caller allows instead; of each provider that serves it, the least busy
   * first. Repeats happen only here, before the first piece of an answer; afterwards a failure is a failure.
   * @throws GatewayError `model_not_found` when no provider serves any of the models
   * @throws UpstreamError the last failure, when all have failed
   */
  readonly ask: (question: Question) => Promise<PooledAnswer & Answerer>
  /** The same for vectors; providers that have none are passed over. */
  readonly embed: (
    question: Candidates & { readonly request: Omit<EmbeddingsRequest, 'model'> },
  ) => Promise<EmbeddingsAnswer & Answerer>
}

/** Whom to ask, and how long. */
interface Candidates {
  readonly models: readonly [Model, ...Model[]]
  readonly signal: AbortSignal
}

/** What the pool is asked. */
interface Question extends Candidates {
  readonly endpoint: UpstreamRequest['endpoint']
  readonly body: UpstreamRequest['body']
}

/** An answer, its events as many at once as have come; single use. */
interface PooledAnswer extends Omit<UpstreamAnswer, 'events'> {
  readonly batches: AsyncIterable<readonly UpstreamEvent[]>
}

/** Who answers. */
interface Answerer {
  readonly upstream: Upstream
  /** The model that answers: the first one asked for, or one that the caller allows instead. */
  readonly model: Model
}

/** Options of {@link createUpstreamPool}. */
export interface UpstreamPoolOptions {
  readonly members: readonly PoolMember[]
  /** Monotonic milliseconds. */
  readonly clock: () => number
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** A number of 0 to below 1, for jitter. */
  readonly random: () => number
  readonly onResult: (member: string, result: string) => void
  readonly onBreaker: (member: string, open: boolean) => void
}

/** Most calls of providers for one question. */
const maxCalls = 4
/** A provider may be asked again after at most this long; a longer `Retry-After` is passed on to the caller. */
const longestPauseMs = 2000
const firstPauseMs = 100
const breakerThreshold = 5
const breakerRestMs = 10_000

/** Failures that are the caller's: another provider would say the same. */
const callersFault = new Set(['UPSTREAM_REJECTED', 'UPSTREAM_CONTEXT_LENGTH', 'UPSTREAM_CONTENT_POLICY', 'ABORTED'])
/** Failures of which another provider knows nothing, and which say no more of a provider's health. */
const choosersFault = new Set([...callersFault, 'UPSTREAM_UNSUPPORTED', 'UPSTREAM_MODEL'])

/**
 * Whoever asks for what a provider does not have, or for what it forbids (403, also of what stands before it), must not close it for everybody;
 * a key that it does not know any more comes back as 401.
 */
function saysNothingOfHealth(error: unknown): boolean {
  return error instanceof UpstreamError && (choosersFault.has(error.code) || error.upstreamStatus === 403)
}

interface Seat extends PoolMember {
  readonly breaker: CircuitBreaker
  busy: number
}

/** Creates a pool. */
export function createUpstreamPool(options: UpstreamPoolOptions): UpstreamPool {
  const seats: readonly Seat[] = options.members.map((member) => ({
    ...member,
    breaker: createCircuitBreaker({ threshold: breakerThreshold, restMs: breakerRestMs, clock: options.clock }),
    busy: 0,
  }))

  function seatsFor(model: Model): readonly Seat[] {
    return seats
      .filter(({ families }) => families.length === 0 || families.includes(model.family))
      .filter((seat) => seat.upstream() !== undefined)
      .sort((left, right) => left.busy - right.busy)
  }

  type Call<T> = (upstream: Upstream, model: Model, leave: () => void) => Promise<T>

  async function askOne<T>(seat: Seat, model: Model, call: Call<T>): Promise<T & Answerer> {
    const upstream = seat.upstream()
    if (upstream === undefined) throw new UpstreamError('UPSTREAM_CONFIG')
    seat.busy += 1
    let left = false
    const leave = (): void => {
      if (!left) seat.busy -= 1
      left = true
    }
    try {
      const answer = await call(upstream, model, leave)
      seat.breaker.succeeded()
      options.onResult(seat.id, 'ok')
      return { upstream, model, ...answer }
    } catch (error) {
      leave()
      const code = error instanceof UpstreamError ? error.code : 'UPSTREAM_FAILED'
      if (saysNothingOfHealth(error)) seat.breaker.abstained()
      else seat.breaker.failed()
      options.onResult(seat.id, code.toLowerCase())
      throw error
    } finally {
      options.onBreaker(seat.id, seat.breaker.isOpen())
    }
  }

  async function first<T>(question: Candidates, call: Call<T>): Promise<T & Answerer> {
    let lastFailure: unknown
    let calls = 0
    let known = false
    for (const model of question.models) {
      const candidates = seatsFor(model)
      known ||= candidates.length > 0
      let pauseMs = firstPauseMs
      for (let round = 0; round < 2 && candidates.length > 0; round += 1) {
        let again = false
        for (const seat of candidates) {
          if (calls >= maxCalls) break
          if (seat.busy >= seat.maxConcurrent || !seat.breaker.tryEnter()) continue
          calls += 1
          try {
            return await askOne(seat, model, call)
          } catch (error) {
            if (!(error instanceof UpstreamError) || callersFault.has(error.code)) throw error
            lastFailure = error
            const wanted = error.retryAfterMs ?? 0
            again ||= error.isRetryable && wanted <= longestPauseMs
            pauseMs = Math.max(pauseMs, wanted <= longestPauseMs ? wanted : 0)
          }
        }
        if (!again || round > 0 || calls >= maxCalls) break
        await options.pause(pauseMs * (1 + options.random()), question.signal)
      }
    }
    if (lastFailure !== undefined) throw lastFailure
    if (known) throw new UpstreamError('UPSTREAM_OVERLOADED', { retryAfterMs: 1000 })
    throw new GatewayError('model_not_found', 'No provider of this node serves that model right now.', {
      param: 'model',
    })
  }

  return {
    ask: (question) =>
      first(question, async (upstream, { upstreamName: model }, leave) => {
        const { endpoint, body, signal } = question
        const answer = await upstream.send({ endpoint, model, body }, { signal })
        const { requestBytes, modelAnswered } = answer
        return { requestBytes, modelAnswered, batches: whenOver(answer.batches ?? oneByOne(answer.events), leave) }
      }),
    embed: ({ request, ...question }) =>
      first(question, async (upstream, { upstreamName: model }, leave) => {
        if (upstream.embed === undefined) throw new UpstreamError('UPSTREAM_MODEL')
        const answer = await upstream.embed({ ...request, model }, { signal: question.signal })
        leave()
        return answer
      }),
  }
}

async function* oneByOne<T>(events: AsyncIterable<T>): AsyncGenerator<readonly T[], void, undefined> {
  for await (const event of events) yield [event]
}

/** Passes events on and says when they are over, however they end. Without a generator, which would cost each pull more promises than the pull. */
function whenOver<T>(events: AsyncIterable<T>, over: () => void): AsyncIterable<T> {
  const iterator = events[Symbol.asyncIterator]()
  const next = async (): Promise<IteratorResult<T, undefined>> => {
    try {
      const result = await iterator.next()
      if (result.done !== true) return result
    } catch (error) {
      over()
      throw error
    }
    over()
    return { done: true, value: undefined }
  }
  const leave = async (): Promise<IteratorResult<T, undefined>> => {
    over()
    await iterator.return?.()
    return { done: true, value: undefined }
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: leave }) }
}
