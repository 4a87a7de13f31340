import { Agent } from 'node:http'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { packageVersion } from '../package-version.js'
import { type Row, rowOf } from '../row.js'
import { medianOf, percentileOf } from '../statistics.js'
import { type SideName, takeTurns } from '../take-turns.js'
import { checkAnswer, type Expected, fire, type Shot } from './load.js'
import { presign } from './presign.js'
import { measureRequests } from './requests.js'
import { type Servers, startServers } from './servers.js'
import { answerText, type Path, streamParts, streamPauseMs } from './terms.js'

const counts = {
  latencyCalls: 100,
  latencyWarmUp: 20,
  streams: 12,
} as const

/** What the paid leg may add, in milliseconds. */
const latencyBudgetMs = 1.5
/** How much later than the handler's own the first byte may come, in milliseconds. */
const firstByteBudgetMs = 5

/** A paywall that asks no chain: what one paid request costs, alone, in a crowd, and streamed. */
export const x402Paywall: Benchmark = {
  name: 'x402-paywall',
  summary: 'paid requests without a chain: rate, added latency and first byte against official express',
  run,
}

type BySide<T> = Readonly<Record<SideName, T>>

async function run(context: BenchmarkContext): Promise<readonly Row[]> {
  const rates = await measureRequests(context)
  const payTo = privateKeyToAccount(generatePrivateKey()).address
  const servers = await startServers({ ours: { payTo }, peer: { payTo } })
  try {
    return [...rates, ...(await measureLatency(context, servers)), ...(await measureFirstByte(context, servers))]
  } finally {
    await servers.stop()
  }
}

const peer = { peerName: '@x402/express, instant facilitator', peerVersion: packageVersion('@x402/express') } as const
const budget = { peerName: 'the budget', peerVersion: '-' } as const
const paidOnce: Expected = { text: answerText, settlement: 'success' }

/** Takes pre-signed payments one after the other; each is good for one request. */
async function magazine(servers: Servers, path: Path, count: number): Promise<BySide<(many: number) => Shot[]>> {
  const signers = Array.from({ length: 16 }, () => privateKeyToAccount(generatePrivateKey()))
  const load = async (side: SideName): Promise<(many: number) => Shot[]> => {
    const url = `${servers.url[side]}${path}`
    const left = [...(await presign(url, signers, count))]
    return (many) => left.splice(0, many).map((payment) => ({ url, payment }))
  }
  return { ours: await load('ours'), peer: await load('peer') }
}

async function measureLatency(context: BenchmarkContext, servers: Servers): Promise<readonly Row[]> {
  const calls = counts.latencyWarmUp + counts.latencyCalls
  const take = await magazine(servers, '/paid', calls)
  const paid: Record<SideName, number[]> = { ours: [], peer: [] }
  const free: Record<SideName, number[]> = { ours: [], peer: [] }
  context.say('one request after the other …')
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    await takeTurns(
      calls,
      async (side, index) => {
        const handler = await fire({ url: `${servers.url[side]}/free` }, agent)
        const [shot] = take[side](1)
        if (shot === undefined) throw new Error('no payment is left')
        const answer = await fire(shot, agent)
        checkAnswer(answer, paidOnce)
        if (index < counts.latencyWarmUp) return
        free[side].push(handler.totalMs)
        paid[side].push(answer.totalMs)
      },
      context.signal,
    )
  } finally {
    agent.destroy()
  }
  const added = (side: SideName): number | null => atLeast(difference(medianOf(paid[side]), medianOf(free[side])), 0.01)
  const [ours, theirs] = [added('ours'), added('peer')]
  const config = {
    ...context.machine,
    tools: servers.tools,
    calls: counts.latencyCalls,
    handlerMsP50: { ours: medianOf(free.ours), peer: medianOf(free.peer) },
    addedMsP95: {
      ours: difference(percentileOf(paid.ours, 0.95), medianOf(free.ours)),
      peer: difference(percentileOf(paid.peer, 0.95), medianOf(free.peer)),
    },
  }
  const common = { unit: 'ms', better: 'lower', config } as const
  return [
    rowOf({ name: 'x402-paywall/added-latency-p50', ours, peer: latencyBudgetMs, ...budget, ...common, target: 1 }),
    rowOf({ name: 'x402-paywall/added-latency-p50-official', ours, peer: theirs, ...peer, ...common, target: null }),
  ]
}

async function measureFirstByte(context: BenchmarkContext, servers: Servers): Promise<readonly Row[]> {
  const take = await magazine(servers, '/stream', counts.streams + 1)
  const paid: Record<SideName, number[]> = { ours: [], peer: [] }
  const free: number[] = []
  const text = streamParts.join('')
  context.say('streamed answers …')
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    await takeTurns(
      counts.streams + 1,
      async (side, index) => {
        const handler = await fire({ url: `${servers.url[side]}/free-stream` }, agent)
        const [shot] = take[side](1)
        if (shot === undefined) throw new Error('no payment is left')
        const answer = await fire(shot, agent)
        checkAnswer(answer, { text, settlement: side === 'ours' ? 'absent' : 'success' })
        if (index === 0) return
        if (side === 'ours') free.push(handler.firstByteMs)
        paid[side].push(answer.firstByteMs)
      },
      context.signal,
    )
  } finally {
    agent.destroy()
  }
  const [ours, theirs, handler] = [medianOf(paid.ours), medianOf(paid.peer), medianOf(free)]
  const config = {
    ...context.machine,
    streams: counts.streams,
    streamMs: streamParts.length * streamPauseMs,
    handlerFirstByteMsP50: handler,
  }
  const common = { unit: 'ms', better: 'lower', config } as const
  return [
    rowOf({
      name: 'x402-paywall/first-byte-over-handler',
      ours: atLeast(difference(ours, handler), 0.01),
      peer: firstByteBudgetMs,
      ...budget,
      ...common,
      target: 1,
    }),
    rowOf({ name: 'x402-paywall/first-byte-p50', ours, peer: theirs, ...peer, ...common, target: null }),
  ]
}

function difference(left: number | null, right: number | null): number | null {
  return left === null || right === null ? null : left - right
}

/** A difference of medians may be nothing or less; a ratio to that would say nothing. */
function atLeast(value: number | null, least: number): number | null {
  return value === null ? null : Math.max(value, least)
}
