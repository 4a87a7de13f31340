import { tokenBalance } from '@og/devchain'
import type { PaymentPayload } from '@og/x402'
import { createFastKeccak, createFastRecover } from '@og/x402/node'
import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { packageVersion } from '../package-version.js'
import { type Row, type RowConfig, rowOf } from '../row.js'
import { medianOf } from '../statistics.js'
import { accountOf, type BenchChain, blockSeconds, startBenchChain } from './chain.js'
import { createOfficialFacilitator } from './official-facilitator.js'
import { createOurFacilitator } from './our-facilitator.js'
import { presignFor } from './presign.js'
import { exactTerms, price } from './terms.js'

const counts = { simultaneous: 64, payers: 16, rounds: 3 } as const

/** Sixty-four settlements at once on blocks of two seconds. */
export const x402Settle: Benchmark = {
  name: 'x402-settle',
  summary: 'settlements per second at 64 simultaneous and 2 s blocks, and with a bad one among them',
  run,
}

/** Who settles, and what: `bad-item` is ours with a payment among the others that nobody can pay any more. */
type Contestant = 'ours' | 'ours-bad-item' | 'peer' | 'peer-as-documented'
const contestants: readonly Contestant[] = ['ours', 'peer', 'ours-bad-item', 'peer-as-documented']

interface Outcome {
  readonly success: boolean
  readonly errorReason?: string | undefined
}
type Settle = (payload: PaymentPayload) => Promise<Outcome>

interface Burst {
  readonly rate: number
  readonly settled: number
  readonly reasons: readonly string[]
}

async function run(context: BenchmarkContext): Promise<readonly Row[]> {
  const on = await startBenchChain()
  try {
    return await measure(context, on)
  } finally {
    await on.chain.stop()
  }
}

async function measure(context: BenchmarkContext, on: BenchChain): Promise<readonly Row[]> {
  const payers = await on.fund('payer', counts.payers, 1_000_000_000n)
  context.say('signing …')
  const bursts: Record<Contestant, Burst[]> = { ours: [], 'ours-bad-item': [], peer: [], 'peer-as-documented': [] }
  const terms = exactTerms(accountOf('payee').address)
  const payments = new Map<string, readonly PaymentPayload[]>()
  for (let round = 0; round < counts.rounds; round++) {
    for (const contestant of contestants) {
      const isBad = contestant === 'ours-bad-item'
      const good = await presignFor(terms, payers, counts.simultaneous - (isBad ? 2 : 0))
      // Two payments of somebody who can pay one: each is good by itself, one of them fails in the batch.
      const poor = isBad ? await presignFor(terms, await on.fund(`poor ${round}`, 1, price), 2) : []
      payments.set(`${contestant} ${round}`, [...good, ...poor])
    }
  }
  await on.slowDown()
  const settlers = await settlersOf(on, terms)
  for (let round = 0; round < counts.rounds; round++) {
    for (const contestant of round % 2 === 0 ? contestants : [...contestants].reverse()) {
      context.signal.throwIfAborted()
      const burst = await settleAll(on, settlers[contestant], payments.get(`${contestant} ${round}`) ?? [])
      context.say(`${contestant}: ${burst.settled} settled, ${burst.rate.toFixed(1)}/s`)
      bursts[contestant].push(burst)
    }
  }
  // What was said to be settled has arrived, and nothing else.
  await on.nextBlock()
  const arrived = await tokenBalance(on.chain, accountOf('payee').address)
  const settled = Object.values(bursts).flatMap((list) => list.map((burst) => burst.settled))
  const due = price * BigInt(settled.reduce((sum, count) => sum + count, 0))
  if (arrived !== due) throw new Error(`${due} atomic units were settled, ${arrived} arrived`)
  return rowsOf(context, bursts)
}

async function settlersOf(
  on: BenchChain,
  terms: ReturnType<typeof exactTerms>,
): Promise<Readonly<Record<Contestant, Settle>>> {
  const config = (index: number) => ({
    rpcUrl: on.chain.rpcUrl,
    facilitatorKey: on.keyAt(index),
    authorizerKey: on.keyAt(9),
  })
  const ours = createOurFacilitator(config(1), {
    recover: createFastRecover().recover,
    keccak: (await createFastKeccak()).keccak,
  })
  const settle: Settle = (payload) => ours.settle(payload, terms)
  const official = (index: number, counting: 'manager' | 'as-documented'): Settle => {
    const facilitator = createOfficialFacilitator(config(index), counting)
    type Question = Parameters<typeof facilitator.settle>
    return (payload) => facilitator.settle(payload as unknown as Question[0], terms as unknown as Question[1])
  }
  return {
    ours: settle,
    'ours-bad-item': settle,
    peer: official(2, 'manager'),
    'peer-as-documented': official(3, 'as-documented'),
  }
}

/** Settles all at once from the moment a block was mined. */
async function settleAll(on: BenchChain, settle: Settle, payloads: readonly PaymentPayload[]): Promise<Burst> {
  await on.nextBlock()
  const started = performance.now()
  const outcomes = await Promise.all(
    payloads.map(async (payload): Promise<Outcome> => {
      try {
        return await settle(payload)
      } catch (error) {
        return { success: false, errorReason: error instanceof Error ? error.message.slice(0, 80) : 'unknown' }
      }
    }),
  )
  const seconds = (performance.now() - started) / 1000
  const settled = outcomes.filter(({ success }) => success).length
  const reasons = outcomes.flatMap(({ success, errorReason }) => (success ? [] : [errorReason ?? 'unknown']))
  return { rate: settled / seconds, settled, reasons }
}

function rowsOf(context: BenchmarkContext, bursts: Readonly<Record<Contestant, readonly Burst[]>>): readonly Row[] {
  for (const { settled } of bursts['ours-bad-item']) {
    const others = counts.simultaneous - 1
    if (settled !== others) throw new Error(`a bad item left ${settled} of ${others}`)
  }
  const rate = (contestant: Contestant): number | null => medianOf(bursts[contestant].map((burst) => burst.rate))
  const failuresOf = (contestant: Contestant): RowConfig => {
    const failures: Record<string, number> = {}
    for (const reason of bursts[contestant].flatMap(({ reasons }) => reasons)) {
      failures[reason] = (failures[reason] ?? 0) + 1
    }
    return failures
  }
  const shared = { ...context.machine, ...counts, blockSeconds, failuresOfOurs: failuresOf('ours') }
  const common = { unit: 'settlements/s', better: 'higher' } as const
  const peerVersion = packageVersion('@x402/evm')
  return [
    rowOf({
      name: 'x402-settle/simultaneous',
      ours: rate('ours'),
      peer: rate('peer'),
      peerName: '@x402/evm with a nonce manager',
      peerVersion,
      ...common,
      target: null,
      config: { ...shared, failuresOfPeer: failuresOf('peer') },
    }),
    rowOf({
      name: 'x402-settle/simultaneous-as-documented',
      ours: rate('ours'),
      peer: rate('peer-as-documented'),
      peerName: '@x402/evm as documented',
      peerVersion,
      ...common,
      target: 15,
      config: { ...shared, failuresOfPeer: failuresOf('peer-as-documented') },
    }),
    rowOf({
      name: 'x402-settle/bad-item',
      ours: rate('ours-bad-item'),
      peer: rate('ours'),
      peerName: 'ours without it',
      peerVersion: '-',
      ...common,
      target: 0.9,
      config: { ...shared, failuresWithBadItem: failuresOf('ours-bad-item') },
    }),
  ]
}
