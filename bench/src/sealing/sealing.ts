import { startDevnet } from '@og/devnet'
import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { createAttempts } from '../end-to-end/attempts.js'
import { startChild } from '../end-to-end/child-process.js'
import { loadOurSide } from '../end-to-end/load-our-side.js'
import type { OurSide } from '../end-to-end/our-side.js'
import { packageVersion } from '../package-version.js'
import { type Row, type RowConfig, rowOf } from '../row.js'
import { medianOf, percentileOf } from '../statistics.js'
import { type SideName, takeTurns } from '../take-turns.js'
import { buildModule } from '../x402/build-module.js'
import type { createHpkeRoundTrip, createOurRoundTrip, noiseOf } from './seal-sides.js'

const calls = { warmUp: 20, rounds: 8, callsPerRound: 10 } as const
const roundTrips = { warmUpRounds: 2, rounds: 20, perRound: 50, requestBytes: 1024, answerBytes: 4096 } as const
/** A sealed call may take twice as long as an open one. */
const leastCallRatio = 0.5
/** The channel may take three times the processor time of the bare cryptography. */
const leastRoundTripRatio = 0.33

/** What sealing costs: whole paid calls, sealed and in the open, to one node; and the cryptography alone beside another HPKE. */
export const sealing: Benchmark = {
  name: 'sealing',
  summary: 'sealed calls beside open ones to the same node; the channel beside the npm package hpke',
  run: async (context) => [...(await callRows(context)), await roundTripRow(context)],
}

async function callRows(context: BenchmarkContext): Promise<readonly Row[]> {
  const stops: (() => Promise<void>)[] = []
  try {
    context.say('starting chain, facilitator, gateways and mock provider …')
    const upstream = await startChild(new URL(import.meta.resolve('../end-to-end/mock-upstream-child.ts')), {})
    stops.push(upstream.stop)
    const devnet = await startDevnet({
      upstreams: [{ id: 'mock', baseUrl: `${String(upstream.ready['url'])}/v1`, families: [] }],
    })
    stops.push(devnet.stop)
    // It serves nobody here and would only take its share of the machine.
    await devnet.vanillaGateway.kill()
    const { createOurSide, dispose } = await loadOurSide()
    stops.push(async () => dispose())
    const common = { baseUrl: devnet.gateway.url(), privateKey: devnet.account.privateKey, signal: context.signal }
    return await measureCalls(context, {
      ours: createOurSide({ ...common, isSealed: true }),
      peer: createOurSide(common),
    })
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}

async function measureCalls(
  context: BenchmarkContext,
  sides: Readonly<Record<SideName, OurSide>>,
): Promise<readonly Row[]> {
  context.say('warming up …')
  for (const side of [sides.ours, sides.peer]) {
    for (let index = 0; index < calls.warmUp; index += 1) await side.call({ stream: index % 2 === 1 })
    await side.drain()
  }
  context.say('sealed and open calls …')
  const attempts = createAttempts(context.signal)
  const totalMs: Record<SideName, number[]> = { ours: [], peer: [] }
  const cpuMs: Record<SideName, number[]> = { ours: [], peer: [] }
  await takeTurns(
    calls.rounds,
    async (side) => {
      for (let index = 0; index < calls.callsPerRound; index += 1) {
        const before = process.cpuUsage()
        const call = await attempts.run(side, () => sides[side].call({ stream: false }))
        if (call === undefined) continue
        const { user, system } = process.cpuUsage(before)
        totalMs[side].push(call.totalMs)
        cpuMs[side].push((user + system) / 1000)
      }
      await sides[side].drain()
    },
    context.signal,
  )
  const common = {
    peerName: '@og/client in the open',
    peerVersion: packageVersion('@og/client'),
    unit: 'ms',
    better: 'lower',
    config: { ...context.machine, ...calls, ...attempts.config() },
  } as const
  return [
    rowOf({
      ...common,
      name: 'sealing/call-p50',
      ours: medianOf(totalMs.ours),
      peer: medianOf(totalMs.peer),
      target: leastCallRatio,
    }),
    rowOf({
      ...common,
      name: 'sealing/call-client-cpu-p50',
      ours: medianOf(cpuMs.ours),
      peer: medianOf(cpuMs.peer),
      target: null,
    }),
  ]
}

/** The sides with ours built as it is published. */
interface SealSides {
  readonly createOurRoundTrip: typeof createOurRoundTrip
  readonly createHpkeRoundTrip: typeof createHpkeRoundTrip
  readonly noiseOf: typeof noiseOf
}

async function roundTripRow(context: BenchmarkContext): Promise<Row> {
  context.say('sealing and opening …')
  const built = await buildModule(new URL('./seal-sides.ts', import.meta.url))
  try {
    const { createOurRoundTrip, createHpkeRoundTrip, noiseOf }: SealSides = await import(built.url.href)
    const request = noiseOf(roundTrips.requestBytes)
    const answer = noiseOf(roundTrips.answerBytes)
    const sides = {
      ours: await createOurRoundTrip(request, answer),
      peer: await createHpkeRoundTrip(request, answer),
    }
    const micros: Record<SideName, number[]> = { ours: [], peer: [] }
    await takeTurns(
      roundTrips.warmUpRounds + roundTrips.rounds,
      async (side, round) => {
        const before = process.cpuUsage()
        for (let index = 0; index < roundTrips.perRound; index += 1) {
          const opened = await sides[side]()
          if (opened.length !== answer.length || opened.at(-1) !== answer.at(-1))
            throw new Error(`${side}: another answer`)
        }
        const { user, system } = process.cpuUsage(before)
        if (round >= roundTrips.warmUpRounds) micros[side].push((user + system) / roundTrips.perRound)
      },
      context.signal,
    )
    const config: RowConfig = {
      ...context.machine,
      ...roundTrips,
      clock: 'CPU time of all threads: a request sealed and opened, its answer sealed and opened',
    }
    return rowOf({
      name: 'sealing/round-trip-cpu-p10',
      ours: percentileOf(micros.ours, 0.1),
      peer: percentileOf(micros.peer, 0.1),
      peerName: 'hpke + WebCrypto (RFC 9458), nothing else',
      peerVersion: packageVersion('hpke'),
      unit: 'us',
      better: 'lower',
      target: leastRoundTripRatio,
      config,
    })
  } finally {
    built.dispose()
  }
}
