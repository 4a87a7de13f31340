import {
  scriptedUpstream,
  type Upstream,
  UpstreamError,
  type UpstreamErrorCode,
  type UpstreamEvent,
} from '@og/llm/upstream'
import { describe, expect, test } from 'vitest'
import { createPriceTable, type Model } from './prices.js'
import { createUpstreamPool, type PoolMember } from './upstream-pool.js'

const table = createPriceTable(undefined, 6)
function modelOf(name: string): Model {
  const model = table.resolve(name)
  if (model === undefined) throw new Error(name)
  return model
}
const gpt = modelOf('gpt-4o')
const claude = modelOf('claude-sonnet-4-5')
const body = { model: 'x', messages: [{ role: 'user', content: 'Say exactly: hello' }] }

type Step =
  | UpstreamErrorCode
  | 'ok'
  | { readonly code: UpstreamErrorCode; readonly retryAfterMs?: number; readonly upstreamStatus?: number }

/** A provider that fails as told, and then answers as the scripted model does. */
function failing(
  id: string,
  steps: Step[],
  families: readonly string[] = [],
): PoolMember & { readonly asked: string[] } {
  const scripted = scriptedUpstream()
  const asked: string[] = []
  const upstream: Upstream = {
    id,
    host: `${id}.example`,
    label: 'tls-witnessed',
    send: async (request, options) => {
      asked.push(request.model)
      const step = steps.shift() ?? 'ok'
      if (step === 'ok') return scripted.send(request, options)
      throw typeof step === 'string' ? new UpstreamError(step) : new UpstreamError(step.code, step)
    },
  }
  return { id, families, maxConcurrent: 2, upstream: () => upstream, asked }
}

function poolOf(members: readonly PoolMember[]) {
  let now = 0
  const pauses: number[] = []
  const results: string[] = []
  const pool = createUpstreamPool({
    members,
    clock: () => now,
    pause: async (milliseconds) => {
      pauses.push(milliseconds)
      now += milliseconds
    },
    random: () => 0,
    onResult: (member, result) => results.push(`${member}: ${result}`),
    onBreaker: () => undefined,
  })
  const ask = (models: readonly [Model, ...Model[]] = [gpt]) =>
    pool.ask({ models, endpoint: 'chat.completions', body, signal: new AbortController().signal })
  return { ask, pauses, results, wait: (milliseconds: number) => (now += milliseconds) }
}

async function drain(events: AsyncIterable<readonly UpstreamEvent[]>): Promise<void> {
  for await (const _ of events);
}

describe('F19: a provider that fails before the first byte', () => {
  test.each<UpstreamErrorCode>(['UPSTREAM_OVERLOADED', 'UPSTREAM_UNAVAILABLE', 'UPSTREAM_TIMEOUT', 'UPSTREAM_FAILED'])(
    '%s: the next one is asked at once',
    async (code) => {
      const [bad, good] = [failing('bad', [code]), failing('good', [])]
      const { ask, pauses } = poolOf([bad, good])
      expect((await ask()).upstream.id).toBe('good')
      expect([bad.asked.length, good.asked.length, pauses]).toEqual([1, 1, []])
    },
  )

  test('the only one is asked once more after a pause, and then the failure is passed on', async () => {
    const only = failing('only', ['UPSTREAM_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE', 'ok'])
    const { ask, pauses } = poolOf([only])
    await expect(ask()).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
    expect([only.asked.length, pauses]).toEqual([2, [100]])
  })

  test("the caller's own fault is asked of nobody else", async () => {
    const [first, second] = [failing('first', ['UPSTREAM_CONTENT_POLICY']), failing('second', [])]
    const { ask } = poolOf([first, second])
    await expect(ask()).rejects.toMatchObject({ code: 'UPSTREAM_CONTENT_POLICY' })
    expect(second.asked).toEqual([])
  })

  test('a key that one provider refuses does not end the call', async () => {
    const { ask } = poolOf([failing('revoked', ['UPSTREAM_AUTH']), failing('good', [])])
    expect((await ask()).upstream.id).toBe('good')
  })
})

test.each<Step & object>([
  { code: 'UPSTREAM_UNSUPPORTED' },
  { code: 'UPSTREAM_MODEL' },
  { code: 'UPSTREAM_REJECTED' },
  { code: 'UPSTREAM_AUTH', upstreamStatus: 403 },
])('D10: what a caller asks for again and again closes a provider for nobody: %o', async (step) => {
  const only = failing('a', Array<Step>(20).fill(step))
  const { ask } = poolOf([only])
  for (let index = 0; index < 20; index += 1) await expect(ask()).rejects.toMatchObject({ code: step.code })
  expect((await ask()).upstream.id).toBe('a')
})

test('a provider that does not know its key any more is left alone', async () => {
  const { ask } = poolOf([failing('a', Array<Step>(5).fill({ code: 'UPSTREAM_AUTH', upstreamStatus: 401 }))])
  for (let index = 0; index < 5; index += 1) await expect(ask()).rejects.toMatchObject({ code: 'UPSTREAM_AUTH' })
  await expect(ask()).rejects.toMatchObject({ code: 'UPSTREAM_OVERLOADED' })
})

describe('F18: a provider that limits its rate', () => {
  test('a short wait is waited for, a long one is passed on', async () => {
    const short = failing('short', [{ code: 'UPSTREAM_RATE_LIMITED', retryAfterMs: 1500 }])
    const waiting = poolOf([short])
    expect((await waiting.ask()).upstream.id).toBe('short')
    expect(waiting.pauses).toEqual([1500])
    const long = failing('long', [{ code: 'UPSTREAM_RATE_LIMITED', retryAfterMs: 30_000 }])
    const passing = poolOf([long])
    await expect(passing.ask()).rejects.toMatchObject({ code: 'UPSTREAM_RATE_LIMITED', retryAfterMs: 30_000 })
    expect([long.asked.length, passing.pauses]).toEqual([1, []])
  })
})

describe('pools', () => {
  test('the least busy is asked first, a full one not at all', async () => {
    const [left, right] = [failing('left', []), failing('right', [])]
    const { ask } = poolOf([left, right])
    const running = [await ask(), await ask(), await ask(), await ask()]
    expect(running.map(({ upstream }) => upstream.id).sort()).toEqual(['left', 'left', 'right', 'right'])
    await expect(ask()).rejects.toMatchObject({ code: 'UPSTREAM_OVERLOADED' })
    for (const { batches } of running) await drain(batches)
    expect((await ask()).upstream.id).toBe('left')
  })

  test('one that failed five times in a row is left alone for ten seconds', async () => {
    const bad = failing(
      'bad',
      Array.from({ length: 6 }, () => 'UPSTREAM_TIMEOUT' as const),
    )
    const good = failing('good', [])
    const { ask, wait } = poolOf([bad, good])
    for (let call = 0; call < 8; call += 1) await drain((await ask()).batches)
    expect(bad.asked.length).toBe(5)
    wait(10_000)
    await drain((await ask()).batches)
    await drain((await ask()).batches)
    expect(bad.asked.length).toBe(6)
  })

  test('a model goes to the providers of its family, and to one without a key never', async () => {
    const openai = failing('openai', [], ['openai'])
    const keyless: PoolMember = { ...failing('keyless', [], ['anthropic']), upstream: () => undefined }
    const { ask } = poolOf([openai, keyless])
    expect((await ask()).upstream.id).toBe('openai')
    expect(openai.asked).toEqual(['gpt-4o'])
    await expect(ask([claude])).rejects.toMatchObject({ code: 'model_not_found' })
  })

  test('another model answers only when the caller allows it', async () => {
    const openai = failing(
      'openai',
      Array.from({ length: 4 }, () => 'UPSTREAM_OVERLOADED' as const),
      ['openai'],
    )
    const anthropic = failing('anthropic', [], ['anthropic'])
    const { ask } = poolOf([openai, anthropic])
    await expect(ask([gpt])).rejects.toMatchObject({ code: 'UPSTREAM_OVERLOADED' })
    expect(anthropic.asked).toEqual([])
    const answer = await ask([gpt, claude])
    expect([answer.model.id, answer.upstream.id]).toEqual(['anthropic/claude-sonnet-4-5', 'anthropic'])
  })
})
