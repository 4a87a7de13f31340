import { tokenBalance } from '@og/devchain'
import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { packageVersion } from '../package-version.js'
import { type Row, rowOf } from '../row.js'
import { medianOf } from '../statistics.js'
import { type SideName, takeTurns } from '../take-turns.js'
import { accountOf, type BenchChain, blockSeconds, startBenchChain } from './chain.js'
import { fireRaw } from './fire-raw.js'
import { checkAnswer } from './load.js'
import { presign } from './presign.js'
import { type Servers, startServers } from './servers.js'
import { answerText, price } from './terms.js'

/** The peer is given fewer payments, because each of its rounds waits for blocks; both are given several per connection. */
const counts = { concurrency: 64, rounds: 2, paymentsPerRound: { ours: 3_072, peer: 128 }, payers: 64 } as const
const settleTimeoutMs = 30_000

/** Paid requests with a facilitator and a chain behind them. */
export const x402EndToEnd: Benchmark = {
  name: 'x402-end-to-end',
  summary: 'paid requests with a facilitator and a chain of 2 s blocks, answered and settled, against official',
  run,
}

async function run(context: BenchmarkContext): Promise<readonly Row[]> {
  const on = await startBenchChain()
  try {
    const payTo = { ours: accountOf('our payee').address, peer: accountOf('official payee').address }
    const chain = (index: number) => ({
      rpcUrl: on.chain.rpcUrl,
      facilitatorKey: on.keyAt(index),
      authorizerKey: on.keyAt(9),
    })
    const servers = await startServers({
      ours: { payTo: payTo.ours, chain: chain(1) },
      peer: { payTo: payTo.peer, chain: chain(2) },
    })
    try {
      return await measure(context, { on, servers, payTo })
    } finally {
      await servers.stop()
    }
  } finally {
    await on.chain.stop()
  }
}

interface Setup {
  readonly on: BenchChain
  readonly servers: Servers
  readonly payTo: Readonly<Record<SideName, `0x${string}`>>
}

async function measure(context: BenchmarkContext, { on, servers, payTo }: Setup): Promise<readonly Row[]> {
  const payers = await on.fund('payer', counts.payers, 1_000_000_000n)
  context.say('signing …')
  const headers: Record<SideName, string[]> = { ours: [], peer: [] }
  for (const side of ['ours', 'peer'] as const) {
    const count = counts.rounds * counts.paymentsPerRound[side]
    headers[side] = [...(await presign(`${servers.url[side]}/paid`, payers, count))]
  }
  await on.slowDown()
  const answered: Record<SideName, number[]> = { ours: [], peer: [] }
  const settled: Record<SideName, number[]> = { ours: [], peer: [] }
  await takeTurns(
    counts.rounds,
    async (side, round) => {
      const url = `${servers.url[side]}/paid`
      const shots = headers[side].splice(0, counts.paymentsPerRound[side]).map((payment) => ({ url, payment }))
      await on.nextBlock()
      const started = performance.now()
      const { elapsedMs, answers } = await fireRaw(shots, counts.concurrency)
      for (const answer of answers) {
        checkAnswer(answer, { text: answerText, settlement: side === 'ours' ? 'absent' : 'success' })
      }
      answered[side].push((answers.length / elapsedMs) * 1000)
      // The official middleware answers after the settlement, so its answers are settlements.
      if (side === 'ours') await untilSettled(servers, (round + 1) * counts.paymentsPerRound.ours)
      const settledMs = side === 'ours' ? performance.now() - started : elapsedMs
      settled[side].push((answers.length / settledMs) * 1000)
      context.say(
        `${side}: ${answered[side].at(-1)?.toFixed(0)}/s answered, ${settled[side].at(-1)?.toFixed(0)}/s settled`,
      )
    },
    context.signal,
  )
  for (const side of ['ours', 'peer'] as const) {
    const arrived = await tokenBalance(on.chain, payTo[side])
    const due = BigInt(counts.rounds * counts.paymentsPerRound[side]) * price
    if (arrived !== due) throw new Error(`${side}: ${due} atomic units were due, ${arrived} arrived`)
  }
  const common = {
    peerName: '@x402/express + @x402/evm facilitator',
    peerVersion: packageVersion('@x402/express'),
    better: 'higher',
    target: 20,
    config: { ...context.machine, ...counts, blockSeconds, tools: servers.tools },
  } as const
  return [
    rowOf({
      name: 'x402-end-to-end/answered',
      ours: medianOf(answered.ours),
      peer: medianOf(answered.peer),
      unit: 'paid requests/s',
      ...common,
    }),
    rowOf({
      name: 'x402-end-to-end/settled',
      ours: medianOf(settled.ours),
      peer: medianOf(settled.peer),
      unit: 'settled requests/s',
      ...common,
    }),
  ]
}

/** Waits until our server has settled so many payments. @throws Error when one fails, or when it takes too long */
async function untilSettled(servers: Servers, count: number): Promise<void> {
  const deadline = performance.now() + settleTimeoutMs
  for (;;) {
    const { settled, unsettled } = await servers.ourReport()
    if (unsettled > 0) throw new Error(`${unsettled} of our settlements failed`)
    if (settled >= count) return
    if (performance.now() > deadline) throw new Error(`only ${settled} of ${count} payments were settled`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
