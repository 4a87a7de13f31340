import { type Ledger, openMemoryLedger } from '@og/ledger'
import type { Hex } from '@og/settlement'
import { type PaymentPayload, type SettleResponse, X402Error } from '@og/x402'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createSettlementWorker, type SettlementWorker } from './settlement-worker.js'

const start = 1_800_000_000n
const payee: Hex = `0x${'03'.repeat(20)}`
const token: Hex = `0x${'01'.repeat(20)}`
const payerOf = (name: string): Hex => `0x${Buffer.from(name).toString('hex').padEnd(40, '0')}`
const hashOf = (payer: string, index: number): Hex =>
  `0x${Buffer.from(payer).toString('hex')}${index.toString(16).padStart(64 - 2 * payer.length, '0')}`

let clock: bigint
let ledger: Ledger
let stop: AbortController
beforeEach(() => {
  clock = start
  ledger = openMemoryLedger({ now: () => clock })
  stop = new AbortController()
})
afterEach(async () => {
  vi.useRealTimers()
  await ledger.close()
})

/** Serves a call and leaves its payment to be settled. */
async function serve(payer: string, index: number, validBefore: bigint): Promise<void> {
  const paymentHash = hashOf(payer, index)
  const authorization = {
    from: payerOf(payer),
    to: payee,
    value: '100',
    validAfter: '0',
    validBefore: validBefore.toString(),
    nonce: paymentHash,
  }
  const accepted = { scheme: 'exact', network: 'eip155:84532', amount: '100', asset: token, payTo: payee }
  const payload = {
    x402Version: 2,
    accepted: { ...accepted, maxTimeoutSeconds: 600, extra: {} },
    payload: { signature: `0x${'ab'.repeat(65)}`, authorization },
  }
  const salts = {
    request: hashOf('s', 1),
    response: hashOf('s', 2),
    upstreamRequest: hashOf('s', 3),
    terms: hashOf('s', 4),
  }
  await ledger.reserve({
    chainId: 84_532n,
    nonceContract: token,
    payer: payerOf(payer),
    nonce: paymentHash,
    paymentHash,
    requestHash: hashOf('q', index),
    scheme: 'exact',
    network: 'eip155:84532',
    asset: token,
    payTo: payee,
    authorized: 100n,
    validBefore,
    leaseSeconds: 300n,
    mode: 'VANILLA',
    settlement: 'SETTLE_BATCH',
    salts,
    payload: '{}',
    exposureLimit: 1_000_000n,
  })
  await ledger.finish({
    paymentHash,
    attempt: 1,
    receiptDigest: hashOf(`r${payer}`, index),
    logId: hashOf('l', 0),
    receiptJson: '{}',
    termsJson: '{}',
    signature: '0x12',
    charged: 100n,
    outcome: 0,
    intents: [{ kind: 'payment', dedupeKey: paymentHash, body: JSON.stringify({ payload, charged: '100' }) }],
  })
}

type Settle = (payload: PaymentPayload) => Promise<SettleResponse>

const settled: SettleResponse = { success: true, transaction: hashOf('t', 1), network: 'eip155:84532' }
const pending: SettleResponse = { ...settled, success: false, transaction: '', errorReason: 'settlement_pending' }

function workerWith(settle: Settle): {
  readonly worker: SettlementWorker
  readonly warnings: string[]
  readonly debtors: ReadonlySet<string>
} {
  const warnings: string[] = []
  const debtors = new Set<string>()
  const never = (): never => {
    throw new Error('only payments are settled here')
  }
  const worker = createSettlementWorker({
    ledger,
    relayer: { address: payee, submit: never, tick: never, wait: never, execute: never, run: never, recover: never },
    facilitator: { settle, verify: never, supported: never },
    channels: undefined,
    identity: { nodeId: hashOf('n', 1), manifest: { logId: hashOf('l', 0) } } as Parameters<
      typeof createSettlementWorker
    >[0]['identity'],
    mirror: { upTo: never },
    debtors: { add: (payer) => void debtors.add(payer) },
    now: () => clock,
    log: { info: () => undefined, error: () => undefined, warn: (text) => void warnings.push(text) },
    checkpointMaxAgeSeconds: 60n,
    isRegistered: async () => false,
    signal: stop.signal,
    onStep: () => undefined,
  })
  return { worker, warnings, debtors }
}

/** A facilitator with places for so many questions of one payer; it answers when told to. */
function facilitatorFor(maxPerPayer: number) {
  const present = new Map<string, number>()
  const asked: string[] = []
  const waiting: (() => void)[] = []
  let refused = 0
  return {
    asked,
    refused: () => refused,
    answerAll: () => {
      for (const go of waiting.splice(0)) go()
    },
    settle: async ({ payload }: PaymentPayload): Promise<SettleResponse> => {
      const { from, nonce } = payload['authorization'] as { from: string; nonce: string }
      const mine = present.get(from) ?? 0
      if (mine >= maxPerPayer) {
        refused += 1
        throw new X402Error('FACILITATOR_BUSY', 'too many questions at a time')
      }
      present.set(from, mine + 1)
      asked.push(nonce)
      await new Promise<void>((resolve) => waiting.push(resolve))
      present.set(from, (present.get(from) ?? 1) - 1)
      return settled
    },
  }
}

/** Lets what is under way come as far as it can without an answer. */
const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

test('a payer with many payments is refused none and holds nobody up; what runs out first goes first', async () => {
  // Signed in another order than they run out.
  for (let index = 0; index < 200; index += 1) await serve('many', index, start + 900n - BigInt(index))
  for (let index = 0; index < 3; index += 1) await serve('few', index, start + 5000n)
  const facilitator = facilitatorFor(64)
  const { worker } = workerWith(facilitator.settle)
  await worker.tick()
  await breathe()
  const few = Array.from({ length: 3 }, (_, index) => hashOf('few', index))
  expect(few.every((nonce) => facilitator.asked.includes(nonce))).toBe(true)
  for (let round = 0; round < 40; round += 1) {
    facilitator.answerAll()
    await breathe()
    await worker.tick()
  }
  await breathe()
  expect(facilitator.refused()).toBe(0)
  const many = facilitator.asked.filter((nonce) => !few.includes(nonce as Hex))
  expect(many).toEqual(Array.from({ length: 200 }, (_, index) => hashOf('many', 199 - index)))
  expect(await ledger.intents({ state: 'done', limit: 500 })).toHaveLength(203)
})

test('a facilitator with few places is asked in turn, and its refusals cost no payment its tries', async () => {
  for (let index = 0; index < 40; index += 1) await serve('many', index, start + 600n)
  const facilitator = facilitatorFor(2)
  vi.useFakeTimers({ toFake: ['performance'] })
  const { worker, warnings } = workerWith(facilitator.settle)
  for (let round = 0; round < 400 && facilitator.asked.length < 40; round += 1) {
    await worker.tick()
    await breathe()
    facilitator.answerAll()
    await breathe()
    clock += 1n
    vi.advanceTimersByTime(1000)
  }
  facilitator.answerAll()
  await worker.settled()
  // A payer of whom it had too many rested: it was not refused in every round for everything that waits.
  expect(facilitator.refused()).toBeLessThan(40 * 32)
  expect(facilitator.refused()).toBeGreaterThan(0)
  expect(await ledger.intents({ state: 'done', limit: 500 })).toHaveLength(40)
  expect(warnings).toEqual([])
})

test('a payment is asked for until it has run out and a day longer, however often; then it is a debt', async () => {
  await serve('slow', 0, start + 600n)
  let answer = pending
  let asked = 0
  const { worker } = workerWith(async () => {
    asked += 1
    return answer
  })
  const round = async (seconds: bigint): Promise<void> => {
    await worker.tick()
    await worker.settled()
    clock += seconds
  }
  // A chain that stands still for ten minutes: every eight seconds at least.
  while (clock < start + 600n) await round(1n)
  expect(asked).toBeGreaterThan(70)
  while (asked < 200) await round(60n)
  expect(await ledger.lookup(hashOf('slow', 0))).toMatchObject({ money: 'pending' })
  answer = settled
  for (let last = asked; last === asked; ) await round(60n)
  expect(await ledger.lookup(hashOf('slow', 0))).toMatchObject({ money: 'settled' })

  await serve('lost', 1, clock + 600n)
  answer = pending
  clock += 87_000n + 300n
  await round(1n)
  expect(await ledger.lookup(hashOf('lost', 1))).toMatchObject({ money: 'debt' })
})

test('a payment that is valid for years is asked for now and then, not every few seconds', async () => {
  await serve('patient', 0, start + 10n ** 9n)
  let asked = 0
  const { worker } = workerWith(async () => {
    asked += 1
    return pending
  })
  while (clock < start + 7200n) {
    await worker.tick()
    await worker.settled()
    clock += 4n
  }
  expect(asked).toBeGreaterThan(20)
  expect(asked).toBeLessThan(40)
})

test('what reverts for no known reason, as while a token is paused, is asked again until it has run out', async () => {
  await serve('paused', 0, start + 600n)
  const reverts = (errorReason: string): SettleResponse => ({ ...pending, errorReason })
  let answer = reverts('invalid_exact_evm_transaction_simulation_failed')
  const { worker, debtors } = workerWith(async () => answer)
  const round = async (seconds: bigint): Promise<void> => {
    await worker.tick()
    await worker.settled()
    clock += seconds
  }
  while (clock < start + 300n) await round(30n)
  expect(await ledger.lookup(hashOf('paused', 0))).toMatchObject({ money: 'pending' })
  // Meanwhile the payer is served nothing that the chain would not take.
  expect(debtors.size).toBe(1)
  answer = settled
  await round(10n)
  expect(await ledger.lookup(hashOf('paused', 0))).toMatchObject({ money: 'settled' })
  await serve('paused', 2, clock + 600n)
  answer = reverts('permit2_invalid_nonce')
  await round(1n)
  expect(await ledger.lookup(hashOf('paused', 2))).toMatchObject({ money: 'debt' })
  await serve('paused', 4, clock + 600n)
  answer = reverts('permit2_simulation_failed')
  clock += 601n
  await round(1n)
  expect(await ledger.lookup(hashOf('paused', 4))).toMatchObject({ money: 'debt' })
})

test('the end of the process waits for no answer: the next one asks again at once', async () => {
  await serve('late', 0, start + 600n)
  const { worker, warnings } = workerWith(() => new Promise(() => undefined))
  await worker.tick()
  await breathe()
  expect(await ledger.intents({ state: 'claimed', limit: 5 })).toHaveLength(1)
  stop.abort()
  await worker.settled()
  expect(warnings).toEqual([])
  stop = new AbortController()
  const next = workerWith(async () => settled)
  await next.worker.tick()
  await next.worker.settled()
  expect(await ledger.lookup(hashOf('late', 0))).toMatchObject({ money: 'settled' })
})
