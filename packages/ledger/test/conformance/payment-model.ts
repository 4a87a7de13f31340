import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Ledger } from '../../src/ledger.js'
import {
  failure,
  type Harness,
  type HarnessFactory,
  LOG_ID,
  PAYER,
  payment,
  result,
  START,
  salts,
  TOKEN,
} from './fixtures.js'

const LIMIT = 2_500n
const LEASE = 60n

interface ModelPayment {
  state: 'reserved' | 'released' | 'failed' | 'finished'
  attempt: number
  leaseUntil: bigint
  money: 'none' | 'pending' | 'settled'
  outstanding: bigint
  charges: number
  receipts: number
}

interface Model {
  now: bigint
  leaves: number
  readonly payments: Map<string, ModelPayment>
}

interface Real {
  readonly harness: Harness
  ledger: Ledger
}

type Command = fc.AsyncCommand<Model, Real>

const name = fc.constantFrom('a', 'b', 'c', 'd')
/** The newest attempt, or one that is not. */
const drift = fc.constantFrom(0, 0, 0, -1, 1)

function exposureOf(model: Model): bigint {
  return [...model.payments.values()].reduce((sum, { outstanding }) => sum + outstanding, 0n)
}

function expire(model: Model): void {
  for (const found of model.payments.values()) {
    if (found.state !== 'reserved' || found.leaseUntil > model.now) continue
    found.state = 'released'
    found.outstanding = 0n
  }
}

function reserve(key: string): Command {
  return {
    check: () => true,
    toString: () => `reserve ${key}`,
    run: async (model, real) => {
      const found = model.payments.get(key)
      const attempt = (found?.attempt ?? 0) + 1
      const answer = await real.ledger.reserve(
        payment(key, { exposureLimit: LIMIT, salts: salts(`${key} ${attempt}`) }),
      )
      if (found?.state === 'reserved' && found.leaseUntil > model.now) return expect(answer.kind).toBe('running')
      if (found?.state === 'finished') return expect(answer.kind).toBe('finished')
      expire(model)
      if (exposureOf(model) + 1_000n > LIMIT) return expect(answer.kind).toBe('exhausted')
      expect(answer).toMatchObject({ kind: 'granted', attempt })
      model.payments.set(key, {
        state: 'reserved',
        attempt,
        leaseUntil: model.now + LEASE,
        money: 'none',
        outstanding: 1_000n,
        charges: found?.charges ?? 0,
        receipts: found?.receipts ?? 0,
      })
    },
  }
}

function end(key: string, how: 'finish' | 'fail' | 'release', offset: number): Command {
  return {
    check: (model) => model.payments.has(key),
    toString: () => `${how} ${key} ${offset}`,
    run: async (model, real) => {
      const found = model.payments.get(key)
      if (found === undefined) return
      const attempt = Math.max(1, found.attempt + offset)
      const isCurrent = attempt === found.attempt && found.state === 'reserved'
      const isRepeat =
        attempt === found.attempt &&
        ((how === 'release' && found.state === 'released') ||
          (how === 'finish' && found.state === 'finished') ||
          (how === 'fail' && found.state === 'failed') ||
          // The fixtures give one digest an attempt, whatever its outcome: the first one stands.
          (how !== 'release' && (found.state === 'finished' || found.state === 'failed')))
      const call =
        how === 'release'
          ? real.ledger.release({ paymentHash: payment(key).paymentHash, attempt, reason: 'model' })
          : real.ledger.finish(how === 'finish' ? result(key, attempt) : failure(key, attempt))
      if (!isCurrent && !isRepeat) return await expect(call).rejects.toMatchObject({ code: 'FENCED' })
      await call
      if (!isCurrent) return
      found.state = how === 'finish' ? 'finished' : how === 'fail' ? 'failed' : 'released'
      found.outstanding = how === 'finish' ? 700n : 0n
      if (how === 'finish') {
        found.money = 'pending'
        found.charges += 1
      }
      if (how === 'release') return
      model.leaves += 1
      found.receipts += 1
    },
  }
}

const settle: Command = {
  check: () => true,
  toString: () => 'settle',
  run: async (model, real) => {
    const [intent] = await real.ledger.claimIntents({ kind: 'payment', limit: 1, leaseSeconds: 1n })
    const pending = [...model.payments].filter(([, found]) => found.money === 'pending')
    if (intent === undefined) return expect(pending).toEqual([])
    await real.ledger.completeIntent(intent.id, { result: 'ok' })
    const entry = pending.find(([key]) => payment(key).paymentHash === intent.paymentHash)
    if (entry === undefined) throw new Error('settled a payment that the model does not owe')
    entry[1].money = 'settled'
    entry[1].outstanding = 0n
  },
}

const sweep: Command = {
  check: () => true,
  toString: () => 'sweep',
  run: async (model, real) => {
    await real.ledger.sweep()
    expire(model)
  },
}

/** All of them have run out, whatever the clock says. */
const forget: Command = {
  check: () => true,
  toString: () => 'forget',
  run: async (model, real) => {
    const gone = [...model.payments].filter(([, { state, receipts }]) => state === 'released' && receipts === 0)
    expect(await real.ledger.forgetReleased({ expiredBefore: START + 601n, limit: 9 })).toBe(gone.length)
    for (const [key] of gone) model.payments.delete(key)
  },
}

const reopen: Command = {
  check: () => true,
  toString: () => 'reopen',
  run: async (_model, real) => {
    real.ledger = (await real.harness.reopen?.()) ?? real.ledger
  },
}

function wait(seconds: bigint): Command {
  return {
    check: () => true,
    toString: () => `wait ${seconds}`,
    run: async (model, real) => {
      model.now += seconds
      real.harness.clock.now = model.now
    },
  }
}

async function audit(model: Model, ledger: Ledger): Promise<void> {
  expect(await ledger.logSize(LOG_ID)).toBe(model.leaves)
  expect(await ledger.exposure({ chainId: 84_532n, asset: TOKEN, payer: PAYER })).toBe(exposureOf(model))
  for (const [key, found] of model.payments) {
    const record = await ledger.lookup(payment(key).paymentHash)
    expect(record).toMatchObject({
      attempt: found.attempt,
      money: found.money,
      state: found.state === 'failed' ? 'finished' : found.state,
    })
    expect(record?.intents.filter(({ kind }) => kind === 'payment')).toHaveLength(found.charges)
    expect(found.charges).toBeLessThanOrEqual(1)
  }
}

/** Random histories of four payments against a model of twenty lines. */
export function paymentModelConformance(create: HarnessFactory, runs = 40): void {
  describe('model', () => {
    test('behavior: every history agrees with the model, each payment is charged at most once', async () => {
      const commands = fc.commands(
        [
          name.map(reserve),
          name.map(reserve),
          fc
            .tuple(name, fc.constantFrom('finish', 'fail', 'release'), drift)
            .map(([key, how, offset]) => end(key, how, offset)),
          fc.constant(settle),
          fc.constant(sweep),
          fc.constant(forget),
          fc.constant(reopen),
          fc.constantFrom(1n, 30n, 60n, 61n).map(wait),
        ],
        { maxCommands: 40, size: 'max' },
      )
      await fc.assert(
        fc.asyncProperty(commands, async (history) => {
          const harness = await create()
          try {
            const model: Model = { now: harness.clock.now, leaves: 0, payments: new Map() }
            const real: Real = { harness, ledger: harness.ledger }
            await fc.asyncModelRun(() => ({ model, real }), history)
            await audit(model, real.ledger)
          } finally {
            await harness.dispose()
          }
        }),
        { numRuns: runs },
      )
    })
  })
}
